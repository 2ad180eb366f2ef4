"""What is known of annotators besides their counted answers: flags, skips, corrections, gold items, repeats."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform

from annotation.models import Annotation, Assignment, GoldResult, Round
from annotation.selectors import all_annotations, annotations_at, visible_rounds
from events.models import Seal
from guidelines.schema.kind import Coded
from metrics.annotators import Facts, Team
from metrics.models import AgreementRun
from metrics.questions import Coder, published
from metrics.selection import Selection, annotations_of, rounds_of

REPEATED: Final = (
    Round.Kind.PRODUCTION, Round.Kind.IMPORT, Round.Kind.CALIBRATION, Round.Kind.RELABEL, Round.Kind.GOLD,
)  # fmt: skip
"""The rounds in which somebody may meet an item again. Practice comes with feedback: it is no repeat."""


def facts_of(selection: Selection) -> dict[UUID, Facts]:
    """By annotator. Everything is as the cut of the selection has it."""
    unclear, skipped, changed = _unclear(selection), _skipped(selection), _changed(selection)
    gold, repeated = _gold(selection), _repeated(selection)
    people = unclear.keys() | skipped.keys() | changed.keys() | gold.keys() | repeated.keys()
    return {
        person: Facts(
            unclear=unclear.get(person, 0), skipped=skipped.get(person, 0), changed=changed.get(person, 0),
            gold_right=gold.get(person, (0, 0))[0], gold_judged=gold.get(person, (0, 0))[1],
            repeated=repeated.get(person, ()),
        )
        for person in people
    }  # fmt: skip


def teams_of(run: AgreementRun) -> list[Team]:
    """The teams with their people, by name, as they were when the run was asked for."""
    found = sorted((kept["name"], pk, kept["people"]) for pk, kept in run.definition.get("teams", {}).items())
    return [Team(UUID(pk), name, frozenset(map(UUID, people))) for name, pk, people in found if people]


def _unclear(selection: Selection) -> dict[UUID, int]:
    rows = annotations_of(selection).filter(unclear__isnull=False).order_by()
    return dict(rows.values("annotator").annotate(n=Count("pk")).values_list("annotator", "n"))


def _skipped(selection: Selection) -> dict[UUID, int]:
    rows = Assignment.objects.filter(round__in=rounds_of(selection), state=Assignment.State.SKIPPED)
    if selection.batch is not None:
        rows = rows.filter(item__batch=selection.batch)
    if selection.as_of is not None:
        seals = Seal.objects.filter(project=selection.project.pk, seq__lte=selection.as_of)
        end = seals.order_by("-seq").values_list("event__at", flat=True).first()
        rows = rows.filter(ended_at__lte=end) if end is not None else rows.none()
    return dict(rows.order_by().values("annotator").annotate(n=Count("pk")).values_list("annotator", "n"))


def _changed(selection: Selection) -> Counter[UUID]:
    """How many items each has corrected himself, once or more often."""
    rows = all_annotations(selection.project).filter(
        superseded_by__isnull=False, round__in=rounds_of(selection), answers__has_key=selection.question
    )
    if selection.as_of is not None:
        sealed = Seal.objects.filter(project=selection.project.pk, seq__lte=selection.as_of)
        rows = rows.filter(Exists(sealed.filter(event_id=OuterRef("ended_event"))))
    return Counter(person for person, *_ in rows.values_list("annotator", "round", "item").distinct())


def _gold(selection: Selection) -> dict[UUID, tuple[int, int]]:
    """Of hidden gold items with a known answer to this question: how many were answered so, and how many there were."""
    kept = annotations_at(selection.project, selection.as_of).filter(round__kind=Round.Kind.GOLD)
    rows = GoldResult.objects.filter(annotation__in=kept, correct__has_key=selection.question)
    found: dict[UUID, tuple[int, int]] = {}
    for person, right in rows.values_list("annotator", KeyTransform(selection.question, "correct")):
        before = found.get(person, (0, 0))
        found[person] = (before[0] + bool(right), before[1] + 1)
    return found


def _repeated(selection: Selection) -> dict[UUID, list[tuple[Coded, Coded]]]:
    """(earlier, later) answers of one person to one item in different rounds, over the whole cut.

    A correction is no repeat: whoever corrects knows what he said. Where rounds are many the largest one need not be
    looked through, since one side of each repeat lies in another.
    """
    rounds = list(visible_rounds(selection.project).filter(kind__in=REPEATED))
    if len(rounds) < 2:
        return {}
    rows = annotations_at(selection.project, selection.as_of).filter(
        blind=True, suggestion=None, round__in=rounds, answers__has_key=selection.question
    )
    sizes = dict(rows.order_by().values("round").annotate(n=Count("pk")).values_list("round", "n"))
    if len(sizes) < 2:
        return {}
    largest = max(sizes, key=lambda round_: (sizes[round_], round_))
    other = rows.filter(item=OuterRef("item"), annotator=OuterRef("annotator")).exclude(round=OuterRef("round"))
    again = rows.exclude(round=largest).filter(Exists(other)).values_list("annotator", "item").distinct()
    pairs = set(again)
    if not pairs:
        return {}
    answers = rows.filter(annotator__in={person for person, _ in pairs}, item__in={item for _, item in pairs})
    return _coded_pairs(selection, answers, pairs, {found.pk: found for found in rounds})


def _coded_pairs(
    selection: Selection, rows: QuerySet[Annotation], wanted: set[tuple[UUID, UUID]], rounds: dict[UUID, Round]
) -> dict[UUID, list[tuple[Coded, Coded]]]:
    versions = published(selection.project)
    coders = {pk: Coder(versions, found.created_at) for pk, found in rounds.items()}
    fields = sorted({name for coder in coders.values() for name in coder.text_fields})
    keys = [KeyTransform(name, "item__fields") for name in fields]
    columns = ("annotator_id", "item_id", "round_id", "guideline_version__number")
    ordered = rows.order_by("annotator_id", "item_id", F("created_at"), "pk")
    found: dict[UUID, list[tuple[Coded, Coded]]] = defaultdict(list)
    listed = ordered.values_list(*columns, KeyTransform(selection.question, "answers"), *keys)
    for (person, item), group in groupby(listed.iterator(), key=lambda row: (row[0], row[1])):
        if (person, item) in wanted:
            found[person] += pairwise(_values(selection.question, group, coders, fields))
    return dict(found)


def _values(
    question: str, rows: Iterable[Any], coders: dict[UUID, Coder], fields: list[str]
) -> list[Coded]:  # fmt: skip
    found = []
    for _, _, round_, version, answer, *texts in rows:
        given = dict(zip(fields, texts, strict=True))
        coded = coders[round_].coded(version, {question: answer}, given)
        found += [value for name, value in coded if name == question and value is not None]
    return found
