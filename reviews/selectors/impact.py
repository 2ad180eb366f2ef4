"""What publishing a change would touch: labels, annotations, items, people, hours, decided cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import (
    Aggregate,
    BooleanField,
    Count,
    Exists,
    F,
    FloatField,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)  # fmt: skip
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from adjudication.models import Case, Decision
from annotation.models import Annotation
from annotation.selectors import counting_rounds, current_annotations
from guidelines.models import GuidelineVersion
from guidelines.schema.diff import affected_labels, diff_clauses, is_semantic
from guidelines.selectors import current_version, label_schema_of, versions_of
from intake.models import Item
from projects.models import Project
from projects.selectors import annotators_of
from reviews import rules
from reviews.models import AgreementReview
from reviews.selectors.reviews import changes_of

MS_PER_HOUR = 3_600_000


class Median(Aggregate):
    """The middle value, by PostgreSQL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class _HoldsLabel(Func):
    """Whether an answer that is a list holds one of the labels: alone, in a group of equals, or as a `label`."""

    function = "jsonb_path_exists"
    output_field = BooleanField()

    def __init__(self, question: str, labels: Iterable[str]) -> None:
        path = f'$."{question}"[*][*] ? (@ == $labels[*] || @.label == $labels[*])'
        known = Value({"labels": sorted(labels)}, output_field=JSONField())
        super().__init__(F("answers"), Cast(Value(path), _JsonPath()), known)


class _JsonPath(TextField):  # it only names a type to cast to
    def db_type(self, connection: Any) -> str:
        return "jsonpath"


@dataclass(frozen=True)
class Step:
    """A change of meaning: the (question, label) pairs it touches, and the version it made (None: not published)."""

    before: int | None
    pairs: frozenset[tuple[str, str]]

    def by_question(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for question, label in sorted(self.pairs):
            found.setdefault(question, set()).add(label)
        return found


@dataclass(frozen=True)
class Touched:
    """How many labels, annotations and items a change touches, and how long asking again would take."""

    labels: int = 0
    annotations: int = 0
    items: int = 0
    hours: float | None = None


@dataclass(frozen=True)
class Impact:
    affected: tuple[tuple[str, str], ...] = ()
    touched: Touched = Touched()
    people: int = 0
    failing: tuple[tuple[str, str], ...] = ()
    """(clause, text) of examples whose expected answer is no label."""
    precedents: int = 0
    semantic: bool = False

    def as_body(self) -> dict[str, Any]:
        return {
            "labels": self.touched.labels,
            "annotations": self.touched.annotations,
            "items": self.touched.items,
            "people": self.people,
            "relabel_hours": self.touched.hours,
            "examples_failing": len(self.failing),
            "precedents_contradicted": self.precedents,
            "affected": [{"question": question, "label": label or None} for question, label in self.affected],
            "change": "semantic" if self.semantic else "editorial",
        }


def impact_of(review: AgreementReview) -> Impact:
    """What the review's proposals would touch, were they published now."""
    version, changes = current_version(review.project), changes_of(review)
    if version is None or not changes:
        return Impact()
    after = rules.merge_clauses(version.clauses, changes)
    schema = label_schema_of(version)
    affected = impact_pairs(review)
    semantic = is_semantic(version.clauses, after, schema, schema)
    return Impact(
        affected=tuple(sorted(affected)),
        touched=touched_by(review.project, [Step(None, frozenset(affected))]),
        people=annotators_of(review.project).count() if semantic else 0,
        failing=tuple(rules.failing_examples(after, schema)),
        precedents=len(precedents_citing(review.project, changed_meaning(version.clauses, after))),
        semantic=semantic,
    )


def impact_pairs(review: AgreementReview) -> set[tuple[str, str]]:
    """The (question, label) pairs whose meaning the proposals would change."""
    version = current_version(review.project)
    if version is None:
        return set()
    schema = label_schema_of(version)
    return affected_labels(version.clauses, rules.merge_clauses(version.clauses, changes_of(review)), schema, schema)


def changed_meaning(before: Any, after: Any) -> set[str]:
    """The clauses whose texts (not titles or examples) differ."""
    texts = ("definition", "use_when", "avoid_when")
    return {
        row["key"]
        for row in diff_clauses(before, after)
        if [(row["before"] or {}).get(t) for t in texts] != [(row["after"] or {}).get(t) for t in texts]
    }


def touched_by(project: Project, steps: Iterable[Step]) -> Touched:
    """Counts over the current annotations of the counting rounds.

    Labels that were imported without a guideline version are never stale, so they are not touched.
    """
    kept = [step for step in steps if step.pairs]
    if not kept:
        return Touched()
    found = carrying(current_annotations(project).filter(round__in=counting_rounds(project)), kept).aggregate(
        annotations=Count("pk"), items=Count("item", distinct=True), median=Median(F("lead_time_ms"))
    )
    hours = None if found["median"] is None else round(found["annotations"] * found["median"] / MS_PER_HOUR, 2)
    if not found["annotations"]:
        hours = 0.0
    labels = {pair for step in kept for pair in step.pairs}
    return Touched(len(labels), found["annotations"], found["items"], hours)


def carrying(rows: QuerySet[Annotation], steps: Iterable[Step]) -> QuerySet[Annotation]:
    """The annotations made under a version before a step that hold a label which the step touches."""
    wanted, columns = Q(pk__in=[]), {}
    for step in steps:
        held = Q(pk__in=[])
        for question, labels in step.by_question().items():
            if "" in labels:
                held |= Q(answers__has_key=question)
            else:
                columns[f"answer_{question}"] = KeyTextTransform(question, "answers")
                held |= Q(**{f"answer_{question}__in": sorted(labels)}) | Q(_HoldsLabel(question, labels))
        wanted |= held if step.before is None else held & Q(guideline_version__number__lt=step.before)
    return rows.alias(**columns).filter(wanted, guideline_version__isnull=False)


def precedents_citing(project: Project, clauses: set[str]) -> list[Any]:
    """The decisions in force that rest on one of these clauses."""
    wanted = Q(pk__in=[])
    for clause in clauses:
        wanted |= Q(clauses__contains=[clause])
    rows = Decision.objects.filter(wanted, case__project=project, case__state=Case.State.DECIDED, ended_event=None)
    return list(rows.values_list("case_id", flat=True)) if clauses else []


def touched_between(before: GuidelineVersion, after: GuidelineVersion) -> Touched:
    """What the way from one version to another touches; either may be the draft."""
    return touched_by(before.project, steps_between(before, after))


def steps_between(before: GuidelineVersion, after: GuidelineVersion) -> list[Step]:
    """One step for each semantic version on the way, and one for what the draft would change."""
    if before.number is None or (after.number is not None and after.number <= before.number):
        return [_step(before, after, None)]
    way = list(versions_of(before.project).filter(number__gte=before.number).order_by("number"))
    if after.number is not None:
        way = [version for version in way if version.number is not None and version.number <= after.number]
    steps = [
        _step(old, new, new.number) for old, new in pairwise(way) if new.change == GuidelineVersion.Change.SEMANTIC
    ]
    return steps if after.number is not None else [*steps, _step(way[-1], after, None)]


def _step(before: GuidelineVersion, after: GuidelineVersion, number: int | None) -> Step:
    pairs = affected_labels(before.clauses, after.clauses, label_schema_of(before), label_schema_of(after))
    return Step(number, frozenset(pairs))


def touched_items(review: AgreementReview, most: int = 10) -> list[Item]:
    """Some of the items whose labels would become stale, the newest first."""
    affected = frozenset(impact_pairs(review))
    if not affected:
        return []
    rows = current_annotations(review.project).filter(round__in=counting_rounds(review.project))
    held = carrying(rows, [Step(None, affected)]).filter(item=OuterRef("pk"))
    return list(Item.objects.filter(Exists(held), project=review.project).order_by("-pk")[:most])
