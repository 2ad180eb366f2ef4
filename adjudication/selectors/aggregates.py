"""What may stand in the place of a decision where answers differ: the policy's methods, and what models have found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from adjudication.methods import Aggregated, aggregate_units, is_model, suits
from adjudication.models import AggregatedAnswer, Aggregation
from adjudication.selectors.policies import Methods, policy_at
from core.canonical import canonical_json, sha256_hex
from guidelines.schema.schema import LabelSchema
from projects.models import Project

Key = tuple[UUID, UUID, str]
"""Item, round and question."""


@dataclass(frozen=True)
class Source:
    """Where the answers to one question come from. `computed` is what a model has found; None: nothing yet."""

    question: str
    method: str
    settings: dict[str, Any]
    policy: int
    computed: Aggregation | None = None

    @property
    def is_model(self) -> bool:
        return is_model(self.method)

    def body(self) -> dict[str, Any]:
        """How a row says it: `as_of` is the cut over which a model was fitted."""
        return {
            "method": self.method, "policy": self.policy, "as_of": self.computed.as_of if self.computed else None,
        }  # fmt: skip


def computed_aggregations(project: Project) -> QuerySet[Aggregation]:
    """Those that have come to their end; the strengths of contestants only when they are looked at."""
    return Aggregation.objects.filter(project=project).exclude(computed_at=None).defer("strengths")


def find_computed(
    project: Project, question: str, method: str, settings: dict[str, Any], as_of: int | None, *, exact: bool = False
) -> Aggregation | None:
    """The aggregation to read at a cut: the newest cut at or before it; `exact`: of that very cut alone.

    Of several over one cut the one that was computed first, so that what has been read stays what it was.
    """
    rows = computed_aggregations(project).filter(question=question, method=method, settings=settings)
    if as_of is not None:
        rows = rows.filter(as_of=as_of) if exact else rows.filter(as_of__lte=as_of)
    return rows.order_by("-as_of", "computed_at", "pk").first()


def newest_computed(project: Project, wanted: Mapping[str, tuple[str, dict[str, Any]]]) -> dict[str, Aggregation]:
    """Question -> the aggregation by this method with these settings to read now. One query."""
    named = [Q(question=name, method=method, settings=settings) for name, (method, settings) in wanted.items()]
    if not named:
        return {}
    rows = computed_aggregations(project).filter(reduce(or_, named))
    newest = rows.order_by("question", "-as_of", "computed_at", "pk").distinct("question")
    return {run.question: run for run in newest}


def given_hash(schema: LabelSchema, question: str, given: Sequence[Any]) -> str:
    """What tells whether a unit still has the answers that were aggregated."""
    kind, settings = schema.kind(question), schema.question(question)
    return sha256_hex(b"\n".join(sorted(canonical_json(kind.canonical(settings, answer)) for answer in given)))


class Aggregates:
    """The aggregated answers of a cut, by question. Questions without a method have none."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        self.sources = {source.question: source for source in sources}

    @property
    def read_from(self) -> dict[str, UUID]:
        """Question -> the aggregation that a model's answers come from."""
        return {name: source.computed.pk for name, source in self.sources.items() if source.computed is not None}

    def read(self, item_ids: Sequence[UUID]) -> dict[Key, AggregatedAnswer]:
        """What models have found about these items, in one query a model."""
        found: dict[Key, AggregatedAnswer] = {}
        for source in self.sources.values():
            if source.computed is not None:
                rows = answers_of_aggregation(source.computed).filter(item__in=item_ids)
                found |= {(row.item_id, row.round_id, source.question): row for row in rows}
        return found

    def answers(
        self,
        schema: LabelSchema,
        question: str,
        units: Mapping[Key, Sequence[Any]],
        stored: Mapping[Key, AggregatedAnswer],
    ) -> dict[Key, Aggregated]:
        """One answer for each of these units whose answers differ. Those are left out that no method is named for,
        and those of which no model has seen just these answers.
        """
        source = self.sources.get(question)
        if source is None:
            return {}
        if not source.is_model:
            made = aggregate_units(schema, question, source.method, source.settings, list(units.values()))
            return dict(zip(units, made, strict=True))
        rows = {key: stored[key] for key in units if key in stored}
        return {
            key: Aggregated(row.answer, row.distribution, row.tied)
            for key, row in rows.items()
            if row.given_hash == given_hash(schema, question, units[key])
        }


def answers_of_aggregation(aggregation: Aggregation) -> QuerySet[AggregatedAnswer]:
    """The rows of the attempt that counts."""
    return AggregatedAnswer.objects.filter(aggregation=aggregation, attempt=aggregation.attempt)


def aggregates_at(
    project: Project, as_of: int | None, *, schema: LabelSchema, methods: Methods | None = None, number: int = 0,
    exact: bool = False, pinned: Mapping[str, UUID] | None = None,
) -> Aggregates:  # fmt: skip
    """The aggregates of a cut under the policy in force there, or under `methods` of policy `number`.

    Of a model the newest cut at or before this one is read; `exact`: this very cut or none; `pinned`: what a former
    page has read, by question. What it says of units whose answers have changed since is left out.
    Methods that the schema of the cut gives no place to, since their question is gone or of another kind, are
    passed over.
    """
    if methods is None:
        policy = policy_at(project, as_of)
        methods, number = policy.methods, policy.number
    sources = []
    for question, chosen in methods.items():
        name, settings = chosen["method"], chosen["settings"]
        if not suits(schema, question, name):
            continue
        computed = None
        if is_model(name) and pinned is not None:
            known = [pinned[question]] if question in pinned else []
            computed = computed_aggregations(project).filter(pk__in=known).first()
        elif is_model(name):
            computed = find_computed(project, question, name, settings, as_of, exact=exact)
        sources.append(Source(question, name, settings, number, computed))
    return Aggregates(sources)
