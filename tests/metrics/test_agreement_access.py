"""What pages of agreement keep from adjudicators, and what runs keep apart: teams, slices of one name, addresses."""

import re
from typing import Any

import pytest

from metrics.models import AgreementRun
from projects.models import Membership
from projects.pseudonyms import pseudonym
from tests import factories as make
from tests.metrics.conftest import Stage
from tests.metrics.sliced import N, Sliced, make_sliced
from tests.metrics.test_pages import ITEM_LINK, browser

pytestmark = pytest.mark.django_db(transaction=True)
HARD = {"where": [{"by": "batch", "values": ["hard"]}]}
EASY = {"where": [{"by": "batch", "values": ["easy"]}]}
SOUTH = {"where": [{"by": "team", "values": ["South"]}]}


@pytest.fixture(name="sliced")
def a_sliced_project(transactional_db: None) -> Sliced:
    return make_sliced()


def test_an_adjudicator_is_not_told_which_items_somebody_answered(sliced: Sliced) -> None:
    for name, definition in (("Hard", HARD), ("South", SOUTH)):
        assert sliced.post("/slices", {"name": name, "definition": definition}).status_code == 201
    sliced.run("whole")
    left, right = (pseudonym(sliced.project.pk, user.pk) for user in sliced.people[1:])
    telling = [f"left={left}&right={right}", f"team={sliced.south.pk}", "slice=South"]
    adjudicator, manager = browser(sliced.adjudicator), browser(sliced.manager)
    for query in telling:
        address = f"{sliced.page}items/?question=tone&version=all&{query}"
        assert adjudicator.get(address).status_code == 403, query
        assert len(ITEM_LINK.findall(manager.get(address).content.decode())) > 0, query
    page = adjudicator.get(f"{sliced.page}?question=tone&version=all").content.decode()
    assert 'class="pair-matrix"' in page
    assert "left=" not in page
    assert not re.search(r'items/\?[^"]*team=', page)
    hard = adjudicator.get(f"{sliced.page}items/?question=tone&version=all&slice=Hard")
    assert len(ITEM_LINK.findall(hard.content.decode())) == N // 2
    nowhere = f"{sliced.page}items/?question=tone&version=all&slice=nights"
    assert manager.get(nowhere).status_code == 404


def test_parts_of_a_team_of_two_are_for_who_may_name_people(sliced: Sliced) -> None:
    run = sliced.run("whole")
    teams = [row["name"] for row in run["scores"][0]["splits"] if row["by"] == "team"]
    assert teams
    shown = make.client_for(sliced.adjudicator).get(f"/api/v1/agreement-runs/{run['id']}").json()
    splits = shown["scores"][0]["splits"]
    assert [row["name"] for row in splits if row["by"] == "team"] == []
    assert [row for row in splits if row["by"] == "batch"]
    file = f"{sliced.page}?question=tone&version=all&format=csv&part=splits"
    assert "team" not in browser(sliced.adjudicator).get(file).content.decode()
    assert "team" in browser(sliced.manager).get(file).content.decode()


def test_a_slice_made_again_by_the_same_name_does_not_show_what_the_former_measured(sliced: Sliced) -> None:
    made = sliced.post("/slices", {"name": "Part", "definition": HARD})
    sliced.run("part", slice="Part")
    address = f"{sliced.page}?question=tone&version=all&slice=Part"
    client = browser(sliced.manager)
    assert "No run has measured just this yet." not in client.get(address).content.decode()
    retired = sliced.client.delete(f"{sliced.url}/slices/{made.json()['id']}", HTTP_IF_MATCH="*")
    assert retired.status_code == 204
    assert sliced.post("/slices", {"name": "Part", "definition": EASY}).status_code == 201
    assert "No run has measured just this yet." in client.get(address).content.decode()
    sliced.run("again", slice="Part")
    assert "No run has measured just this yet." not in client.get(address).content.decode()


def test_the_page_of_slices_shows_what_people_agree_on_and_not_models(sliced: Sliced) -> None:
    sliced.post("/slices", {"name": "Hard", "definition": HARD})
    sliced.run("people", slice="Hard")
    sliced.run("models", slice="Hard", who="models")
    page = browser(sliced.manager).get(f"{sliced.page}slices/")
    [line] = page.context["page"].lines
    assert line.measured[0].run.who == AgreementRun.Who.PEOPLE


def test_teams_are_those_of_when_a_run_was_asked_for(sliced: Sliced) -> None:
    assert sliced.post("/agreement-runs", {}, "early").status_code == 202
    Membership.objects.filter(project=sliced.project, user=sliced.people[1]).update(team=sliced.south)
    make.settle()
    first = AgreementRun.objects.get().scores[0]
    assert {row["name"]: row["n_annotators"] for row in first["teams"]} == {"North": 2, "South": 1}


@pytest.mark.parametrize("field", ["version", "batch", "team"])
def test_a_run_is_not_widened_by_what_cannot_be_read(stage: Stage, field: str) -> None:
    form: dict[str, Any] = {"question": "tone", field: "nonsense"}
    browser(stage.manager).post(f"{stage.page}runs/", form)
    assert not AgreementRun.objects.exists()
