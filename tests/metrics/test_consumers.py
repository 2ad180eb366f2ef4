"""The live counts are what a recount gives, after whatever happened to the labels."""

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation import services as annotation
from annotation.models import Annotation
from events.models import Event
from metrics.consumers import follow_labels
from metrics.counting import canonical_counts
from metrics.models import Pattern, Rater, Unit
from metrics.selectors import count_mismatches
from metrics.services.repair import rebuild_project
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

TONES = ("calm", "angry", "unsure")


def project_with(questions: list[dict[str, Any]] | None = None, *, items: int = 3, people: int = 3) -> Any:
    project = make.make_project(overlap=people)
    make.publish_guideline(project, questions)
    made = make.make_items(project, items)
    annotators = [make.make_member(project, "annotator") for _ in range(people)]
    make.acknowledge(project, *annotators)
    return project, made, annotators


def recounted(project: Any, question: str, version: int = -1) -> Counter[str]:
    """Patterns counted in the plainest way, without the engine's code."""
    units: dict[Any, Counter[Any]] = {}
    for row in Annotation.objects.filter(project=project, ended_event=None, blind=True).select_related(
        "guideline_version"
    ):
        number = row.guideline_version.number if row.guideline_version else 0
        if question in row.answers and version in (-1, number):
            units.setdefault((row.round_id, row.item_id), Counter())[row.answers[question]] += 1
    return Counter(str(canonical_counts(counts)) for counts in units.values())


def stored(project: Any, question: str, version: int = -1) -> Counter[str]:
    rows = Pattern.objects.filter(project=project, question=question, version=version)
    return Counter({str(row.counts): row.units for row in rows})


STEP = st.tuples(st.sampled_from(["submit", "supersede", "withdraw", "settle"]), st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=5, max_size=14))
def test_counts_equal_a_recount_after_any_sequence(steps: list[tuple[str, int, int]]) -> None:
    project, _, people = project_with()
    for what, who, tone in steps:
        user = people[who]
        if what == "settle":
            make.settle()
            continue
        if what == "submit":
            make.label(user, project, {"tone": TONES[tone]})
            continue
        mine = Annotation.objects.filter(annotator=user, project=project, ended_event=None).first()
        if mine is None:
            continue
        if what == "supersede":
            annotation.supersede_annotation(
                by=make.actor(user), annotation_id=mine.pk, changes={"tone": TONES[tone]}, verify=lambda _: None,
                now=timezone.now(),
            )  # fmt: skip
        else:
            annotation.withdraw_annotation(by=make.actor(user), annotation_id=mine.pk, now=timezone.now())
    make.settle()
    assert stored(project, "tone") == recounted(project, "tone")
    assert count_mismatches(project) == []


def test_reading_an_event_twice_changes_nothing() -> None:
    project, _, people = project_with()
    for user in people:
        make.label(user, project, {"tone": "calm"}, 3)
    make.settle()
    before = (stored(project, "tone"), list(Rater.objects.order_by("pk").values_list("units", flat=True)))
    events = list(Event.objects.filter(action="annotation.created").order_by("id"))
    follow_labels(events)
    follow_labels(events[:1])
    assert (stored(project, "tone"), list(Rater.objects.order_by("pk").values_list("units", flat=True))) == before
    assert count_mismatches(project) == []


def test_units_are_kept_per_guideline_version_and_together() -> None:
    project, _, people = project_with(items=1)
    make.label(people[0], project, {"tone": "calm"})
    make.label(people[1], project, {"tone": "angry"})
    make.publish_guideline(project)
    make.acknowledge(project, *people)
    make.label(people[2], project, {"tone": "calm"})
    make.settle()
    assert stored(project, "tone", 1) == Counter({"[['angry', 1], ['calm', 1]]": 1})
    assert stored(project, "tone", 2) == Counter({"[['calm', 1]]": 1})
    assert stored(project, "tone") == Counter({"[['angry', 1], ['calm', 2]]": 1})
    assert count_mismatches(project) == []


def test_opt_outs_are_kept_apart_from_values() -> None:
    tone = {**make.CHOICE, "labels": [*make.CHOICE["labels"][:2], {"value": "na", "title": "None", "opt_out": True}]}
    project, _, people = project_with([tone], items=1)
    for user, value in zip(people, ("calm", "na", "na"), strict=True):
        make.label(user, project, {"tone": value})
    make.settle()
    assert stored(project, "tone") == Counter({"[['calm', 1], [None, 2]]": 1})
    assert Unit.objects.get(version=-1).annotators == [people[0].pk]
    assert not Rater.objects.exists()


def test_a_second_answer_makes_both_people_raters() -> None:
    project, _, people = project_with(items=1)
    make.label(people[0], project, {"tone": "calm"})
    make.settle()
    assert not Rater.objects.exists()
    [second] = make.label(people[1], project, {"tone": "calm"})
    make.settle()
    assert set(Rater.objects.filter(version=-1).values_list("annotator", flat=True)) == {people[0].pk, people[1].pk}
    annotation.withdraw_annotation(by=make.actor(people[1]), annotation_id=second.pk, now=timezone.now())
    make.settle()
    assert not Rater.objects.exists()


def test_a_broken_count_is_named_and_mended() -> None:
    project, _, people = project_with()
    for user in people:
        make.label(user, project, {"tone": "calm"}, 3)
    make.settle()
    Pattern.objects.filter(version=-1).update(units=7)
    Unit.objects.filter(version=1).first().delete()
    Rater.objects.all().delete()
    assert {mismatch.what for mismatch in count_mismatches(project)} == {"unit", "pattern", "rater"}
    assert rebuild_project(project=project) == 1
    assert count_mismatches(project) == []
    assert stored(project, "tone") == recounted(project, "tone")
