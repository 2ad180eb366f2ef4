"""Slices are saved once, never change, are retired, and mean the same in runs, lists and words."""

from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Annotation
from core.errors import Invalid
from events.models import Event
from metrics.definitions import read_definition
from metrics.models import Slice
from metrics.selection import Selection, annotations_of
from metrics.services.slices import retire_slice
from metrics.slices import is_by_answers, items_kept
from metrics.slicewords import names_for, words_of
from tests import factories as make
from tests.metrics.sliced import N, Sliced, make_sliced

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(name="sliced")
def a_sliced_project(transactional_db: None) -> Sliced:
    return make_sliced()


def where(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"where": list(conditions)}


def kept(sliced: Sliced, *conditions: dict[str, Any]) -> set[str]:
    """The items whose answers a definition keeps; the item list must keep the same ones."""
    definition = read_definition(sliced.project, where(*conditions))
    rows = annotations_of(Selection(sliced.project, None, "tone", definition=definition))
    found = set(rows.values_list("item__external_id", flat=True))
    items = items_kept(
        sliced.items[0].__class__.objects.filter(project=sliced.project), definition, project=sliced.project
    )
    assert set(items.values_list("external_id", flat=True)) == found
    return found


def test_each_condition_keeps_what_it_says(sliced: Sliced) -> None:
    every = {f"{name}-{n}" for name in ("easy", "hard") for n in range(N)}
    dutch = {name for name in every if int(name.split("-")[1]) % 4 == 0}
    assert kept(sliced, {"by": "field", "name": "lang", "is": "one_of", "values": ["nl"]}) == dutch
    assert kept(sliced, {"by": "field", "name": "lang", "is": "one_of", "values": ["nl", "de"]}) == every
    assert kept(sliced, {"by": "field", "name": "text", "is": "contains", "value": "OF EASY"}) == {
        name for name in every if name.startswith("easy")
    }
    between = {name for name in every if 3 <= int(name.split("-")[1]) <= 5}
    assert kept(sliced, {"by": "metadata", "name": "score", "is": "between", "from": 3, "to": "5"}) == between
    assert kept(sliced, {"by": "metadata", "name": "weight", "is": "between", "from": 1.5, "to": 2.5}) == between
    assert kept(sliced, {"by": "metadata", "name": "score", "is": "between", "from": 18}) == {
        name for name in every if int(name.split("-")[1]) >= 18
    }
    odd = {name for name in every if int(name.split("-")[1]) % 5 == 0}
    assert kept(sliced, {"by": "metadata", "name": "odd", "is": "missing"}) == every - odd
    assert kept(sliced, {"by": "metadata", "name": "odd", "is": "one_of", "values": [True]}) == odd
    assert kept(sliced, {"by": "batch", "values": ["easy"]}) == {name for name in every if name.startswith("easy")}
    assert kept(sliced, {"by": "guideline_version", "values": [1]}) == every
    assert kept(sliced, {"by": "guideline_version", "values": ["none"]}) == set()
    assert kept(sliced, {"by": "annotators", "values": ["person"]}) == every
    assert kept(sliced, {"by": "annotators", "values": ["model", "imported"]}) == set()
    assert kept(sliced, {"by": "answered", "from": "2020-01-01"}) == every
    assert kept(sliced, {"by": "answered", "to": "2020-01-01T00:00:00Z"}) == set()
    assert kept(sliced, {"by": "batch", "values": ["easy"]}, {"by": "field", "name": "lang", "values": ["nl"]}) == {
        name for name in dutch if name.startswith("easy")
    }


def test_a_label_keeps_every_answer_of_the_items_it_was_given_to(sliced: Sliced) -> None:
    angry = {"by": "label", "name": "tone", "values": ["angry"]}
    given = Annotation.objects.filter(answers__tone="angry").values_list("item__external_id", flat=True)
    assert kept(sliced, angry) == set(given)
    definition = read_definition(sliced.project, where(angry))
    assert is_by_answers(definition)
    rows = annotations_of(Selection(sliced.project, None, "tone", definition=definition))
    assert rows.count() == 3 * len(set(given))


def test_a_team_keeps_its_answers_only_and_a_run_remembers_who_was_in_it(sliced: Sliced) -> None:
    definition = read_definition(sliced.project, where({"by": "team", "values": ["North"]}))
    rows = annotations_of(Selection(sliced.project, None, "tone", definition=definition))
    assert set(rows.values_list("annotator", flat=True)) == {user.pk for user in sliced.people[:2]}
    then = {sliced.north.pk: frozenset({sliced.people[2].pk})}
    rows = annotations_of(Selection(sliced.project, None, "tone", definition=definition, members=then))
    assert set(rows.values_list("annotator", flat=True)) == {sliced.people[2].pk}


WRONG: list[tuple[Any, str]] = [
    ([], "#/definition"),
    ({"where": []}, "#/definition/where"),
    ({"where": [{}] * 11}, "#/definition/where"),
    ({"where": [{"by": "moon"}]}, "#/definition/where/0/by"),
    ({"where": [{"by": "batch", "values": ["easy"], "colour": 1}]}, "#/definition/where/0/colour"),
    ({"where": [{"by": "field", "name": "title", "values": ["a"]}]}, "#/definition/where/0/name"),
    ({"where": [{"by": "field", "name": "lang", "is": "like", "values": ["a"]}]}, "#/definition/where/0/is"),
    ({"where": [{"by": "field", "name": "lang", "values": []}]}, "#/definition/where/0/values"),
    ({"where": [{"by": "field", "name": "lang", "values": [" "]}]}, "#/definition/where/0/values/0"),
    ({"where": [{"by": "field", "name": "lang", "values": ["a"], "from": 2}]}, "#/definition/where/0/from"),
    ({"where": [{"by": "field", "name": "lang", "is": "contains"}]}, "#/definition/where/0/value"),
    ({"where": [{"by": "metadata", "name": "", "is": "missing"}]}, "#/definition/where/0/name"),
    ({"where": [{"by": "metadata", "name": "a", "is": "between"}]}, "#/definition/where/0/from"),
    ({"where": [{"by": "metadata", "name": "a", "is": "between", "from": "x"}]}, "#/definition/where/0/from"),
    ({"where": [{"by": "metadata", "name": "a", "is": "between", "from": 3, "to": 2}]}, "#/definition/where/0/to"),
    ({"where": [{"by": "batch", "values": ["medium"]}]}, "#/definition/where/0/values/0"),
    ({"where": [{"by": "team", "values": ["West"]}]}, "#/definition/where/0/values/0"),
    ({"where": [{"by": "label", "name": "mood", "values": ["angry"]}]}, "#/definition/where/0/name"),
    ({"where": [{"by": "label", "name": "tone", "values": ["furious"]}]}, "#/definition/where/0/values/0"),
    ({"where": [{"by": "annotators", "values": ["service"]}]}, "#/definition/where/0/values/0"),
    ({"where": [{"by": "guideline_version", "values": [7]}]}, "#/definition/where/0/values/0"),
    ({"where": [{"by": "answered", "from": "yesterday"}]}, "#/definition/where/0/from"),
    ({"where": [{"by": "answered", "from": "2026-02-01", "to": "2026-01-01"}]}, "#/definition/where/0/to"),
]


def test_what_is_wrong_with_a_definition_is_said_at_its_place() -> None:
    project = make.make_project(fields=[{"name": "lang", "type": "text", "title": "Language", "required": False}])
    make.publish_guideline(project)
    for given, pointer in WRONG:
        with pytest.raises(Invalid) as refused:
            read_definition(project, given)
        assert pointer in [error.pointer for error in refused.value.errors], (given, refused.value.errors)


def test_a_slice_is_saved_listed_and_retired(sliced: Sliced) -> None:
    definition = where({"by": "batch", "values": ["hard"]}, {"by": "field", "name": "lang", "values": ["nl", "nl"]})
    made = sliced.post("/slices", {"name": " Dutch, hard ", "definition": definition})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["name"], body["chosen_by_answers"], body["note"]) == ("Dutch, hard", False, None)
    assert body["definition"]["where"][0] == {"by": "batch", "values": [str(sliced.batches[1].pk)]}
    assert body["definition"]["where"][1] == {"by": "field", "name": "lang", "is": "one_of", "values": ["nl"]}
    assert body["words"] == ["in batch hard", "Language is nl"]
    assert sliced.client.get(f"{sliced.url}/slices").json()["results"] == [body]
    again = sliced.client.get(made["Location"])
    assert again.json() == body
    twice = sliced.post("/slices", {"name": "dutch, HARD", "definition": definition})
    assert (twice.status_code, twice.json()["code"]) == (409, "slice_exists")
    assert sliced.client.delete(made["Location"]).status_code == 428
    assert sliced.client.delete(made["Location"], HTTP_IF_MATCH='"old"').status_code == 412
    assert sliced.client.delete(made["Location"], HTTP_IF_MATCH=again["ETag"]).status_code == 204
    assert sliced.client.get(made["Location"]).status_code == 404
    assert sliced.client.get(f"{sliced.url}/slices").json()["results"] == []
    assert sliced.post("/slices", {"name": "Dutch, hard", "definition": definition}).status_code == 201
    assert Slice.objects.filter(project=sliced.project).count() == 2
    assert Event.objects.filter(project=sliced.project.id, object_type="slice").count() == 3


def test_a_bad_name_and_a_bad_condition_are_named_together(sliced: Sliced) -> None:
    wrong = sliced.post("/slices", {"name": "Suggestion_shown", "definition": where({"by": "moon"})})
    assert wrong.status_code == 422
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["#/name", "#/definition/where/0/by"]


def test_an_adjudicator_reads_slices_and_saves_none(sliced: Sliced) -> None:
    sliced.post("/slices", {"name": "easy", "definition": where({"by": "batch", "values": ["easy"]})})
    client = make.client_for(sliced.adjudicator)
    [found] = client.get(f"{sliced.url}/slices").json()["results"]
    assert found["created_by"].startswith("annotator-")
    assert client.post(f"{sliced.url}/slices", {}, format="json").status_code == 403
    assert make.client_for(sliced.people[0]).get(f"{sliced.url}/slices").status_code == 403


def test_words_say_every_condition(sliced: Sliced) -> None:
    definition = read_definition(
        sliced.project,
        where(
            {"by": "metadata", "name": "score", "is": "between", "from": 3},
            {"by": "metadata", "name": "score", "is": "between", "to": 4},
            {"by": "field", "name": "text", "is": "contains", "value": "x"},
            {"by": "metadata", "name": "odd", "is": "missing"},
            {"by": "team", "values": ["North", "South"]},
            {"by": "annotators", "values": ["person", "model"]},
            {"by": "guideline_version", "values": [1, "none"]},
            {"by": "label", "name": "tone", "values": ["calm"]},
            {"by": "answered", "from": "2026-01-01", "to": "2026-02-01"},
            {"by": "answered", "from": "2026-01-01T10:00:00Z", "to": "2026-01-01T11:30:00Z"},
        ),
    )
    assert words_of(definition, names_for(sliced.project, [definition])) == [
        "score is at least 3",
        "score is at most 4",
        "Text contains “x”",
        "odd has no value",
        "answered by team North or South",
        "answered by people or models",
        "answered under v1 or no version",
        "somebody answered Calm to “What is the tone?”",
        "answered from 2026-01-01 to 2026-01-31",
        "answered from 2026-01-01 10:00 UTC before 2026-01-01 11:30 UTC",
    ]


def test_agreement_of_a_slice_is_that_of_its_newest_run(sliced: Sliced) -> None:
    sliced.post("/slices", {"name": "Hard ones", "definition": where({"by": "batch", "values": ["hard"]})})
    [row] = sliced.client.get(f"{sliced.url}/agreement?slice=hard ones").json()["scores"]
    assert (row["value"], row["undefined"], row["slice"]) == (None, "no_run", "Hard ones")
    assert "agreement-runs" in row["reason"]
    run = sliced.run("hard", slice="Hard ones")
    assert run["where"] == [{"by": "batch", "values": [str(sliced.batches[1].pk)]}]
    found = sliced.client.get(f"{sliced.url}/agreement?slice=Hard ones&question=tone").json()["scores"]
    assert found[0]["value"] == run["scores"][0]["value"]
    assert (found[0]["n_items"], found[0]["slice"]) == (N, "Hard ones")
    assert "labels" not in found[0]
    assert sliced.client.get(f"{sliced.url}/agreement?slice=soft ones").status_code == 400
    other = sliced.client.get(f"{sliced.url}/agreement?slice=Hard ones&guideline_version=1").json()["scores"]
    assert other[0]["undefined"] == "no_run"
    [kept_slice] = Slice.objects.filter(project=sliced.project)
    retire_slice(by=make.actor(sliced.manager), kept=kept_slice, now=timezone.now(), verify=lambda _: None)
    sliced.post("/slices", {"name": "Hard ones", "definition": where({"by": "batch", "values": ["easy"]})})
    again = sliced.client.get(f"{sliced.url}/agreement?slice=Hard ones").json()["scores"]
    assert again[0]["undefined"] == "no_run"
