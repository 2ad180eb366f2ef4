"""Reads over guideline versions and acknowledgements."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import User
from core.canonical import rfc3339
from core.compiled import Compiled
from core.errors import NotFound
from core.markdown import render_markdown
from guidelines.models import Acknowledgement, GuidelineVersion
from guidelines.schema.clauses import TEXTS
from guidelines.schema.diff import affected_labels, diff_clauses, diff_labels
from guidelines.schema.schema import LabelSchema, parse_schema
from projects.models import Membership, Project

LARGEST = 2**31 - 1
Label = tuple[str, str | None]


def current_version(project: Project) -> GuidelineVersion | None:
    """The newest published version, semantic or editorial; None before version 1."""
    return versions_of(project).order_by("-number").first()


def version_for(user: User, project: Project) -> tuple[GuidelineVersion | None, bool]:
    """`current_version`, its texts left out until they are asked for, and whether `user` has read what he must."""
    found = _current.first(user=user.pk, project=project.pk)
    return found, bool(getattr(found, "is_read", False))


def versions_of(project: Project | UUID) -> QuerySet[GuidelineVersion]:
    """The published versions."""
    return GuidelineVersion.objects.filter(project=project, state=GuidelineVersion.State.PUBLISHED)


def draft_of(project: Project) -> GuidelineVersion:
    """The draft: every project has exactly one."""
    return GuidelineVersion.objects.get(project=project, state=GuidelineVersion.State.DRAFT)


def get_version(project: Project, n: int | Literal["current", "draft"]) -> GuidelineVersion:
    """A version by its number, the current one, or the draft. Raises NotFound."""
    if n == "draft":
        return draft_of(project)
    found = None
    if n == "current":
        found = current_version(project)
    elif 1 <= n <= LARGEST:
        found = versions_of(project).filter(number=n).first()
    if found is None:
        raise NotFound
    return found


class _Fixed:
    """A published version as a key of caches: it never changes, so its id stands for its content."""

    def __init__(self, version: GuidelineVersion) -> None:
        self.version = version

    def __hash__(self) -> int:
        return hash(self.version.pk)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fixed) and other.version.pk == self.version.pk


@lru_cache(maxsize=256)
def _fixed_schema(fixed: _Fixed) -> LabelSchema:
    return _parse(fixed.version)


def _parse(version: GuidelineVersion) -> LabelSchema:
    return parse_schema(version.label_schema, empty_ok=True)


def label_schema_of(version: GuidelineVersion) -> LabelSchema:
    """The parsed label schema, cached for published versions. A draft without questions has an empty one."""
    return _fixed_schema(_Fixed(version)) if version.number is not None else _parse(version)


def unacknowledged_version(user: User, project: Project) -> GuidelineVersion | None:
    """The newest version that `user` must read before new work, or None.

    It is the newest semantic version (or version 1), unless the user acknowledged it or a later one.
    """
    newest = _newest_to_read.first(user=user.pk, project=project.pk)
    if newest is None:
        return None
    version, read = newest
    return None if read else GuidelineVersion.objects.get(pk=version)


def _is_read(user: UUID) -> Exists:
    return Exists(
        Acknowledgement.objects.filter(
            user=user, version__project=OuterRef("project"), version__number__gte=OuterRef("number")
        )
    )


def _to_read(user: UUID, project: UUID) -> QuerySet[GuidelineVersion, Any]:
    newest = _must_be_read(project).order_by("-number")
    return newest.annotate(read=_is_read(user)).values_list("pk", "read")[:1]


def _current_with_read(user: UUID, project: UUID) -> QuerySet[GuidelineVersion]:
    newest = _must_be_read(project).order_by("-number")
    read = Subquery(newest.annotate(read=_is_read(user)).values("read")[:1])
    versions = versions_of(project).defer("clauses", "label_schema", "note").order_by("-number")
    return versions.annotate(is_read=read)[:1]


_newest_to_read = Compiled(_to_read, user=UUID, project=UUID)
_current = Compiled(_current_with_read, user=UUID, project=UUID)


def _must_be_read(project: Project | UUID) -> QuerySet[GuidelineVersion, Any]:
    semantic = versions_of(project).filter(change=GuidelineVersion.Change.SEMANTIC)
    return semantic | versions_of(project).filter(number=1)


def newest_to_read(project: Project) -> int | None:
    """The number of the newest version that annotators must acknowledge."""
    return _must_be_read(project).order_by("-number").values_list("number", flat=True).first()


def last_acknowledged(user: User, project: Project, *, before: int | None = None) -> GuidelineVersion | None:
    """The newest version that `user` acknowledged, if asked so only among those below `before`."""
    rows = Acknowledgement.objects.filter(user=user, version__project=project).select_related("version")
    if before is not None:
        rows = rows.filter(version__number__lt=before)
    found = rows.order_by("-version__number").first()
    return found.version if found else None


@lru_cache(maxsize=256)
def _step(before: _Fixed, after: _Fixed) -> frozenset[Label]:
    return affected_between(before.version, after.version)


def affected_between(before: GuidelineVersion, after: GuidelineVersion) -> frozenset[Label]:
    """The labels whose meaning differs between two versions, as (question, value).

    (question, None) stands beside them where every label of the question is touched. Values are texts, also for
    numbers.
    """
    old, new = label_schema_of(before), label_schema_of(after)
    touched = affected_labels(before.clauses, after.clauses, old, new)
    every: dict[str, set[str]] = {}
    for schema in (old, new):
        for name in schema.question_names:
            every.setdefault(name, set()).update(schema.kind(name).label_values(schema.question(name)) or [""])
    values: dict[str, set[str]] = {}
    for question, value in touched:
        values.setdefault(question, set()).add(value)
    whole = {(question, None) for question, found in values.items() if found >= every.get(question, set())}
    return frozenset({(question, value) for question, value in touched if value} | whole)


def stale_labels(project: Project, from_number: int) -> frozenset[Label]:
    """Labels made under version `from_number` that no later semantic version left untouched.

    Each is (question, value), the value as text; (question, None) means every answer to the question. Editorial
    versions make nothing stale.
    """
    versions = list(versions_of(project).filter(number__gte=from_number).order_by("number"))
    stale: frozenset[Label] = frozenset()
    for before, after in pairwise(versions):
        if after.change == GuidelineVersion.Change.SEMANTIC:
            stale |= _step(_Fixed(before), _Fixed(after))
    return stale


def clause_body(clause: dict[str, Any]) -> dict[str, Any]:
    """A clause as the API shows it: each text also as sanitized HTML."""
    examples = [
        {**example, "text_html": render_markdown(example["text"]), "why_html": render_markdown(example["why"])}
        for example in clause["examples"]
    ]
    html = {f"{name}_html": render_markdown(clause[name]) for name in TEXTS}
    return {"question": None, "label": None, **clause, "examples": examples, **html}


def guideline_body(version: GuidelineVersion) -> dict[str, Any]:
    """A version as the API shows it."""
    return {
        "number": version.number,
        "state": version.state,
        "change": version.change,
        "note": version.note,
        "published_at": rfc3339(version.published_at) if version.published_at else None,
        "published_by": str(version.published_by_id) if version.published_by_id else None,
        "review": str(version.review) if version.review else None,
        "clauses": [clause_body(clause) for clause in version.clauses],
        "label_schema": version.label_schema or {"questions": []},
    }


def diff_body(before: GuidelineVersion, after: GuidelineVersion) -> dict[str, Any]:
    """What changed from one version to another, clause by clause and label by label."""
    clauses = [
        {
            "key": row["key"],
            "state": row["state"],
            "before": clause_body(row["before"]) if row["before"] else None,
            "after": clause_body(row["after"]) if row["after"] else None,
        }
        for row in diff_clauses(before.clauses, after.clauses)
    ]
    return {"clauses": clauses, "labels": diff_labels(label_schema_of(before), label_schema_of(after))}


@dataclass(frozen=True)
class Reading:
    """How far a member has read. `read_at` is None while the newest version that must be read is not."""

    number: int | None
    read_at: datetime | None


UNREAD = Reading(None, None)


def readings(project: Project, members: Iterable[Membership]) -> dict[UUID, Reading]:
    """By user: the newest version acknowledged, and when the newest one that must be read was."""
    needed = newest_to_read(project)
    rows = (
        Acknowledgement.objects.filter(version__project=project, user__in=[m.user_id for m in members])
        .order_by("version__number")
        .values_list("user_id", "version__number", "at")
    )
    found: dict[UUID, Reading] = {}
    for user, number, at in rows:
        former = found.get(user, UNREAD).read_at
        current = needed is not None and number is not None and number >= needed
        found[user] = Reading(number, former or (at if current else None))
    return found
