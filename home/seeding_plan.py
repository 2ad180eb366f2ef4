"""What a seeded project holds: one plan that both ways of writing it realise."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accounts.models import User
from events.actor import Actor
from guidelines.models import GuidelineVersion
from intake.models import Batch
from intake.services import NewItem
from projects.models import Project

QUESTION = "label"
LEAD_TIME = 2000
CHUNK = 1000
WORDS = (
    "river", "stone", "lamp", "garden", "letter", "window", "bread", "cloud", "harbour", "violin", "market", "winter",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large each project is; `annotated` is the share of items that get all their labels."""

    projects: int = 1
    items: int = 100
    annotators: int = 5
    overlap: int = 3
    labels: int = 4
    annotated: float = 0.0

    @property
    def labelled(self) -> int:
        """How many items, from the first, get all their labels."""
        return int(self.items * self.annotated)


@dataclass(frozen=True)
class Plan:
    """One project to be filled: slot s of item i is labelled by annotator (i + s) mod A."""

    project: Project
    batch: Batch
    lead: Actor
    size: Size
    annotators: Sequence[User]
    version: GuidelineVersion

    def annotator_of(self, item: int, slot: int) -> int:
        """The index of the annotator who labels this slot (from 0) of the item."""
        return (item + slot) % len(self.annotators)

    def answers(self, item: int, annotator: int) -> dict[str, str]:
        return {QUESTION: label_of(item, annotator, self.size.labels)}

    def items(self) -> Iterator[list[NewItem]]:
        """The items, chunk by chunk."""
        for start in range(0, self.size.items, CHUNK):
            numbers = range(start, min(start + CHUNK, self.size.items))
            yield [NewItem(f"item-{n:07d}", {"text": text_of(n)}, {"n": n}) for n in numbers]


def text_of(number: int) -> str:
    draw = random.Random(number)  # noqa: S311  # filler texts, no secret
    return f"Item {number}: " + " ".join(draw.choice(WORDS) for _ in range(12)) + "."


def label_of(number: int, annotator: int, labels: int) -> str:
    """Mostly the item's own label; one in six answers is another, so that cases exist."""
    draw = random.Random(f"{number}:{annotator}")  # noqa: S311  # as above
    own = number % labels
    return f"label_{(own + 1) % labels if draw.random() < 1 / 6 else own}"
