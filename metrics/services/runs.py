"""Agreement runs: everything about agreement over one cut of the log, computed by the worker and kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from annotation.models import Round
from annotation.selectors import visible_rounds
from core.canonical import rfc3339
from core.errors import FieldError, Invalid, NotFound
from events.actor import Actor
from events.jobs import JobRun, enqueue
from events.services import append_event
from metrics.counting import ALONE
from metrics.measure import Heading, cut_seed
from metrics.models import AgreementRun
from metrics.questions import (
    NO_VERSION,
    Coder,
    Measured,
    Version,
    measured_questions,
    published,
    version_name,
)
from metrics.report import Answer, question_report
from metrics.selection import annotations_of, rounds_of, selection_of
from metrics.selectors.scores import minimums_of
from metrics.services.heartbeat import Heart, beating
from metrics.targets import target_of
from metrics.verdict import judged
from projects.models import Project

JOB_RUN = "agreement.run"
CHUNK = 2000


@transaction.atomic
def request_run(
    *, by: Actor, project: Project, as_of: int, now: datetime, question: str = "",
    guideline_version: Version | None = None, round: Round | UUID | None = None,  # noqa: A002  # the word of the house
    slice: str = ALONE,  # noqa: A002  # the API's name
) -> AgreementRun:  # fmt: skip
    """Ask the worker for a run over the cut `as_of`. "" means every question, None every version or round.

    `slice` is one of `metrics.counting.SLICES`, or ALONE for what was answered without a suggestion on screen.

    Raises:
        Invalid: no such question or version in the project.
        NotFound: no such round in the project.
        QueueFull: too many runs wait already.
    """
    versions = published(project)
    if question and question not in measured_questions(versions):
        raise Invalid(errors=[FieldError("#/question", "No version of the guideline asks this question.")])
    number = _version_number(guideline_version)
    if number and number not in {version.number for version in versions}:
        raise Invalid(errors=[FieldError("#/guideline_version", f"There is no published version {number}.")])
    round_id = round.pk if isinstance(round, Round) else round
    if round_id is not None and not visible_rounds(project).filter(pk=round_id).exists():
        raise NotFound
    job = enqueue(kind=JOB_RUN, project=project.id, arguments={}, by=by, now=now)
    run = AgreementRun.objects.create(
        pk=job.id, project=project, question=question, guideline_version=number, round=round_id, as_of=as_of,
        slice=slice, created_by=by.user.id if by.user else None, created_at=now,
    )  # fmt: skip
    append_event(
        by=by, action="agreement.run", project=project.id, object_type="agreement_run", object_id=run.pk,
        after={"question": question, "guideline_version": number, "round": round_id, "as_of": as_of}
        | ({"slice": slice} if slice else {}),
    )  # fmt: skip
    return run


def _version_number(version: Version | None) -> int | None:
    if version is None or version == "all":
        return None
    return NO_VERSION if version == "none" else int(version)


def carry_out_run(run: JobRun) -> None:
    """Compute the run and keep its figures. Nothing is written before the end."""
    asked = AgreementRun.objects.select_related("project").get(pk=run.id)
    measured = measured_questions(published(asked.project, asked.as_of))
    wanted = [m for name, m in measured.items() if asked.question in ("", name)]
    scores: list[dict[str, Any]] = []
    with beating(run, len(wanted)) as heart:
        for place, question in enumerate(wanted):
            heart.step(place)
            scores += _measure(asked, question, heart)
    with transaction.atomic():
        run.beat(len(wanted), len(wanted))
        AgreementRun.objects.filter(pk=asked.pk).update(scores=scores, computed_at=timezone.now())
        run.finish()


def _measure(asked: AgreementRun, measured: Measured, heart: Heart) -> list[dict[str, Any]]:
    version = version_name(asked.guideline_version) if asked.guideline_version is not None else "all"
    where = (asked.round, asked.slice) if asked.slice else (asked.round,)
    seed = cut_seed(asked.project_id, measured.name, asked.as_of, version, *where)
    heading = Heading(
        question=measured.name,
        version=version,
        round=str(asked.round) if asked.round else None,
        n_annotators=0,
        as_of=asked.as_of,
        computed_at=rfc3339(timezone.now()),
        slice=asked.slice or None,
    )
    rows = question_report(measured, _answers(asked, measured.name, heart), seed, heading, minimums_of(asked.project))
    return judged(rows, target_of(asked.project, measured.name, asked.created_at))


def _answers(asked: AgreementRun, question: str, heart: Heart) -> Iterator[Answer]:
    """The blind answers to one question that the cut keeps, in an order that never changes."""
    selection = selection_of(asked, question)
    rounds = rounds_of(selection).in_bulk()
    versions = published(asked.project)
    coders = {pk: Coder(versions, labels.created_at) for pk, labels in rounds.items()}
    fields = sorted({name for coder in coders.values() for name in coder.text_fields})
    columns = ("round_id", "item_id", "annotator_id", "guideline_version__number")
    keys = [KeyTransform(question, "answers"), *(KeyTransform(name, "item__fields") for name in fields)]
    ordered = annotations_of(selection).order_by("round_id", "item_id", "slot", "pk").values_list(*columns, *keys)
    for place, row in enumerate(ordered.iterator(chunk_size=CHUNK)):
        round_id, item, annotator, version, answer, *texts = row
        if place % CHUNK == 0:
            heart.check()
        item_fields = dict(zip(fields, texts, strict=True))
        for name, value in coders[round_id].coded(version, {question: answer}, item_fields):
            if name == question:
                yield Answer((round_id, item), annotator, value, rounds[round_id].identity)
