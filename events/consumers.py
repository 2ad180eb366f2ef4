"""Readers of the sealed log. A higher floor registers a handler; no lower floor ever knows who listens."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from events.models import Cursor, Event, Seal

log = logging.getLogger(__name__)
Handler = Callable[[Sequence[Event]], None]
BATCH_EVENTS, BATCH_IDS = 100, 1000


@dataclass(frozen=True)
class Consumer:
    """`handler` gets events in log order, inside the transaction that moves the cursor; it is safe to run twice."""

    name: str
    actions: frozenset[str]
    handler: Handler


_registry: dict[str, Consumer] = {}


def register(name: str, *actions: str) -> Callable[[Handler], Handler]:
    """Register a handler for the named actions under a stable name."""

    def add(handler: Handler) -> Handler:
        _registry[name] = Consumer(name, frozenset(actions), handler)
        return handler

    return add


def _take(position: int) -> list[Seal]:
    seals = list(Seal.objects.select_related("event").filter(id__gt=position).order_by("id")[:BATCH_EVENTS])
    size = 0
    for index, seal in enumerate(seals):
        size += len(seal.event.details.get("ids", ()))
        if size >= BATCH_IDS:
            return seals[: index + 1]
    return seals


def _advance(consumer: Consumer) -> int:
    """Hand one batch to a consumer. Returns how many events were passed over or handled."""
    with transaction.atomic():
        Cursor.objects.bulk_create([Cursor(name=consumer.name)], ignore_conflicts=True)
        cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=consumer.name).first()
        if cursor is None:
            return 0
        seals = _take(cursor.position)
        if not seals:
            return 0
        wanted = [s.event for s in seals if s.event.action in consumer.actions]
        if wanted:
            consumer.handler(wanted)
        cursor.position, cursor.error = seals[-1].id, ""
        cursor.save()
        return len(seals)


def run_consumers(*, rounds: int = 50) -> int:
    """Let every consumer read on until it has caught up (or `rounds` batches are done). Returns events handled."""
    total = 0
    for consumer in list(_registry.values()):
        for _ in range(rounds):
            try:
                moved = _advance(consumer)
            except Exception as error:  # one broken reader must not stop the others; its cursor keeps its place
                log.exception("consumer %s stopped", consumer.name)
                Cursor.objects.filter(name=consumer.name).update(error=str(error)[:2000])
                break
            total += moved
            if moved == 0:
                break
    return total


def lagging_consumers() -> dict[str, int]:
    """Consumer name -> how many seals it has not read yet."""
    newest = Seal.objects.order_by("-id").values_list("id", flat=True).first() or 0
    places = dict(Cursor.objects.filter(name__in=_registry).values_list("name", "position"))
    return {name: newest - places.get(name, 0) for name in _registry}
