"""Reading answers into a table, beside reading them one by one."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from annotation.models import Annotation, Round
from annotation.services import withdraw_annotation
from metrics.questions import Coder, published
from metrics.reading import read_answers
from metrics.selection import Selection
from metrics.selectors.units import read_seq
from metrics.stats.table import OPT_OUT, AnswerTable
from tests import factories as make
from tests.metrics.conftest import make_stage

MANY = [
    make.CHOICE | {"labels": [*make.CHOICE["labels"], {"value": "cannot", "title": "Cannot tell", "opt_out": True}]},
    {"name": "topics", "kind": "multichoice", "title": "Topics?", "required": False,
     "labels": [{"value": "x", "title": "X"}, {"value": "y", "title": "Y"}]},
    {"name": "score", "kind": "number", "title": "Score?", "required": False, "level": "interval"},
    {"name": "why", "kind": "text", "title": "Why?", "required": False},
    {"name": "marks", "kind": "spans", "title": "Where?", "required": False, "field": "text",
     "labels": [{"value": "bad", "title": "Bad"}]},
]  # fmt: skip
Plain = dict[tuple[UUID, UUID], dict[UUID, Any]]


def plain(table: AnswerTable) -> Plain:
    units: Plain = {}
    for row in range(len(table)):
        unit, value = int(table.unit[row]), int(table.value[row])
        found = units.setdefault((table.rounds[table.round[row]], table.item(unit)), {})
        found[table.annotators[table.annotator[row]]] = None if value == OPT_OUT else table.values[value]
    return units


def one_by_one(project: Any, question: str, **where: Any) -> Plain:
    units: Plain = {}
    for row in _rows(project, question, **where):
        coder = Coder(published(project), row.round.created_at)
        number = row.guideline_version.number if row.guideline_version else None
        for name, value in coder.coded(number, row.answers, row.item.fields):
            if name == question:
                units.setdefault((row.round_id, row.item_id), {})[row.annotator_id] = value
    return units


def _rows(project: Any, question: str, **where: Any) -> Iterator[Annotation]:
    rows = Annotation.objects.filter(project=project, ended_event=None, answers__has_key=question, **where)
    yield from rows.select_related("round", "guideline_version", "item").order_by("slot")


@pytest.fixture
def answered(transactional_db: None) -> Any:
    project = make.make_project(overlap=3)
    make.publish_guideline(project, questions=MANY)
    make.make_items(project, 6)
    people = [make.make_member(project, "annotator") for _ in range(3)]
    make.acknowledge(project, *people)
    for shift, user in enumerate(people):
        answers = [
            {
                "tone": ["calm", "angry", "cannot"][(n + shift * (n % 2)) % 3],
                "topics": [[], ["x"], ["y", "x"]][(n + shift) % 3],
                "score": [1, 2.5, -4][(n * shift) % 3],
                "why": f"because {n * shift}",
                "marks": [{"start": 0, "end": 1 + shift, "label": "bad"}] if n % 2 else [],
            }
            for n in range(6)
        ]
        make.label(user, project, answers, 6)
    make.settle()
    return project


@pytest.mark.parametrize("question", [question["name"] for question in MANY])
def test_the_table_holds_what_the_annotations_say(answered: Any, question: str) -> None:
    found = read_answers(Selection(answered, None, question))
    assert plain(found) == one_by_one(answered, question)
    assert len(found) == 18
    assert set(found.identities) == {"person"}


def test_a_cut_keeps_what_was_withdrawn_later(answered: Any) -> None:
    before = one_by_one(answered, "tone")
    cut = read_seq(answered)
    gone = Annotation.objects.filter(project=answered).order_by("pk").first()
    assert gone is not None
    withdraw_annotation(by=make.actor(gone.annotator), annotation_id=gone.pk, now=timezone.now())
    make.settle()
    assert plain(read_answers(Selection(answered, cut, "tone"))) == before
    after = read_answers(Selection(answered, read_seq(answered), "tone"))
    assert plain(after) == one_by_one(answered, "tone")
    assert len(after) == 17


@pytest.mark.parametrize("question", ["tone", "why"])
def test_columns_beside_the_answers_keep_to_their_rows(answered: Any, question: str) -> None:
    Annotation.objects.filter(project=answered, slot=2).update(lead_time_ms=None)
    found = read_answers(Selection(answered, None, question), extra=("created_at", "lead_time_ms"))
    expected = {
        (row.item_id, row.annotator_id): (
            round(row.created_at.timestamp() * 1_000_000),
            -1 if row.lead_time_ms is None else row.lead_time_ms,
        )
        for row in _rows(answered, question)
    }
    assert {
        (found.item(int(unit)), found.annotators[who]): (at, lead)
        for unit, who, at, lead in zip(
            found.unit, found.annotator, found.extra["created_at"].tolist(), found.extra["lead_time_ms"].tolist(),
            strict=True,
        )
    } == expected  # fmt: skip


def test_a_version_of_its_own_and_one_round(transactional_db: None) -> None:
    stage = make_stage()
    labels = Round.objects.get(project=stage.project)
    assert len(read_answers(Selection(stage.project, None, "tone", version=1, round=labels.pk))) == 60
    assert len(read_answers(Selection(stage.project, None, "tone", version=0))) == 0
    assert len(read_answers(Selection(stage.project, None, "no such question"))) == 0


def test_reading_can_be_ended(answered: Any) -> None:
    class EndedError(Exception):
        pass

    def check() -> None:
        raise EndedError

    for question in ("tone", "why"):
        with pytest.raises(EndedError):
            read_answers(Selection(answered, None, question), check)
    assert len(read_answers(Selection(answered, None, "tone"))) == 18
