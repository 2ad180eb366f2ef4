"""The life of assignments as a state machine: whatever people do in whatever order, slots, states and log agree."""

from collections import defaultdict

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from annotation import selectors, services
from annotation.errors import AlreadySubmitted, AlreadyWithdrawn, LeaseLost
from annotation.models import Annotation, Assignment, QueueEntry
from events.models import Event
from tests.annotation.stock import ANSWER, ready, run_out, submit, take
from tests.factories import actor

pytestmark = pytest.mark.django_db
PEOPLE, ITEMS, OVERLAP = 3, 3, 2
BEGUN = {"leased", "expired"}
"""What may still be worked on: an ended lease is good while its slot is free."""
people, places = st.integers(0, PEOPLE - 1), st.integers(0, 10**6)


class Life(RuleBasedStateMachine):
    """Each rule knows from the state that an assignment is in what must happen; the invariants hold after each."""

    @initialize()
    def begin(self):
        self.project, self.people, self.items, self.round = ready(ITEMS, PEOPLE, overlap=OVERLAP)
        self.made = []
        self.fences = defaultdict(int)

    def rows(self, *states):
        rows = Assignment.objects.filter(round=self.round).order_by("id")
        return list(rows.filter(state__in=states) if states else rows)

    def one(self, place):
        rows = self.rows()
        return rows[place % len(rows)]

    def on(self, assignment):
        user = assignment.annotator
        return {"by": actor(user), "assignment_id": assignment.id, "fence": assignment.fence}

    def has_any(self):
        return Assignment.objects.filter(round=self.round).exists()

    # --- what people do ---------------------------------------------------------------------------------------

    @rule(who=people, count=st.integers(1, 4))
    def ask(self, who, count):
        user = self.people[who]
        before = self.rows()
        held = {a.item_id for a in before if a.annotator_id == user.pk and a.state == "leased"}
        shut = {a.item_id for a in before if a.annotator_id == user.pk and a.state in {"submitted", "skipped"}}
        free = set(QueueEntry.objects.filter(round=self.round, free__gt=0).values_list("item", flat=True))
        if not held | (free - shut):  # with nothing else to give, leases that have ended are looked for
            now = timezone.now()
            free = {a.item_id for a in before if a.state == "leased" and a.expires_at < now}
        answer = take(user, self.project, count)
        given = {a.item_id for a in answer.assignments}
        assert len(given) == len(answer.assignments) == min(count, len(held | (free - shut)))
        assert given <= held | (free - shut)
        assert (answer.reason is None) == (len(given) == count)
        assert all(a.state == "leased" and a.expires_at > timezone.now() for a in answer.assignments)

    @precondition(has_any)
    @rule(place=places)
    def submit(self, place):
        found = self.one(place)
        if found.state in BEGUN:
            self.made.append(submit(found.annotator, found))
        else:
            with pytest.raises(AlreadySubmitted if found.state == "submitted" else LeaseLost):
                submit(found.annotator, found)

    @precondition(has_any)
    @rule(place=places)
    def submit_with_another_fence(self, place):
        found = self.one(place)
        with pytest.raises(LeaseLost):
            submit(found.annotator, found, fence=found.fence + 1)

    @precondition(has_any)
    @rule(place=places, end=st.sampled_from(["release", "skip"]))
    def end(self, place, end):
        found = self.one(place)
        ended = {"release": "released", "skip": "skipped"}[end]
        act = {"release": services.release_assignment, "skip": services.skip_assignment}[end]
        if found.state in BEGUN | {ended}:
            act(**self.on(found))
            assert self.state_of(found) == ended
        else:
            with pytest.raises(AlreadySubmitted if found.state == "submitted" else LeaseLost):
                act(**self.on(found))

    @precondition(has_any)
    @rule(place=places)
    def renew(self, place):
        found = self.one(place)
        if found.state in BEGUN:
            services.renew_assignment(**self.on(found))
            assert self.state_of(found) == "leased"
        else:
            with pytest.raises(AlreadySubmitted if found.state == "submitted" else LeaseLost):
                services.renew_assignment(**self.on(found))

    @precondition(has_any)
    @rule(place=places)
    def draft(self, place):
        found = self.one(place)
        if found.state in BEGUN:
            services.save_draft(**self.on(found), answers=ANSWER)

    @precondition(has_any)
    @rule(place=places, sweep=st.booleans())
    def run_out(self, place, sweep):
        found = self.one(place)
        if found.state == "leased":
            run_out(found, sweep=sweep)

    @precondition(lambda self: bool(self.made))
    @rule(place=places)
    def withdraw(self, place):
        made = self.made[place % len(self.made)]
        kept = Annotation.objects.filter(pk=made.pk, ended_event=None).exists()
        on = {"by": actor(made.annotator), "annotation_id": made.id, "now": timezone.now()}
        if kept:
            services.withdraw_annotation(**on)
        else:
            with pytest.raises(AlreadyWithdrawn):
                services.withdraw_annotation(**on)

    def state_of(self, assignment):
        return Assignment.objects.get(pk=assignment.pk).state

    # --- what always holds ------------------------------------------------------------------------------------

    @invariant()
    def slots_are_held_once(self):
        by_item = defaultdict(list)
        for found in self.rows():
            by_item[found.item_id].append(found)
        for rows in by_item.values():
            live = [a for a in rows if a.state in Assignment.LIVE]
            assert len({a.slot for a in live}) == len({a.annotator_id for a in live}) == len(live) <= OVERLAP
            assert {a.slot for a in live} <= set(range(1, OVERLAP + 1))
            # a lease that has ended, and is not lost, still has a slot to come back to
            waiting = {a.slot for a in rows if a.state == "expired"}
            assert not waiting & {a.slot for a in live}
            assert len({a.fence for a in rows}) == len(rows)
        assert not list(selectors.wrong_counts(self.project))

    @invariant()
    def each_submit_is_one_annotation(self):
        kept = Annotation.objects.filter(round=self.round, ended_event=None)
        submitted = {a.pk for a in self.rows("submitted")}
        assert sorted(submitted) == sorted(kept.values_list("assignment", flat=True))

    @invariant()
    def log_tells_the_same(self):
        """The last event about each assignment names its state; nothing changes unsaid."""
        told = {}
        events = Event.objects.filter(project=self.project.id, object_type="assignment").order_by("id")
        for event in events:
            told[event.object_id] = event.action.removeprefix("assignment.")
        for found in self.rows():
            if found.state in {"released", "skipped"}:
                assert told[str(found.pk)] == found.state
            else:  # what submits, takes back and gives on say, they say of the annotation or of the next grant
                assert told[str(found.pk)] in {"leased", "expired"}


def test_assignments_live_by_the_rules():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes and shortens little
        ),
    )
