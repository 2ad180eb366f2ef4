"""A project with labels, people of every role, and a run."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import factories as make

TONES = ("calm", "angry", "unsure")


@dataclass
class Stage:
    """Twenty items labelled by three people, the third of whom sees things differently now and then."""

    project: Any
    items: list[Any]
    annotators: list[Any]
    manager: Any
    adjudicator: Any
    consumer: Any
    stranger: Any
    rounds: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"/api/v1/projects/{self.project.slug}"

    @property
    def page(self) -> str:
        return f"/p/{self.project.slug}/agreement/"


def tones(shift: int, number: int) -> list[dict[str, str]]:
    """Answers that agree with those of another shift on most items."""
    return [{"tone": TONES[(n + (shift if n % 5 == 0 else 0)) % 3]} for n in range(number)]


def make_stage(number: int = 20, **fields: Any) -> Stage:
    project = make.make_project(overlap=3, **fields)
    make.publish_guideline(project)
    _, items, labels = make.make_items(project, number)
    people = [make.make_member(project, "annotator") for _ in range(3)]
    make.acknowledge(project, *people)
    for shift, user in enumerate(people):
        make.label(user, project, tones(shift, number), number)
    make.settle()
    return Stage(
        project=project, items=items, annotators=people, manager=project.created_by, rounds=[labels],
        adjudicator=make.make_member(project, "adjudicator"), consumer=make.make_member(project, "consumer"),
        stranger=make.make_user(can_create_projects=True),
    )  # fmt: skip


@pytest.fixture
def stage(transactional_db: None) -> Stage:
    return make_stage()
