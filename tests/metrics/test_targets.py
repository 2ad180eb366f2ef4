"""Targets: set with a reason, numbered, kept, and what a verdict makes of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from core.errors import Invalid
from events.models import Event
from events.services import wait_for_cut
from metrics.migrations import __name__ as migrations_package
from metrics.models import Target
from metrics.selectors.scores import current_scores
from metrics.services.requests import request_run
from metrics.services.targets import Wanted, set_targets
from metrics.targets import own_targets, target_of, targets_of
from metrics.verdict import CUSTOMARY
from tests import factories as make
from tests.metrics.conftest import Stage, make_stage

pytestmark = pytest.mark.django_db(transaction=True)


def put(stage: Stage, targets: Any, user: Any = None, match: str = "*") -> Any:
    client = make.client_for(user or stage.manager)
    return client.put(f"{stage.url}/targets", {"targets": targets}, format="json", HTTP_IF_MATCH=match)


def test_without_a_target_the_customary_limit_stands(stage: Stage) -> None:
    assert target_of(stage.project, "tone") == CUSTOMARY
    body = make.client_for(stage.adjudicator).get(f"{stage.url}/targets").json()
    assert body["targets"] == {}
    assert body["customary"]["alpha"] == pytest.approx(0.667)
    assert body["history"] == []


def test_a_target_is_set_changed_and_ended_and_all_numbers_stay(stage: Stage) -> None:
    first = put(stage, {"tone": {"alpha": 0.8, "reason": " Labels train a filter. "}})
    assert first.status_code == 200, first.content
    assert first.json()["targets"] == {"tone": {"alpha": 0.8, "reason": "Labels train a filter."}}
    assert target_of(stage.project, "tone").number == 1
    again = put(stage, first.json()["targets"], match=first["ETag"])
    assert again.json() == first.json()
    assert put(stage, {"tone": {"alpha": 0.7, "reason": "Taste differs."}}, match=again["ETag"]).status_code == 200
    assert target_of(stage.project, "tone").number == 2
    ended = put(stage, {}).json()
    assert ended["targets"] == {}
    assert [(row["number"], row["alpha"], row["reason"]) for row in ended["history"]] == [
        (3, None, ""), (2, 0.7, "Taste differs."), (1, 0.8, "Labels train a filter."),
    ]  # fmt: skip
    assert Event.objects.filter(project=stage.project.pk, object_type="targets").count() == 3


def test_a_stale_or_missing_match_is_refused(stage: Stage) -> None:
    read = make.client_for(stage.manager).get(f"{stage.url}/targets")
    assert put(stage, {"tone": {"alpha": 0.8, "reason": "One."}}, match=read["ETag"]).status_code == 200
    assert put(stage, {"tone": {"alpha": 0.9, "reason": "Two."}}, match=read["ETag"]).json()["code"] == "stale"
    client = make.client_for(stage.manager)
    assert client.put(f"{stage.url}/targets", {"targets": {}}, format="json").status_code == 428
    fresh = client.get(f"{stage.url}/targets")
    assert client.get(f"{stage.url}/targets", HTTP_IF_NONE_MATCH=fresh["ETag"]).status_code == 304


@pytest.mark.parametrize(
    ("targets", "pointer", "words"),
    [
        ({"mood": {"alpha": 0.8, "reason": "x"}}, "#/targets/mood", "Measured: tone"),
        ({"tone": {"alpha": 1.2, "reason": "x"}}, "#/targets/tone/alpha", "at most 1"),
        ({"tone": {"alpha": 0, "reason": "x"}}, "#/targets/tone/alpha", "above 0"),
        ({"tone": {"alpha": 0.8, "reason": "  "}}, "#/targets/tone/reason", "Say why"),
        ({"tone": {"alpha": 0.8}}, "#/targets/tone/reason", "required"),
        ({"tone": {"alpha": 0.8, "reason": "x" * 1001}}, "#/targets/tone/reason", "1000 characters"),
        ({"tone": {"alpha": 0.8, "reason": "x", "number": 3}}, "#/targets/tone/number", "not known"),
        ({"tone": 0.8}, "#/targets/tone", ""),
        ([], "#/targets", ""),
    ],
)
def test_an_error_names_the_field_and_the_mend(stage: Stage, targets: Any, pointer: str, words: str) -> None:
    answer = put(stage, targets)
    assert answer.status_code == 422, answer.content
    (error,) = [error for error in answer.json()["errors"] if error["pointer"].startswith(pointer)]
    assert words in error["detail"]
    assert not Target.objects.exists()


def test_what_is_left_out_of_some_targets_stays(stage: Stage) -> None:
    by, now = make.actor(stage.manager), timezone.now()
    set_targets(by=by, project=stage.project, wanted={"tone": Wanted(0.8, "Why.")}, now=now)
    assert list(set_targets(by=by, project=stage.project, wanted={}, now=now)) == ["tone"]
    with pytest.raises(Invalid):
        set_targets(by=by, project=stage.project, wanted={"tone": Wanted(None, "")}, now=now)
    assert set_targets(by=by, project=stage.project, wanted={"tone": Wanted(None, "No use.")}, now=now) == {}
    assert targets_of(stage.project, ["tone"]) == {"tone": CUSTOMARY}


def test_scores_and_runs_carry_target_and_verdict(transactional_db: None) -> None:
    stage = make_stage()
    by, now = make.actor(stage.manager), timezone.now()
    set_targets(by=by, project=stage.project, wanted={"tone": Wanted(0.2, "Taste differs.")}, now=now)
    first, percent = current_scores(stage.project, question="tone")
    assert (first["target"], first["verdict"]) == ({"alpha": 0.2, "reason": "Taste differs.", "number": 1}, "met")
    assert percent["target"] is None
    run = request_run(by=by, project=stage.project, as_of=wait_for_cut(project=stage.project.pk), now=timezone.now())
    later = timezone.now() + timedelta(seconds=1)
    set_targets(by=by, project=stage.project, wanted={"tone": Wanted(0.99, "Now strict.")}, now=later)
    make.settle()
    run.refresh_from_db()
    assert run.scores[0]["target"]["number"] == 1, "a run keeps the target that stood when it was asked for"
    assert run.scores[0]["verdict"] == "met"
    live = make.client_for(stage.manager).get(f"{stage.url}/agreement").json()["scores"][0]
    assert (live["target"]["number"], live["verdict"], live["units_needed"]) == (2, "not_met", None)


def test_what_stood_in_the_settings_is_moved(db: None) -> None:
    from importlib import import_module  # a module's name cannot begin with a number

    move = import_module(f"{migrations_package}.0006_targets_out_of_settings")
    given = {"tone": 0.8, "mood": {"alpha": 0.5, "reason": "x"}, "odd": True, "far": {"alpha": 3}}
    project = make.make_project(settings={"targets": given})
    other = make.make_project(settings={"targets": []})
    move.move_targets(apps, None)
    move.move_targets(apps, None)
    project.refresh_from_db()
    other.refresh_from_db()
    assert "targets" not in project.settings
    assert "targets" not in other.settings
    found = own_targets(project)
    assert {name: (target.value, target.reason) for name, target in found.items()} == {
        "mood": (0.5, "x"), "tone": (0.8, move.UNTOLD),
    }  # fmt: skip
