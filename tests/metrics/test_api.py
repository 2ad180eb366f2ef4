"""Agreement over REST: live figures, runs, and who may read them."""

from typing import Any
from uuid import uuid4

import pytest

from metrics.models import AgreementRun
from metrics.stats.alpha import alpha
from metrics.stats.patterns import Patterns
from projects.pseudonyms import pseudonym
from tests import factories as make
from tests.metrics.conftest import Stage, make_stage, tones

pytestmark = pytest.mark.django_db(transaction=True)


def start(stage: Stage, body: dict[str, Any] | None = None, user: Any = None, key: str = "run-1") -> Any:
    client = make.client_for(user or stage.manager)
    return client.post(
        f"{stage.url}/agreement-runs", body or {}, format="json", headers={"Idempotency-Key": key}
    )  # fmt: skip


def finished(stage: Stage, body: dict[str, Any] | None = None, key: str = "run-1") -> dict[str, Any]:
    answer = start(stage, body, key=key)
    assert answer.status_code == 202, answer.content
    make.settle()
    return make.client_for(stage.manager).get(answer["Location"]).json()


def expected_alpha(number: int = 20) -> float:
    shown = [tones(shift, number) for shift in range(3)]
    units = [{} for _ in range(number)]
    for answers in shown:
        for unit, answer in zip(units, answers, strict=True):
            unit[answer["tone"]] = unit.get(answer["tone"], 0) + 1
    value = alpha(Patterns.from_units(units, ["calm", "angry", "unsure"], "nominal"), "nominal").value
    assert value is not None
    return value


def test_the_first_row_is_alpha_over_everything(stage: Stage) -> None:
    scores = make.client_for(stage.manager).get(f"{stage.url}/agreement").json()["scores"]
    first, second = scores
    assert (first["question"], first["coefficient"], first["distance"]) == ("tone", "alpha", "nominal")
    assert first["value"] == pytest.approx(expected_alpha(), abs=1e-12)
    assert first["ci_low"] < first["value"] < first["ci_high"]
    assert (first["n_items"], first["n_annotations"], first["n_annotators"]) == (20, 60, 3)
    assert (first["guideline_version"], first["round"], first["slice"]) == ("all", None, None)
    assert (first["undefined"], first["needed"], first["replicates"], first["ci_level"]) == (None, None, 1000, 0.95)
    assert first["as_of"] > 0
    assert second["coefficient"] == "percent"
    assert 0 < second["ci_low"] < second["value"] < second["ci_high"] < 1


def test_figures_and_their_etag_stay_until_a_label_changes(stage: Stage) -> None:
    client = make.client_for(stage.manager)
    first = client.get(f"{stage.url}/agreement")
    again = client.get(f"{stage.url}/agreement", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_versions_and_rounds_are_asked_for_one_by_one(stage: Stage) -> None:
    client = make.client_for(stage.manager)
    for query, n_items in (
        ("guideline_version=1", 20), ("guideline_version=none", 0), ("guideline_version=all&question=tone", 20),
        (f"round={stage.rounds[0].pk}", 20),
    ):  # fmt: skip
        [row, _] = client.get(f"{stage.url}/agreement?{query}").json()["scores"]
        assert row["n_items"] == n_items, query
    assert row["round"] == str(stage.rounds[0].pk)


@pytest.mark.parametrize(
    ("query", "status"),
    [("question=other", 400), ("guideline_version=9", 400), ("guideline_version=x", 400), ("slice=young", 400),
     ("round=nonsense", 404), (f"round={uuid4()}", 404), ("colour=red", 400)],
)  # fmt: skip
def test_what_does_not_exist_is_refused_in_words(stage: Stage, query: str, status: int) -> None:
    answer = make.client_for(stage.manager).get(f"{stage.url}/agreement?{query}")
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_few_items_are_withheld_with_the_number_needed(transactional_db: None) -> None:
    stage = make_stage(6)
    [row, percent] = make.client_for(stage.manager).get(f"{stage.url}/agreement").json()["scores"]
    assert (row["value"], row["ci_low"], row["undefined"], row["n_items"], row["needed"]) == (
        None, None, "too_few_units", 6, 20,
    )  # fmt: skip
    assert row["reason"] == "6 of the 20 items needed with two or more answers."
    assert percent["value"] is None


def test_a_lowered_minimum_stands_beside_the_number(transactional_db: None) -> None:
    stage = make_stage(6, settings={"minimums": {"alpha_units": 3}})
    [row, _] = make.client_for(stage.manager).get(f"{stage.url}/agreement").json()["scores"]
    assert row["value"] is not None
    assert row["lowered_from"] == 20
    assert row["warning"] == "few_units"


def test_one_answer_everywhere_is_undefined(transactional_db: None) -> None:
    project = make.make_project(overlap=2)
    make.publish_guideline(project)
    make.make_items(project, 20)
    for user in [make.make_member(project, "annotator") for _ in range(2)]:
        make.acknowledge(project, user)
        make.label(user, project, {"tone": "calm"}, 20)
    make.settle()
    rows = make.client_for(project.created_by).get(f"/api/v1/projects/{project.slug}/agreement").json()["scores"]
    assert (rows[0]["value"], rows[0]["undefined"], rows[0]["needed"]) == (None, "no_variation", None)


def test_a_question_without_answers_has_its_reason(transactional_db: None) -> None:
    project = make.make_project()
    client = make.client_for(project.created_by)
    assert client.get(f"/api/v1/projects/{project.slug}/agreement").json() == {"scores": []}
    make.publish_guideline(project, [make.CHOICE, make.RATING])
    rows = client.get(f"/api/v1/projects/{project.slug}/agreement").json()["scores"]
    assert [(r["question"], r["coefficient"], r["distance"]) for r in rows] == [
        ("tone", "alpha", "nominal"), ("tone", "percent", "nominal"),
        ("force", "alpha", "ordinal"), ("force", "percent", "nominal"),
    ]  # fmt: skip
    assert rows[0]["undefined"] == "no_pairable_units"


def test_who_may_read(stage: Stage) -> None:
    run = finished(stage)
    addresses = (f"{stage.url}/agreement", f"{stage.url}/agreement-runs", f"/api/v1/agreement-runs/{run['id']}")
    for user, status in (
        (stage.manager, 200), (stage.adjudicator, 200), (stage.annotators[0], 403), (stage.consumer, 403),
        (stage.stranger, 404),
    ):  # fmt: skip
        for address in addresses:
            assert make.client_for(user).get(address).status_code == status, (user, address)
    for user, status in ((stage.adjudicator, 403), (stage.annotators[0], 403), (stage.stranger, 404)):
        assert start(stage, user=user).status_code == status
    assert make.client_for(stage.manager, ["items:read"]).get(addresses[0]).status_code == 403


def test_a_run_says_everything_about_its_cut(stage: Stage) -> None:
    run = finished(stage)
    assert (run["state"], run["question"], run["guideline_version"], run["round"]) == ("done", None, "all", None)
    first = run["scores"][0]
    assert first["value"] == pytest.approx(expected_alpha(), abs=1e-9)
    assert first["computed_by"] == "krippendorff"
    assert (first["n_items"], first["n_annotators"], first["as_of"]) == (20, 3, run["as_of"])
    assert [row["label"] for row in first["labels"]] == ["calm", "angry", "unsure"]
    assert sum(row["n_values"] for row in first["labels"]) == 60
    assert {(row["n"], row["needed"], row["with_rest"]) for row in first["annotators"]} == {(20, 30, None)}
    assert {"a", "b", "count", "share", "ci_low", "ci_high", "excess"} <= set(first["confusions"][0])
    assert len(first["pairs"]) == 3
    assert all(pair["n_items"] == 20 for pair in first["pairs"])
    assert {row["annotator"] for row in first["annotators"]} <= {
        pseudonym(stage.project.pk, user.pk) for user in stage.annotators
    } | {str(user.pk) for user in stage.annotators}
    assert len(first["items_disputed"]) == 4
    live = make.client_for(stage.manager).get(f"{stage.url}/agreement").json()["scores"][0]
    assert live["value"] == pytest.approx(first["value"], abs=1e-12)


def test_names_need_their_scope(stage: Stage) -> None:
    run = finished(stage)
    address = f"/api/v1/agreement-runs/{run['id']}"
    plain = make.client_for(stage.manager, ["agreement:read"]).get(address).json()["scores"][0]
    named = make.client_for(stage.manager, ["agreement:read", "annotators:identify"]).get(address).json()["scores"][0]
    shown = make.client_for(stage.adjudicator).get(address).json()["scores"][0]
    ids = {str(user.pk) for user in stage.annotators}
    assert {row["annotator"] for row in named["annotators"]} == ids
    for row in (plain, shown):
        assert not ids & {r["annotator"] for r in row["annotators"]}
        assert not ids & {r[side] for r in row["pairs"] for side in ("a", "b")}


def test_one_cut_gives_the_same_numbers_whatever_came_later(stage: Stage) -> None:
    first = finished(stage)
    make.make_items(stage.project, 25)
    make.publish_guideline(stage.project)
    make.acknowledge(stage.project, *stage.annotators)
    for user in stage.annotators[:2]:
        make.label(user, stage.project, {"tone": "unsure"}, 25)
    make.settle()
    again = finished(stage, {"as_of": first["as_of"]}, key="run-2")
    later = finished(stage, key="run-3")
    for row in (*first["scores"], *again["scores"]):
        row.pop("computed_at")
    assert again["scores"] == first["scores"]
    assert later["scores"][0]["n_items"] == 45
    own = finished(stage, {"guideline_version": 2, "question": "tone"}, key="run-4")
    assert own["guideline_version"] == 2
    assert own["scores"][0]["undefined"] == "no_variation"


def test_a_key_starts_one_run(stage: Stage) -> None:
    first, second = start(stage), start(stage)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second["Idempotency-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
    assert AgreementRun.objects.count() == 1
    assert start(stage, {"question": "tone"}).json()["code"] == "idempotency_key_reused"
    bare = make.client_for(stage.manager).post(f"{stage.url}/agreement-runs", {}, format="json")
    assert bare.json()["code"] == "idempotency_key_required"


@pytest.mark.parametrize(
    ("body", "status"),
    [({"question": "other"}, 422), ({"guideline_version": 9}, 422), ({"slice": "young"}, 422), ({"colour": 1}, 422),
     ({"round": str(uuid4())}, 404), ({"as_of": 10**6}, 422), ({"as_of": "soon"}, 422), ([], 400)],
)  # fmt: skip
def test_a_run_of_nothing_is_refused(stage: Stage, body: Any, status: int) -> None:
    client = make.client_for(stage.manager)
    answer = client.post(f"{stage.url}/agreement-runs", body, format="json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == status
    assert not AgreementRun.objects.exists()


def test_a_round_of_another_project_is_not_found(stage: Stage) -> None:
    other = make_stage(3)
    client = make.client_for(stage.manager)
    assert client.get(f"{stage.url}/agreement?round={other.rounds[0].pk}").status_code == 404
    assert start(stage, {"round": str(other.rounds[0].pk)}).status_code == 404


def test_a_list_of_runs_costs_the_same_for_one_and_three(stage: Stage, django_assert_num_queries: Any) -> None:
    client = make.client_for(stage.manager)
    finished(stage)
    client.get(f"{stage.url}/agreement-runs")
    for expected in (1, 3):
        with django_assert_num_queries(4):
            assert len(client.get(f"{stage.url}/agreement-runs").json()["results"]) == expected
        if expected == 1:
            finished(stage, key="run-2")
            finished(stage, key="run-3")
