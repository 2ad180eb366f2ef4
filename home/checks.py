"""The invariants, floor by floor, in one list."""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from adjudication.models import Case
from adjudication.selectors import disagreements_of, may_raise_cases
from annotation.models import Annotation, Round
from home.invariants import (
    MOST_SHOWN,
    Check,
    Violation,
    acknowledged_submits,
    exact_overlap,
    nothing_half,
    sealed_log_is_whole,
)
from metrics.selectors import count_mismatches
from projects.models import Project
from releases.models import Release
from releases.services import verify_release

CHUNK = 1000


def _items_of(one: Round) -> Iterator[list[UUID]]:
    rows = Annotation.objects.filter(round=one, ended_event=None).order_by("item").values_list("item", flat=True)
    every = iter(rows.distinct().iterator(chunk_size=CHUNK))
    while chunk := list(islice(every, CHUNK)):
        yield chunk


def one_case_per_disagreement() -> Iterator[Violation]:
    """I4: each disagreement has a case, and no case waits where nobody disagrees."""
    for one in Round.objects.exclude(state=Round.State.LOADING).select_related("project"):
        if not may_raise_cases(one):
            continue
        for items in _items_of(one):
            wanted = set(disagreements_of(one, items))
            cases = Case.objects.filter(round=one, item__in=items).exclude(state=Case.State.DISSOLVED)
            known = {(c.item_id, c.question): c for c in cases}
            for item, question in sorted(wanted - set(known), key=str)[:MOST_SHOWN]:
                yield Violation("I4", f"item {item}, question {question}: a disagreement without a case")
            for key, case in known.items():
                if key not in wanted and case.is_waiting:
                    yield Violation("I4", f"case {case.pk} waits although nobody disagrees")


def releases_are_their_bytes() -> Iterator[Violation]:
    """I5: every published release has the bytes that its manifest and hash say."""
    for release in Release.objects.filter(state__in=[Release.State.PUBLISHED, Release.State.WITHDRAWN]):
        for fault in verify_release(release=release, rebuild=False):
            yield Violation("I5", f"release {release.version} of project {release.project_id}: {fault}")


def agreement_equals_a_recount() -> Iterator[Violation]:
    """I12: what the consumer keeps is what a recount gives."""
    for project in Project.objects.all():
        for mismatch in count_mismatches(project):
            yield Violation("I12", f"project {project.slug}: {mismatch}")


CHECKS: tuple[Check, ...] = (
    acknowledged_submits,
    nothing_half,
    exact_overlap,
    one_case_per_disagreement,
    releases_are_their_bytes,
    sealed_log_is_whole,
    agreement_equals_a_recount,
)
