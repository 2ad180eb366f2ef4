"""The live counts are what a recount gives, after whatever happened to the labels."""

import contextlib
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation import services as annotation
from annotation.models import Annotation
from core.errors import ConcordError
from events.models import Event
from guidelines.models import GuidelineVersion
from metrics.consumers import follow_labels
from metrics.counting import canonical_counts
from metrics.models import Pattern, Rater, Unit
from metrics.questions import measured_questions, published
from metrics.selectors import count_mismatches
from metrics.selectors.scores import live_samples
from metrics.services.repair import rebuild_project
from metrics.stats.alpha import alpha
from metrics.stats.patterns import Patterns
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

TONES = ("calm", "angry", "unsure")


def project_with(
    questions: list[dict[str, Any]] | None = None, *, items: int = 3, people: int = 3, overlap: int | None = None
) -> Any:
    project = make.make_project(overlap=overlap or people)
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


WHAT = ("submit", "submit", "supersede", "withdraw", "hand_over", "skip", "clear", "publish", "settle")
STEP = st.tuples(st.sampled_from(WHAT), st.integers(0, 2), st.integers(0, 2))


class Labelling:
    """What people, and the project around them, do to three items. Items are never deleted; `clear` takes every label
    off one, which is what a deletion would leave."""

    def __init__(self) -> None:
        self.project, _, self.people = project_with()
        self.done: set[str] = set()

    def do(self, what: str, user: Any, tone: int) -> None:
        with contextlib.suppress(ConcordError):  # what the product refuses changes nothing
            getattr(self, what)(user, tone)
            self.done.add(what)

    def submit(self, user: Any, tone: int) -> None:
        make.label(user, self.project, {"tone": TONES[tone]})

    def supersede(self, user: Any, tone: int) -> None:
        for mine in self.current(annotator=user)[:1]:
            annotation.supersede_annotation(
                by=make.actor(user), annotation_id=mine.pk, changes={"tone": TONES[tone]}, verify=lambda _: None,
                now=timezone.now(),
            )  # fmt: skip

    def withdraw(self, user: Any, tone: int) -> None:
        for mine in self.current(annotator=user)[tone : tone + 1]:
            annotation.withdraw_annotation(by=make.actor(user), annotation_id=mine.pk, now=timezone.now())

    def hand_over(self, user: Any, tone: int) -> None:
        """An item goes back and to whoever is next: the same slot, another person."""
        held = self.next_of(user)
        annotation.release_assignment(by=make.actor(user), assignment_id=held.id, fence=held.fence)
        self.submit(self.people[tone], tone)

    def skip(self, user: Any, tone: int) -> None:
        held = self.next_of(user)
        annotation.skip_assignment(by=make.actor(user), assignment_id=held.id, fence=held.fence, reason="other")

    def clear(self, user: Any, tone: int) -> None:
        first = self.current().first()
        for label in self.current(item=first.item) if first else ():
            annotation.withdraw_annotation(by=make.actor(label.annotator), annotation_id=label.pk, now=timezone.now())

    def publish(self, user: Any, tone: int) -> None:
        make.publish_guideline(self.project)
        make.acknowledge(self.project, *self.people)

    def settle(self, user: Any, tone: int) -> None:
        make.settle()

    def current(self, **where: Any) -> Any:
        return Annotation.objects.filter(project=self.project, ended_event=None, **where).order_by("pk")

    def next_of(self, user: Any) -> Any:
        given = annotation.next_assignments(
            user=user, project=self.project, count=1, by=make.actor(user), now=timezone.now()
        )
        if not given.assignments:
            raise NothingLeft
        return given.assignments[0]


class NothingLeft(ConcordError):
    """Nobody gives this person an item."""


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=8, max_size=24))
def test_counts_equal_a_recount_after_any_sequence(steps: list[tuple[str, int, int]]) -> None:
    """Whole numbers in PostgreSQL, so that nothing drifts: after every settling they are what a recount gives."""
    labelling = Labelling()
    for what, who, tone in [*steps, ("settle", 0, 0)]:
        labelling.do(what, labelling.people[who], tone)
        if what == "settle":
            numbers = GuidelineVersion.objects.filter(project=labelling.project, number__gt=0)
            for version in (-1, *numbers.values_list("number", flat=True)):
                assert stored(labelling.project, "tone", version) == recounted(labelling.project, "tone", version)
            assert count_mismatches(labelling.project) == []
            assert_alpha_is_that_of_the_annotations(labelling.project)


def test_every_step_of_that_sequence_can_be_taken() -> None:
    labelling = Labelling()
    first, second, third = labelling.people
    for user in (first, second):
        labelling.do("submit", user, 0)
        labelling.do("submit", user, 1)
    before = labelling.current().count()
    labelling.do("hand_over", third, 0)
    labelling.do("skip", third, 0)
    labelling.do("publish", first, 0)
    labelling.do("supersede", first, 2)
    labelling.do("withdraw", second, 0)
    assert labelling.current().count() == before
    labelling.do("clear", first, 0)
    assert labelling.current().count() == before - 2
    labelling.do("settle", first, 0)
    assert labelling.done == set(WHAT)
    assert_alpha_is_that_of_the_annotations(labelling.project)


def assert_alpha_is_that_of_the_annotations(project: Any) -> None:
    units: dict[Any, Counter[str]] = {}
    for row in Annotation.objects.filter(project=project, ended_event=None):
        units.setdefault(row.item_id, Counter())[row.answers["tone"]] += 1
    expected = alpha(Patterns.from_units(units.values(), TONES, "nominal"), "nominal")
    measured = measured_questions(published(project))
    for live in live_samples(project, measured=measured, question="tone", keys=[-1]):
        assert alpha(live.sample.patterns, "nominal") == expected
        assert live.n_annotators == len(
            {a for item, counts in units.items() if counts.total() >= 2 for a in annotators_of(project, item)}
        )


def annotators_of(project: Any, item: Any) -> list[Any]:
    rows = Annotation.objects.filter(project=project, ended_event=None, item=item)
    return list(rows.values_list("annotator_id", flat=True))


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
