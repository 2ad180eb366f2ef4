"""A part that annotators disagree about leads on: to its cases, to an agreement review, to a slice of its own."""

import json
from typing import Any

import pytest
from django.test import Client

from metrics.models import AgreementRun
from metrics.splitlinks import actions_for, part_words
from reviews.models import AgreementReview
from tests import factories as make
from tests.metrics.sliced import N, Sliced, make_sliced
from tests.metrics.test_slice_pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
HARD = {"where": [{"by": "batch", "values": ["hard"]}]}
SOUTH = {"where": [{"by": "team", "values": ["South"]}]}
DUTCH = {"by": "field", "name": "lang", "is": "one_of", "values": ["nl"]}


@pytest.fixture(name="sliced")
def a_sliced_project(transactional_db: None) -> Sliced:
    return make_sliced()


def row_of(run: AgreementRun, by: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in run.scores[0]["splits"] if (r["by"], r["name"]) == (by, name))
    return found


def test_a_part_opens_a_review_with_itself_as_evidence(sliced: Sliced) -> None:
    sliced.run("whole")
    run, client = AgreementRun.objects.get(), signed_in(sliced.manager)
    actions = actions_for(row_of(run, "batch", "hard"), project=sliced.project, run=run.pk, question="tone")
    assert [action.title for action in actions] == ["Open a review", "Its cases"]
    page = client.get(actions[0].address)
    assert page.context["form"].initial["title"] == "Disagreement in batch hard"
    assert page.context["form"].initial["part"] == "batch:hard"
    posted = client.post(
        actions[0].address, {"run": str(run.pk), "question": "tone", "title": "Hard ones", "part": "batch:hard"}
    )
    assert posted.status_code == 302, posted.context["form"].errors
    [review] = AgreementReview.objects.all()
    evidence = review.evidence_rows.get(kind="slice")
    assert evidence.ref == "batch hard"
    assert f"on {N} items of batch hard" in evidence.text
    assert "hold 100% of all disagreement and are 50% of the items" in evidence.text
    assert part_words(run, "tone", "batch:medium") == ("", "")


def test_the_queue_of_cases_is_confined_to_a_part(sliced: Sliced) -> None:
    sliced.run("whole")
    run, client = AgreementRun.objects.get(), signed_in(sliced.manager)
    actions = actions_for(row_of(run, "metadata", "doc = hard-0"), project=sliced.project, run=run.pk, question="tone")
    assert [action.title for action in actions] == ["Open a review", "Its cases", "Save as a slice"]
    every = client.get(f"/p/{sliced.project.slug}/cases/").context["rows"]
    page = client.get(actions[1].address)
    few = page.context["rows"]
    assert (len(few), len(every)) == (2, N // 2)
    assert all(row["case"].item.metadata["doc"] == "hard-0" for row in few)
    assert "doc is hard-0" in page.content.decode()
    assert client.get(actions[2].address).context["form"].initial["name"] == "doc = hard-0"
    assert client.get(f"/p/{sliced.project.slug}/cases/?part=nonsense").status_code == 404
    assert client.get(f"/p/{sliced.project.slug}/cases/?slice=nights").status_code == 404
    assert client.get(f"/p/{sliced.project.slug}/cases/", {"part": json.dumps(DUTCH)}).status_code == 200


def test_cases_and_items_of_a_saved_slice_over_the_api(sliced: Sliced) -> None:
    for name, definition in (("Hard", HARD), ("South", SOUTH)):
        assert sliced.post("/slices", {"name": name, "definition": definition}).status_code == 201
    items = sliced.client.get(f"{sliced.url}/items?slice=Hard&limit=100").json()["results"]
    assert {item["batch"] for item in items} == {str(sliced.batches[1].pk)}
    assert len(items) == N
    few = sliced.client.get(f"{sliced.url}/items?slice=Hard&q=hard-1&limit=100").json()["results"]
    assert {item["external_id"] for item in few} == {"hard-1", *(f"hard-{n}" for n in range(10, N))}
    assert sliced.client.get(f"{sliced.url}/items?slice=nights").status_code == 400
    cases = sliced.client.get(f"{sliced.url}/cases?slice=Hard&limit=100").json()["results"]
    assert len(cases) == N // 2
    adjudicator = make.client_for(sliced.adjudicator)
    assert len(adjudicator.get(f"{sliced.url}/cases?slice=Hard&limit=100").json()["results"]) == N // 2
    about_people = adjudicator.get(f"{sliced.url}/cases?slice=South")
    assert about_people.status_code == 400
    assert sliced.client.get(f"{sliced.url}/cases?slice=South&limit=100").status_code == 200
    assert Client().get(f"{sliced.url}/cases?slice=Hard").status_code == 401
