"""Sixty-four people do whatever they like for a while, on batches of every policy: each item ends with its overlap.

A few seconds by default; `CONCORD_SOAK_SECONDS=60` runs it for as long as the promise says.
"""

import os
import random
import time
from collections import Counter

import pytest
from django.utils import timezone

from annotation import selectors, services
from annotation.errors import AlreadySubmitted, AlreadyWithdrawn, LeaseLost
from annotation.models import Annotation, Assignment
from intake.audiences import audience_of
from projects.models import Membership
from tests.annotation.stock import ANSWER, ready_policies, run_out, submit, take
from tests.concurrency.test_labeling_overlap import assert_overlap_was_kept, together
from tests.factories import actor

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, ITEMS = 64, 8
SECONDS = float(os.environ.get("CONCORD_SOAK_SECONDS", "4"))
MOST_SKIPS = 2
"""Of each person, so that there is always somebody left for every item."""


class Somebody:
    """One client with a will of his own: leases, lets leases run out, skips, comes back, submits, takes back."""

    def __init__(self, number, user, project):
        self.dice, self.user, self.project = random.Random(number), user, project
        self.by, self.made, self.skips, self.did = actor(user), [], 0, Counter()

    def live(self, until):
        while time.monotonic() < until:
            held = list(take(self.user, self.project, self.dice.randint(1, 4)).assignments)
            if not held and self.made:
                self.withdraw()
            self.dice.shuffle(held)
            for assignment in held[: self.dice.randint(1, 4)]:
                self.treat(assignment)
        return self.did

    def treat(self, assignment):
        on = {"by": self.by, "assignment_id": assignment.id, "fence": assignment.fence}
        what = self.dice.choices(
            ("submit", "release", "skip", "expire", "late", "draft", "renew", "withdraw"), (8, 2, 1, 2, 2, 1, 1, 2)
        )[0]
        try:
            match what:
                case "release":
                    services.release_assignment(**on)
                case "skip" if self.skips < MOST_SKIPS:
                    self.skips += 1
                    services.skip_assignment(**on)
                case "expire":
                    run_out(assignment)
                case "late":
                    run_out(assignment)
                    time.sleep(self.dice.random() / 50)
                    self.made.append(submit(self.user, assignment))
                case "draft":
                    services.save_draft(**on, answers=ANSWER)
                case "renew":
                    services.renew_assignment(**on)
                case _:
                    self.made.append(submit(self.user, assignment))
                    if what == "withdraw":
                        self.withdraw()
            self.did[what] += 1
        except (LeaseLost, AlreadySubmitted):
            self.did["refused"] += 1

    def withdraw(self):
        made = self.made.pop(self.dice.randrange(len(self.made)))
        try:
            services.withdraw_annotation(by=self.by, annotation_id=made.id, now=timezone.now())
            self.did["took back"] += 1
        except AlreadyWithdrawn:
            self.did["refused"] += 1


def finish(people, project):
    """What is left is labelled in peace."""
    run_out(*Assignment.objects.filter(state="leased", round__project=project))
    while any([submit(user, a) for a in take(user, project, 10).assignments] for user in people):
        pass


def test_every_policy_gives_exactly_its_overlap_whatever_people_do():
    project, people, batches = ready_policies(CLIENTS, ITEMS)
    crowd = [Somebody(number, user, project) for number, user in enumerate(people)]
    until = time.monotonic() + SECONDS
    done = sum(together(CLIENTS, lambda index: crowd[index].live(until)), Counter())
    print(f"\n{CLIENTS} clients, {SECONDS:g} s: {dict(sorted(done.items()))}")
    assert done["submit"]
    finish(people, project)

    assert_overlap_was_kept(project, {opened.pk: opened.overlap for _, _, opened in batches.values()})
    current = Annotation.objects.filter(ended_event=None)
    teams = dict(Membership.objects.filter(project=project).values_list("user", "team"))
    for policy, (batch, items, opened) in batches.items():
        rows = list(current.filter(round=opened).values_list("item", "slot", "annotator"))
        assert Counter(item for item, _, _ in rows) == {item.id: opened.overlap for item in items}, policy
        assert len({(item, slot) for item, slot, _ in rows}) == len(rows), policy
        assert len({(item, person) for item, _, person in rows}) == len(rows), policy
        audience = audience_of(batch)
        if audience.teams or audience.annotators:
            meant = {user for user, team in teams.items() if team in audience.teams or user in audience.annotators}
            assert {person for _, _, person in rows} <= meant, policy
    live = Assignment.objects.filter(round__project=project, state__in=Assignment.LIVE)
    assert live.count() == current.filter(project=project).count()
    assert not list(selectors.wrong_counts())
