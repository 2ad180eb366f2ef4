"""What a run keeps about each annotator, and about teams."""

from typing import Any

import pytest
from django.utils import timezone

from annotation import services as annotation
from annotation.models import Annotation, Round
from events.models import Job
from metrics.models import AgreementRun, RunAnnotator
from metrics.services import request_run
from metrics.services.people import forget_people
from tests import factories as make
from tests.metrics.people import Crew, make_crew, spread, team
from tests.metrics.stats.rows import annotator_scores

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    return make_crew()


def rows_of(run: AgreementRun) -> dict[Any, RunAnnotator]:
    return {row.annotator: row for row in RunAnnotator.objects.filter(run=run)}


def test_every_annotator_has_a_row_with_the_figures_of_the_slow_way(crew: Crew) -> None:
    run = crew.run()
    rows = rows_of(run)
    given = [
        ((a.round_id, a.item_id), a.annotator_id, a.answers["tone"])
        for a in Annotation.objects.filter(project=crew.project)
    ]
    slow = {score.annotator: score for score in annotator_scores(given, "nominal", ["calm", "angry", "unsure"])}
    assert rows.keys() == slow.keys() == {user.pk for user in crew.people}
    for annotator, row in rows.items():
        assert row.n == slow[annotator].n == 40
        assert row.figures["with_rest"] == pytest.approx(slow[annotator].with_rest.value)
        assert row.figures["leave_one_out"] == pytest.approx(slow[annotator].leave_one_out.value)
        assert row.figures["delta"] == pytest.approx(slow[annotator].delta)
        assert row.figures["ci_low"] < row.figures["with_rest"] < row.figures["ci_high"]
        assert row.figures["lowered_from"] is None
        assert row.figures["speed"]["n"] == 40
        assert row.figures["skips"] == {"value": 0.0, "ci_low": 0.0, "ci_high": pytest.approx(0.0876, abs=1e-3),
                                        "count": 0, "n": 40}  # fmt: skip


def test_who_changed_stands_out(crew: Crew) -> None:
    rows = rows_of(crew.run())
    third = rows[crew.people[2].pk].figures
    bias = {row["label"]: row for row in third["bias"]}
    assert bias["unsure"]["difference"] > 0
    assert bias["unsure"]["ci_low"] > 0
    assert bias["calm"]["ci_high"] < 0
    assert {(row["own"], row["other"]) for row in third["mixed"][:2]} == {("angry", "calm"), ("unsure", "angry")}
    assert third["drift"]["size"] == 10
    assert third["drift"]["alarm"] == "below"
    assert third["drift"]["windows"][-1]["alarm"]
    assert third["drift"]["windows"][-1]["others"] > third["drift"]["windows"][-1]["value"]
    assert third["weeks"]["windows"][0]["start"] is not None
    assert [(row["label"], row["side"]) for row in third["rates"]] == []
    steady = rows[crew.people[0].pk].figures
    assert steady["drift"]["windows"][0]["value"] > 0.9
    assert third["with_rest"] < steady["with_rest"]


def test_too_little_is_withheld_with_the_number_that_it_takes(transactional_db: None) -> None:
    crew = make_crew(15, low={})
    row = rows_of(crew.run())[crew.people[0].pk]
    assert row.n == 15
    assert row.figures["with_rest"] is None
    assert (row.figures["undefined"], row.figures["needed"]) == ("too_few_shared_units", 30)
    assert row.figures["reason"] == "15 of the 30 items needed that both have answered."
    assert row.figures["bias"] == []
    assert row.figures["mixed"] == []
    for window in row.figures["drift"]["windows"]:
        assert (window["value"], window["undefined"], window["needed"]) == (None, "too_few_units", 30)
        assert window["reason"].startswith("15 of the 30 items")


def test_answers_of_one_moment_have_no_order(crew: Crew) -> None:
    Annotation.objects.filter(project=crew.project).update(created_at=timezone.now())
    figures = rows_of(crew.run())[crew.people[2].pk].figures
    assert figures["drift"] is None
    assert figures["no_drift"]["reason"] == "same_times"


def test_skips_flags_and_corrections_are_shares(crew: Crew) -> None:
    first = crew.people[0]
    rows = list(Annotation.objects.filter(project=crew.project, annotator=first).order_by("event")[:3])
    Annotation.objects.filter(pk=rows[0].pk).update(unclear={"clause": None, "note": "?"})
    for row in rows[1:]:
        annotation.supersede_annotation(
            by=make.actor(first), annotation_id=row.pk, changes={"tone": "unsure"}, verify=lambda _: None,
            now=timezone.now(),
        )  # fmt: skip
    make.make_items(crew.project, 2)
    given = annotation.next_assignments(
        user=first, project=crew.project, count=1, by=make.actor(first), now=timezone.now()
    ).assignments[0]
    annotation.skip_assignment(by=make.actor(first), assignment_id=given.id, fence=given.fence)
    figures = rows_of(crew.run())[first.pk].figures
    assert (figures["unclear"]["count"], figures["unclear"]["n"]) == (1, 40)
    assert (figures["changed"]["count"], figures["changed"]["n"]) == (2, 40)
    assert (figures["skips"]["count"], figures["skips"]["n"]) == (1, 41)
    assert figures["repeats"] is None, "a correction is no repeat"


def test_the_same_cut_gives_the_same_people_for_ever(crew: Crew) -> None:
    before = crew.run()
    first = crew.people[0]
    row = Annotation.objects.filter(project=crew.project, annotator=first).first()
    assert row is not None
    annotation.supersede_annotation(
        by=make.actor(first), annotation_id=row.pk, changes={"tone": "unsure"}, verify=lambda _: None,
        now=timezone.now(),
    )  # fmt: skip
    again = crew.run()
    same = request_run(by=make.actor(crew.manager), project=crew.project, as_of=before.as_of, now=timezone.now())
    make.settle()
    figures = {run.pk: {a: r.figures for a, r in rows_of(run).items()} for run in (before, again, same)}
    assert figures[before.pk] == figures[same.pk]
    assert figures[before.pk][first.pk]["changed"]["count"] == 0
    assert figures[again.pk][first.pk]["changed"]["count"] == 1


def test_an_item_met_again_in_another_round_is_a_repeat(crew: Crew) -> None:
    first, items = crew.people[0], list(Annotation.objects.filter(project=crew.project).values_list("item", flat=True))
    again = items[:6]
    round_ = annotation.open_reserved_round(
        project=crew.project, kind=Round.Kind.RELABEL, overlap=1, people={item: [first.pk] for item in again},
        now=timezone.now(),
    )  # fmt: skip
    make.label(first, crew.project, {"tone": "calm"}, 6)
    assert Annotation.objects.filter(round=round_).count() == 6
    figures = rows_of(crew.run())[first.pk].figures
    earlier = dict(
        Annotation.objects.filter(annotator=first).exclude(round=round_).values_list("item", "answers__tone")
    )
    same = sum(earlier[item] == "calm" for item in set(again))
    assert figures["repeats"]["n"] == 6
    assert figures["repeats"]["same"]["count"] == same
    assert figures["repeats"]["value"] is not None


def test_teams_are_compared_within_and_with_the_rest(crew: Crew) -> None:
    team(crew.project, "Vendor one", *crew.people[:2])
    team(crew.project, "Vendor two", crew.people[2])
    score = crew.run().scores[0]
    one, two = score["teams"]
    assert (one["name"], one["n_annotators"], two["n_annotators"]) == ("Vendor one", 2, 1)
    assert one["within"]["value"] > one["with_rest"]["value"]
    assert one["within"]["ci_low"] < one["within"]["value"] < one["within"]["ci_high"]
    assert two["within"]["undefined"] == "no_pairable_units"
    assert two["with_rest"]["value"] == pytest.approx(one["with_rest"]["value"])
    assert [pair["n_items"] for pair in score["team_pairs"]] == [40]


def test_the_api_tells_intervals_and_teams_as_far_as_the_reader_may_know(crew: Crew) -> None:
    team(crew.project, "Vendor one", *crew.people[:2])
    run = crew.run()
    address = f"/api/v1/agreement-runs/{run.pk}"
    whole = make.client_for(crew.manager).get(address).json()["scores"][0]
    assert [row["name"] for row in whole["teams"]] == ["Vendor one"]
    assert all(row["ci_low"] < row["with_rest"] for row in whole["annotators"])
    assert {row["annotator"] for row in whole["annotators"]} == {str(user.pk) for user in crew.people}
    shown = make.client_for(crew.adjudicator).get(address).json()["scores"][0]
    assert shown["teams"] == [], "a team of two would be two people with a name"
    assert all(row["annotator"].startswith("annotator-") for row in shown["annotators"])
    listed = make.client_for(crew.manager).get(f"/api/v1/projects/{crew.project.slug}/agreement-runs").json()
    assert "teams" not in listed["results"][0]["scores"][0]


def test_a_second_attempt_replaces_what_the_first_one_kept_and_a_cancelled_run_keeps_nothing(crew: Crew) -> None:
    run = crew.run()
    kept = {row.annotator: row.figures for row in RunAnnotator.objects.filter(run=run)}
    AgreementRun.objects.filter(pk=run.pk).update(computed_at=None, scores=[])
    Job.objects.filter(pk=run.pk).update(state=Job.State.QUEUED)
    make.settle()
    assert {row.annotator: row.figures for row in RunAnnotator.objects.filter(run=run)} == kept
    forget_people(run.pk)
    assert not RunAnnotator.objects.filter(run=run).exists()


def test_numbers_have_a_mean_difference_and_texts_a_likeness(transactional_db: None) -> None:
    project = make.make_project(overlap=2, settings={"minimums": {"annotator_units": 5, "drift_units": 5}})
    age = {"name": "age", "kind": "number", "title": "How old?", "required": True, "level": "interval"}
    why = {"name": "why", "kind": "text", "title": "Why?", "required": True}
    make.publish_guideline(project, [age, why], clauses=[])
    make.make_items(project, 12)
    people = [make.make_member(project, "annotator") for _ in range(2)]
    make.acknowledge(project, *people)
    for place, user in enumerate(people):
        answers = [{"age": 20 + n + 5 * place, "why": f"word {n} {'more' if place else ''}".strip()} for n in range(12)]
        make.label(user, project, answers, 12)
    spread(project)
    crew = Crew(project, people, project.created_by, None, None, None)
    run = crew.run()
    found = {(row.question, row.annotator): row.figures for row in RunAnnotator.objects.filter(run=run)}
    ages, texts = found["age", people[1].pk], found["why", people[1].pk]
    assert ages["numbers"]["difference"] == pytest.approx(5)
    assert ages["agreement_is"] == "distance"
    assert ages["agreement"] == pytest.approx(5)
    assert ages["drift"]["windows"][0]["value"] == pytest.approx(5)
    assert texts["agreement_is"] == "likeness"
    assert 0 < texts["agreement"] < 1
    assert texts["bias"] == []
    assert texts["numbers"] is None
