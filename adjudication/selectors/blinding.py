"""What an adjudicator sees of a case: answers under letters, in an order of the case's own, nobody's name, no times."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from adjudication import rules
from adjudication.models import Case, CaseOpening
from annotation.models import Annotation, Assignment


@dataclass(frozen=True)
class CaseAnswer:
    """One annotator's answer to the case's question; None where none was given, then `note` may say why."""

    letter: str
    answer: Any
    note: str


@dataclass(frozen=True)
class _Given:
    person: UUID
    answer: Any
    note: str


def opened_cases(user_id: UUID, case_ids: Iterable[UUID]) -> set[UUID]:
    """Those cases whose answers were shown to this person before."""
    return set(CaseOpening.objects.filter(user=user_id, case__in=list(case_ids)).values_list("case", flat=True))


def answers_of(cases: Sequence[Case]) -> dict[UUID, list[CaseAnswer]]:
    """The answers of each case, in a fixed number of queries."""
    units = Q(pk__in=[])
    for case in cases:
        units |= Q(round=case.round_id, item=case.item_id)
    given: dict[tuple[UUID, UUID], list[tuple[UUID, dict[str, Any], str]]] = defaultdict(list)
    rows = Annotation.objects.filter(units, ended_event=None, blind=True)
    for round_id, item, person, answers, note in rows.values_list("round", "item", "annotator", "answers", "note"):
        given[round_id, item].append((person, answers, note))
    skips: dict[tuple[UUID, UUID], list[tuple[UUID, str]]] = defaultdict(list)
    if any(case.pattern == rules.SKIPPED for case in cases):
        skipped = Assignment.objects.filter(units, state=Assignment.State.SKIPPED)
        for round_id, item, person, reason in skipped.values_list("round", "item", "annotator", "skip_reason"):
            skips[round_id, item].append((person, reason))
    return {case.pk: _shown(case, given, skips) for case in cases}


def _shown(case: Case, given: dict[Any, list[Any]], skips: dict[Any, list[Any]]) -> list[CaseAnswer]:
    unit = (case.round_id, case.item_id)
    found = [_Given(person, answers.get(case.question), note) for person, answers, note in given[unit]]
    if case.pattern == rules.SKIPPED:
        reasons = dict(skips[unit])
        found += [_Given(person, None, reason) for person, reason in reasons.items()]
    mixed = rules.shuffled_by_case(found, case_id=case.pk, secret=settings.SECRET_KEY, key=lambda row: row.person)
    return [CaseAnswer(rules.letter(index), row.answer, row.note) for index, row in enumerate(mixed)]
