"""Stock disagreements for the tests of adjudication."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from adjudication import services
from adjudication.models import Case
from annotation.models import Annotation
from projects.models import Project
from tests.factories import (
    CHOICE,
    acknowledge,
    actor,
    label,
    make_items,
    make_member,
    make_project,
    publish_guideline,
    settle,
)


@dataclass
class Setting:
    project: Project
    manager: User
    annotators: list[User]
    adjudicator: User
    items: list[Any]
    round: Any


def make_setting(
    items: int = 1, annotators: int = 2, questions: list[dict[str, Any]] | None = None, **guideline: Any
) -> Setting:
    """A project whose items want as many labels as there are annotators."""
    project = make_project(overlap=annotators)
    publish_guideline(project, questions or [CHOICE], **guideline)
    people = [make_member(project, "annotator") for _ in range(annotators)]
    adjudicator = make_member(project, "adjudicator")
    acknowledge(project, *people)
    _, made, opened = make_items(project, items)
    return Setting(project, project.created_by, people, adjudicator, made, opened)


def disagree(setting: Setting, *tones: str, count: int = 1) -> list[Case]:
    """Every annotator answers `count` items with his tone; returns the cases that this raised."""
    for person, tone in zip(setting.annotators, tones or ("calm", "angry"), strict=True):
        label(person, setting.project, {"tone": tone}, count)
    settle()
    return list(Case.objects.filter(project=setting.project).order_by("pk"))


def current(setting: Setting, person: User) -> Annotation:
    return Annotation.objects.get(annotator=person, project=setting.project, ended_event=None)


def new_decision(**changes: Any) -> services.NewDecision:
    given = {
        "outcome": "answer",
        "answer": "angry",
        "rationale": "It holds an insult.",
        "confidence": "high",
        "cause": "slip",
    }
    return services.NewDecision(**(given | changes))


def decide(case: Case, by: User, **changes: Any) -> Any:
    held = services.claim_case(by=actor(by), case_id=case.pk, now=timezone.now())
    return services.decide_case(
        by=actor(by), case_id=case.pk, fence=held.fence, decision=new_decision(**changes), now=timezone.now()
    )
