"""The people of the demo: their sign-ins, and the habits of the five annotators."""

import random
from dataclasses import dataclass

from home.demo.guideline import QUESTION
from home.demo.texts import Ticket

PASSWORD = "concord demo 2026"  # noqa: S105  # printed for everybody; the demo listens on this machine only
MANAGER = ("manager@demo.example", "Mara Lindt")
ADJUDICATOR = ("adjudicator@demo.example", "Ada Okafor")
CONSUMER = ("consumer@demo.example", "Cem Aydin")
LABELS = ("billing", "cancellation", "technical", "account", "other")


@dataclass(frozen=True)
class Habit:
    """How somebody labels: how often money back is read as leaving under version 1, slips, and a bias in ratings."""

    email: str
    name: str
    refund_as_cancellation: float
    slip: float
    urgency: int
    seconds: float


HABITS = (
    Habit("annotator@demo.example", "Ana Silva", 0.15, 0.02, 0, 9.0),
    Habit("bo@demo.example", "Bo Nilsen", 0.9, 0.03, 0, 6.0),
    Habit("chen@demo.example", "Chen Wei", 0.5, 0.03, 1, 11.0),
    Habit("dina@demo.example", "Dina Haddad", 0.8, 0.02, 0, 8.0),
    Habit("emil@demo.example", "Emil Novak", 0.3, 0.08, -1, 4.0),
)
URGENCY = {"technical": 3, "account": 3, "billing": 2, "cancellation": 2, "other": 1}


def answers_of(habit: Habit, ticket: Ticket, version: int) -> dict[str, object]:
    """What this person answers to this ticket under this version: always the same for the same three."""
    draw = random.Random(f"{habit.email}:{ticket.number}:{version}")  # noqa: S311  # habits, no secret
    label = ticket.label
    if ticket.is_ambiguous and version == 1:
        label = "cancellation" if draw.random() < habit.refund_as_cancellation else "billing"
    if draw.random() < habit.slip:
        label = draw.choice(LABELS)
    urgency = URGENCY[ticket.label] + habit.urgency * (draw.random() < 0.1) + (draw.random() < 0.02)
    return {QUESTION: label, "urgency": max(1, min(4, int(urgency)))}


def lead_time_ms(habit: Habit, ticket: Ticket) -> int:
    draw = random.Random(f"{habit.email}:{ticket.number}:time")  # noqa: S311  # habits, no secret
    return int(habit.seconds * 1000 * draw.uniform(0.5, 1.8))
