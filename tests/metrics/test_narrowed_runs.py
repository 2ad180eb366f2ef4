"""Runs over parts: batch, team, slice, models; whole clusters drawn; where annotators split; weeks; the jackknife."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Annotation
from events.services import wait_for_cut
from metrics.models import AgreementRun
from metrics.services import request_run
from metrics.splitting import MOST_VALUES, commonest
from projects.agents import add_agent
from projects.models import Membership
from tests import factories as make
from tests.metrics.conftest import TONES
from tests.metrics.sliced import N, Sliced, make_sliced

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(name="sliced")
def a_sliced_project(transactional_db: None) -> Sliced:
    return make_sliced()


def first(run: dict[str, Any]) -> dict[str, Any]:
    assert run["state"] == "done", run
    found: dict[str, Any] = run["scores"][0]
    return found


def split(row: dict[str, Any], by: str, name: str) -> dict[str, Any]:
    return next(found for found in row["splits"] if (found["by"], found["name"]) == (by, name))


def test_a_batch_and_a_team_narrow_a_run(sliced: Sliced) -> None:
    cut = wait_for_cut(project=sliced.project.id)
    whole = first(sliced.run("whole", as_of=cut))
    easy = sliced.run("easy", batch="easy")
    assert (first(easy)["n_items"], first(easy)["value"], easy["batch"]) == (N, 1.0, str(sliced.batches[0].pk))
    hard = first(sliced.run("hard", batch=str(sliced.batches[1].pk), as_of=cut))
    assert hard["value"] < whole["value"] < 1
    north = sliced.run("north", team="North", batch="hard")
    assert (first(north)["value"], first(north)["n_annotators"]) == (1.0, 2)
    assert (north["team"], north["who"], north["resample_by"]) == (str(sliced.north.pk), "people", None)
    south = first(sliced.run("south", team="South"))
    assert (south["value"], south["undefined"]) == (None, "no_pairable_units")
    again = first(sliced.run("whole again", as_of=cut))
    assert again["ci_low"] == whole["ci_low"]
    assert hard["ci_low"] != whole["ci_low"]


def test_what_is_not_there_is_refused_at_its_place(sliced: Sliced) -> None:
    for body, pointer in [
        ({"batch": "medium"}, "#/batch"), ({"team": "West"}, "#/team"), ({"who": "cats"}, "#/who"),
        ({"resample_by": "field.title"}, "#/resample_by"), ({"resample_by": "metadata."}, "#/resample_by"),
        ({"slice": "nights"}, "#/slice"),
    ]:  # fmt: skip
        answer = sliced.post("/agreement-runs", body, f"bad {pointer} {body}")
        assert answer.status_code == 422, (body, answer.content)
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_whole_documents_are_drawn_where_asked(sliced: Sliced) -> None:
    cut = wait_for_cut(project=sliced.project.id)
    alone = first(sliced.run("alone", as_of=cut))
    run = sliced.run("docs", resample_by="metadata.doc", as_of=cut)
    docs = first(run)
    assert run["resample_by"] == "metadata.doc"
    assert docs["value"] == alone["value"]
    assert docs["n_groups"] == 2 * N // 4
    assert docs["ci_low"] != alone["ci_low"]
    assert docs["warning"] == "few_groups"
    assert "n_groups" not in alone
    beside = [row for row in run["scores"] if row["coefficient"] == "ac1"]
    assert (beside[0]["ci_low"], beside[0]["warning"]) == (None, "no_interval")
    assert next(found for found in docs["splits"] if found["by"] == "batch")["n_groups"] == N // 4
    by_batch = first(sliced.run("batches", resample_by="batch"))
    assert by_batch["n_groups"] == 2
    untold = first(sliced.run("untold", resample_by="metadata.nothing"))
    assert untold["n_groups"] == 2 * N


def test_a_run_says_where_annotators_split(sliced: Sliced) -> None:
    saved = {"where": [{"by": "field", "name": "lang", "values": ["nl"]}, {"by": "batch", "values": ["hard"]}]}
    sliced.post("/slices", {"name": "Dutch and hard", "definition": saved})
    run = sliced.run("whole")
    row = first(run)
    easy, hard = split(row, "batch", "easy"), split(row, "batch", "hard")
    assert (easy["value"], easy["observed_share"], easy["n_items"]) == (1.0, 0.0, N)
    assert (hard["observed_share"], hard["items_share"]) == (pytest.approx(1.0), 0.5)
    assert hard["delta"] == pytest.approx(hard["value"] - row["value"])
    assert hard["on_scale"] < row["value"]
    assert hard["address"] == {"batch": str(sliced.batches[1].pk)}
    assert hard["ci_low"] < hard["value"] < hard["ci_high"]
    assert row["splits"][0]["observed_share"] == pytest.approx(1.0)
    north = split(row, "team", "North")
    assert (north["value"], north["address"]) == (1.0, {"team": str(sliced.north.pk)})
    assert {found["by"] for found in row["splits"]} == {"batch", "team", "label", "field", "metadata", "slice"}
    dutch = split(row, "field", "lang = nl")
    assert dutch["where"] == {"by": "field", "name": "lang", "is": "one_of", "values": ["nl"]}
    assert (dutch["value"], dutch["undefined"], dutch["needed"]) == (None, "too_few_units", 20)
    assert dutch["on_scale"] is None
    angry = split(row, "label", "Angry")
    assert (angry["chosen_by_answers"], angry["delta"]) == (True, None)
    named = split(row, "slice", "Dutch and hard")
    assert (named["n_items"], named["address"]) == (N // 4, {"slice": "Dutch and hard"})
    assert row["slices_looked_at"] == len(row["splits"])
    listed = sliced.client.get(f"{sliced.url}/agreement-runs").json()["results"][0]
    assert "splits" not in listed["scores"][0]
    narrow = first(sliced.run("narrow", batch="hard"))
    assert "batch" not in {found["by"] for found in narrow["splits"]}


def test_which_of_equally_common_labels_are_looked_at_is_always_the_same() -> None:
    number = {f"label {place}": 5 + (place == 7) for place in range(30)}
    backwards = dict(reversed(number.items()))
    assert commonest(number) == commonest(backwards)
    assert commonest(number)[:2] == ["label 7", "label 0"]
    assert len(commonest(number)) == MOST_VALUES


def test_a_run_has_alpha_by_week_of_the_last_answer(sliced: Sliced) -> None:
    early = datetime(2026, 1, 7, 12, tzinfo=UTC)
    easy = Annotation.objects.filter(item__batch=sliced.batches[0])
    easy.update(created_at=early)
    easy.filter(annotator=sliced.people[0]).update(created_at=early - timedelta(days=14))
    row = first(sliced.run("weeks"))
    weeks = row["weeks"]
    assert weeks[0]["start"] == "2026-01-05"
    assert len(weeks) == 2
    assert (weeks[0]["value"], weeks[0]["n_items"]) == (1.0, N)
    today = timezone.now().date()
    assert date.fromisoformat(weeks[1]["start"]) == today - timedelta(days=today.weekday())


def test_a_run_has_the_jackknife_over_its_people(sliced: Sliced) -> None:
    row = first(sliced.run("whole"))
    found = row["jackknife"]
    assert (found["n_annotators"], found["reason"], found["level"]) == (3, None, 0.95)
    assert found["low"] < row["value"] < found["high"]
    north = first(sliced.run("north", team="North"))["jackknife"]
    assert (north["low"], north["reason"]) == (None, "too_few_annotators")


def test_a_slice_of_a_time_or_a_version_compares_answers_of_it_only(sliced: Sliced) -> None:
    Annotation.objects.filter(annotator=sliced.people[2]).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    late = {"where": [{"by": "answered", "from": "2026-02-01"}]}
    sliced.post("/slices", {"name": "late", "definition": late})
    row = first(sliced.run("late", slice="late"))
    assert (row["value"], row["n_annotators"], row["slice"]) == (1.0, 2, "late")
    whole = first(sliced.run("whole"))
    assert split(whole, "slice", "late")["value"] == 1.0
    assert split(whole, "slice", "late")["n_items"] == 2 * N


def _models(sliced: Sliced, *names: str) -> list[Any]:
    """Models with roles as annotators: each gets a round of its own with its first item."""
    found = []
    for name in names:
        member, _ = add_agent(
            by=make.actor(sliced.manager), project=sliced.project, kind="model", name=name, roles=("annotator",),
            now=timezone.now(),
        )  # fmt: skip
        found.append(member.user)
    return found


def test_people_and_models_meet_over_items(sliced: Sliced) -> None:
    empty = first(sliced.run("before", who="models"))
    assert (empty["value"], empty["undefined"]) == (None, "no_pairable_units")
    one, other = _models(sliced, "one", "other")
    make.acknowledge(sliced.project, one, other)
    for model in (one, other):
        assert not make.label(model, sliced.project, {"tone": "calm"}, 1)  # its rounds are made first
    make.settle()
    for n in range(N):
        make.label(one, sliced.project, {"tone": TONES[n % 3]}, 1)
        make.label(other, sliced.project, {"tone": "calm"}, 1)
    people = first(sliced.run("people", batch="easy"))
    assert people["n_annotators"] == 3
    models = first(sliced.run("models", batch="easy", who="models"))
    assert (models["n_items"], models["n_annotators"]) == (N, 2)
    together = first(sliced.run("together", batch="easy", who="together"))
    assert (together["n_items"], together["n_annotations"], together["n_annotators"]) == (N, 5 * N, 5)


def test_the_same_cut_gives_the_same_numbers_when_people_have_moved_teams(sliced: Sliced) -> None:
    cut = wait_for_cut(project=sliced.project.id)
    by = make.actor(sliced.manager)
    run = request_run(by=by, project=sliced.project, as_of=cut, now=timezone.now(), team=sliced.north)
    Membership.objects.filter(user=sliced.people[2]).update(team=sliced.north)
    make.settle()
    run.refresh_from_db()
    assert run.scores[0]["n_annotators"] == 2
    later = request_run(by=by, project=sliced.project, as_of=cut, now=timezone.now(), team=sliced.north)
    make.settle()
    later.refresh_from_db()
    assert later.scores[0]["n_annotators"] == 3
    assert AgreementRun.objects.filter(pk=run.pk, parts={}).exists()
