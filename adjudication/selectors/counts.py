"""How many disagreements have gold without a decision: read off count patterns and stored figures, not off rows."""

from django.db.models import Count, Exists, OuterRef

from adjudication.methods import answered_patterns
from adjudication.models import Aggregation, Case
from adjudication.selectors.aggregates import Source, aggregates_at, answers_of_aggregation
from adjudication.selectors.chunks import schema_at
from annotation.models import Round
from annotation.selectors import counting_rounds
from core.canonical import canonical_json
from guidelines.schema.schema import LabelSchema
from metrics.counting import ALONE, TOGETHER, Counts
from metrics.models import Pattern, Unit
from metrics.questions import ALL_VERSIONS
from projects.models import Project


def aggregated_count(project: Project) -> int:
    """Open disagreements that the policy in force answers now. A model counts as it stood when it was fitted."""
    schema = schema_at(project, None)
    if schema is None:
        return 0
    total = 0
    for source in aggregates_at(project, None, schema=schema).sources.values():
        if not source.is_model:
            total += _by_patterns(project, schema, source)
        elif source.computed is not None:
            total += _by_model(source.computed)
    return total


def _by_patterns(project: Project, schema: LabelSchema, source: Source) -> int:
    place = {"project": project, "question": source.question, "version": ALL_VERSIONS, "slice__in": (ALONE, TOGETHER)}
    rounds = counting_rounds(project)
    rows = Pattern.objects.filter(**place, units__gt=0, round__in=rounds)
    units: dict[bytes, int] = {}
    patterns: dict[bytes, Counts] = {}
    complete = {held.pk: 0 if held.kind == Round.Kind.IMPORT else held.overlap or 1 for held in rounds}
    decided = Case.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), question=source.question, state=Case.State.DECIDED
    )
    held = Unit.objects.filter(Exists(decided), **place, round__in=rounds)
    held_rows = held.order_by().values("round", "counts").annotate(n=Count("pk")).values_list("round", "counts", "n")
    for sign, found in ((1, rows.values_list("round", "counts", "units")), (-1, held_rows)):
        for round_id, counts, n in found:
            if len(counts) > 1 and sum(number for _, number in counts) >= complete[round_id]:
                key = canonical_json(counts)
                patterns[key], units[key] = counts, units.get(key, 0) + sign * n
    if not patterns:
        return 0
    keys = list(patterns)
    answered = answered_patterns(schema, source.question, source.method, source.settings, [patterns[k] for k in keys])
    return sum(units[key] for key, has_answer in zip(keys, answered, strict=True) if has_answer)


def _by_model(found: Aggregation) -> int:
    """What it answered of the units that were open, less those decided since, and those reopened since."""
    rows = answers_of_aggregation(found).filter(preferred=True, answer__isnull=False)
    cases = Case.objects.filter(
        round=OuterRef("round"), item=OuterRef("item"), question=found.question, state=Case.State.DECIDED
    )
    total: int = found.comparisons[found.method].get("answered", 0)
    total -= rows.filter(Exists(cases), decided=False).count()
    return total + (rows.filter(~Exists(cases), decided=True).count() if found.n_decided else 0)
