"""Readers of the sealed log. A higher floor registers a handler; no lower floor ever knows who listens."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from core.compiled import Compiled, run
from events.models import Cursor, Event, Seal

log = logging.getLogger(__name__)
Handler = Callable[[Sequence[Event]], None]
BATCH_EVENTS, BATCH_IDS = 500, 1000
_newest = Compiled(lambda: Seal.objects.order_by("-id").values_list("id", flat=True)[:1])
_places = Compiled(lambda: Cursor.objects.values_list("name", "position"))
_locked_position = Compiled(
    lambda name: (
        Cursor.objects.select_for_update(skip_locked=True).filter(name=name).values_list("position", flat=True)
    ),
    name=str,
)
_seals_after = Compiled(
    lambda position: Seal.objects.select_related("event").filter(id__gt=position).order_by("id")[:BATCH_EVENTS],
    position=int,
)


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


class Batches:
    """What follows a place of the log, read once for all consumers that stand there: sealed rows never change."""

    def __init__(self) -> None:
        self.kept: dict[int, list[Seal]] = {}

    def after(self, position: int) -> list[Seal]:
        if position not in self.kept:
            self.kept[position] = _take(position)
        return self.kept[position]


def _take(position: int) -> list[Seal]:
    seals = _seals_after(position=position)
    size = 0
    for index, seal in enumerate(seals):
        size += len(seal.event.details.get("ids", ()))
        if size >= BATCH_IDS:
            return seals[: index + 1]
    return seals


def _advance(consumer: Consumer, batches: Batches) -> list[Seal]:
    """Hand one batch to a consumer. Returns what it has passed over or handled."""
    with transaction.atomic():
        position = _locked_position.first(name=consumer.name)
        seals = batches.after(position) if position is not None else []
        if not seals:
            return []
        wanted = [s.event for s in seals if s.event.action in consumer.actions]
        if wanted:
            consumer.handler(wanted)
        run("UPDATE events_cursor SET position = %s, moved_at = now(), error = '' WHERE name = %s",
            [seals[-1].pk, consumer.name])  # fmt: skip
        return seals


def run_consumers(*, rounds: int = 50) -> int:
    """Let every consumer read on until it has caught up (or `rounds` batches are done). Returns events handled."""
    newest, places = _standing()
    batches = Batches()
    behind = {name: place for name, place in places.items() if place < newest}
    passed = _pass_over(behind, batches)
    total = sum(map(len, passed.values()))
    for consumer in list(_registry.values()):
        if consumer.name not in behind or (consumer.name in passed and passed[consumer.name][-1].pk >= newest):
            continue
        for _ in range(rounds):
            try:
                moved = _advance(consumer, batches)
            except Exception as error:  # one broken reader must not stop the others; its cursor keeps its place
                log.exception("consumer %s stopped", consumer.name)
                Cursor.objects.filter(name=consumer.name).update(error=str(error)[:2000])
                break
            total += len(moved)
            if not moved or moved[-1].pk >= newest:
                break
    return total


def _pass_over(places: Mapping[str, int], batches: Batches) -> dict[str, list[Seal]]:
    """Move those who want nothing of what comes next behind it, all that stand at one place by one statement."""
    passed: dict[str, list[Seal]] = {}
    for position in sorted(set(places.values())):
        seals = batches.after(position)
        actions = {seal.event.action for seal in seals}
        names = [n for n, place in places.items() if place == position and not _registry[n].actions & actions]
        if seals and names:
            run("UPDATE events_cursor SET position = %s, moved_at = now(), error = '' WHERE position = %s"
                " AND name = ANY(%s)", [seals[-1].pk, position, names])  # fmt: skip
            passed |= dict.fromkeys(names, seals)
    return passed


def _standing() -> tuple[int, dict[str, int]]:
    """The last seal of all, and the last one that each consumer has read."""
    places = dict(_places())
    if missing := [Cursor(name=name) for name in _registry if name not in places]:
        Cursor.objects.bulk_create(missing, ignore_conflicts=True)
    return _newest.first() or 0, {name: places.get(name, 0) for name in _registry}


def lagging_consumers() -> dict[str, int]:
    """Consumer name -> how many seals it has not read yet."""
    newest, places = _standing()
    return {name: newest - place for name, place in places.items()}
