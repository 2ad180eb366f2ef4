"""Models that send the same at the same moment, and items that arrive while a model's round is being made."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from annotation.imports.push import push_items
from annotation.models import QueueEntry, Round, Suggestion
from annotation.services.suggesting import NewSuggestion, post_suggestions
from events.models import Event
from intake.models import Item
from intake.services import NewItem
from projects.agents import add_agent
from tests.annotation.stock import ready
from tests.factories import actor, settle

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 6


def at_once(work, number=CLIENTS):
    """Run `work(n)` in as many threads, all starting together; exceptions come out."""
    gate = Barrier(number)

    def one(place):
        try:
            gate.wait()
            return work(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def make_model(project, roles=()):
    member, _ = add_agent(
        by=actor(project.created_by), project=project, kind="model", name="tagger", roles=roles, now=timezone.now()
    )
    return member.user


def test_each_suggestion_is_made_once_and_told_in_one_event():
    project, _, items, _ = ready(20)
    model = make_model(project)
    rows = [NewSuggestion({"tone": "calm"}, "1", item=item.id) for item in items]
    answers = at_once(lambda _: post_suggestions(by=actor(model), project=project, rows=rows, now=timezone.now()))
    assert Suggestion.objects.count() == 20
    assert sum(len(posted.created) for posted in answers) == 20
    assert all(len(posted.created) + len(posted.existing) == 20 for posted in answers)
    told = [pk for event in Event.objects.filter(action="suggestion.created") for pk in event.details["ids"]]
    assert sorted(told) == sorted(str(pk) for pk in Suggestion.objects.values_list("pk", flat=True))


def test_no_item_that_is_pushed_meanwhile_is_missing_from_the_round_of_a_model():
    project, _, items, _ = ready(5)
    make_model(project, ["annotator"])
    batch = items[0].batch

    def work(place):
        if place == 0:
            settle()
        for number in range(5 if place else 0):
            rows = [NewItem(f"{place}-{number}", {"text": "late"}, {})]
            push_items(by=actor(project.created_by), project=project, rows=rows, batch=batch.name, now=timezone.now())

    at_once(work)
    settle()
    made = Round.objects.get(kind=Round.Kind.MODEL, batch=batch)
    assert made.state == Round.State.OPEN
    there = set(QueueEntry.objects.filter(round=made).values_list("item", flat=True))
    assert there == set(Item.objects.filter(batch=batch).values_list("pk", flat=True))
    assert len(there) == 5 + 5 * (CLIENTS - 1)
