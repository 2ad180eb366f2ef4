"""Computing one aggregation: a question of a cut by one method, compared with all others that suit it.

The cut is read twice, chunk by chunk: first the models are fitted over everybody's answers, then the rows of the
units whose answers differ are made. Rows belong to an attempt and are seen only once the aggregation names it, so a
worker may die at any point and the job may run twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import numpy as np

from adjudication import rules
from adjudication.contestants import Contestants
from adjudication.methods import (
    Ballot,
    Coder,
    aggregate_units,
    answer_at,
    is_model,
    posterior_of,
    suitable_methods,
)
from adjudication.models import AggregatedAnswer, Aggregation, Decision
from adjudication.selectors.aggregates import given_hash
from adjudication.selectors.chunks import Chunk, Unit, item_chunks, preferred_rounds, read_chunk, schema_at
from annotation.models import Round
from core.canonical import canonical_json
from events.selectors import held_at
from guidelines.schema.schema import LabelSchema
from intake.models import Item
from intake.selectors import visible_items
from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.methods import METHODS, aggregate, shortfalls, software
from metrics.stats.aggregation.result import Aggregate
from projects.models import Project

Step = Callable[[int, int], None]
"""Told how far the work is, of how much; raises what ended it meanwhile."""
Found = tuple[Any, bool]
"""An answer, None where there is none; and whether it is tied."""


def compute(aggregation: Aggregation, attempt: int, step: Step) -> dict[str, Any]:
    """Write the rows of an attempt; returns the figures that make them count once they are kept beside it."""
    cut = _Cut(aggregation.project, aggregation.as_of, aggregation.question)
    methods = {method.name: method.settings({}) for method in suitable_methods(cut.schema, cut.question)}
    methods[aggregation.method] = aggregation.settings
    models = [name for name in methods if is_model(name)]
    items = cut.items().count()
    total = items * (2 if models else 1)
    # what an earlier attempt has left: nothing shows it. This one may itself be late, so a later one's rows stay
    AggregatedAnswer.objects.filter(aggregation=aggregation, attempt__lt=attempt).delete()
    fits = _Fits(cut)
    if models:
        fits.read(lambda done: step(done, total))
        for name in models:
            fits.fit(name, methods[name], lambda: step(items, total))
            step(items, total)
    writer = _Writer(aggregation, attempt, cut, methods, fits)
    writer.write(lambda done: step(total - items + done, total))
    return {"attempt": attempt, "software": software(METHODS[aggregation.method])} | writer.figures()


class _Cut:
    """One question at one cut, read in chunks of items."""

    def __init__(self, project: Project, as_of: int, question: str) -> None:
        self.project, self.as_of, self.question = project, as_of, question
        self.schema: LabelSchema = schema_at(project, as_of) or LabelSchema(())
        self.coder = Coder(self.schema, question)
        self.rounds = preferred_rounds(project)
        self.is_preference = question in self.schema.by_name and self.schema.question(question)["kind"] == "preference"
        self._known = {held.pk: held.identity == Round.Identity.PERSON for held in self.rounds}

    def items(self) -> Any:
        return held_at(visible_items(self.project), project=self.project.id, as_of=self.as_of, ended=None)

    def chunks(self) -> Iterator[Chunk]:
        for items in item_chunks(self.items()):
            yield read_chunk(self.project, self.rounds, items, self.as_of)

    def units(self, chunk: Chunk) -> Iterator[tuple[Round, Unit]]:
        """All units of a chunk that have an answer, complete or not, always in one order."""
        for item, _ in chunk.items:
            for held in self.rounds:
                if chunk.given((item, held.pk), self.question):
                    yield held, (item, held.pk)

    def people(self, chunk: Chunk, unit: Unit) -> list[UUID]:
        """Who gave each answer. Where people are not known apart the round stands for all of them."""
        if not self._known[unit[1]]:
            return [unit[1]] * len(chunk.given(unit, self.question))
        rows = zip(chunk.people[unit], chunk.answers[unit], strict=True)
        return [person for person, answers in rows if answers.get(self.question) is not None]

    def is_person(self, person: UUID) -> bool:
        return person not in self._known


class _Fits:
    """The models of one cut: what each says of every unit, and of the annotators."""

    def __init__(self, cut: _Cut) -> None:
        self._cut, self._ballot = cut, Ballot(cut.coder)
        self.found: dict[str, Aggregate] = {}
        self.refused: dict[str, str] = {}
        self.short: dict[str, list[str]] = {}
        """Where the answers stay below what a model needs, in sentences."""
        self._contestants = Contestants(cut.schema, cut.question) if cut.is_preference else None

    def read(self, step: Callable[[int], None]) -> None:
        done = 0
        for chunk in self._cut.chunks():
            units = [unit for _, unit in self._cut.units(chunk)]
            for unit in units:
                self._ballot.add(chunk.given(unit, self._cut.question), self._cut.people(chunk, unit))
            if self._contestants is not None:
                self._read_contents(self._contestants, units)
            done += len(chunk.items)
            step(done)
        self.answers = self._ballot.answers(with_people=True)

    @staticmethod
    def _read_contents(contestants: Contestants, units: list[Unit]) -> None:
        wanted = [] if contestants.is_crowded else [item for item, _ in units]
        fields = dict(Item.objects.filter(pk__in=wanted).values_list("pk", "fields"))
        for item, _ in units:
            contestants.add(item, fields.get(item, {}))

    def _read_by(self, name: str) -> Answers:
        """What a model is fitted to."""
        if self._contestants is None or not METHODS[name].answers_per_contestant:
            return self.answers
        return self._contestants.games(self.answers)

    def fit(self, name: str, settings: Mapping[str, Any], on_round: Callable[[], None]) -> None:
        try:
            answers = self._read_by(name)
            self.found[name] = aggregate(answers, name, settings, on_round)
            self.short[name] = [short.sentence for short in shortfalls(answers, METHODS[name])]
        except CannotAggregate as error:
            self.refused[name] = error.sentence

    def annotators(self, name: str) -> list[dict[str, Any]]:
        """What a model has found about each person it knows; `n` counts the units shared with others."""
        fit = self.found[name].fit if name in self.found else None
        if fit is None or not METHODS[name].needs_identities:
            return []
        rows = []
        shared = self.answers.annotator[self.answers.sizes[self.answers.unit] > 1]
        numbers = np.bincount(shared, minlength=self.answers.n_annotators).tolist()
        for code, person in enumerate(self._ballot.people):
            if not self._cut.is_person(cast("UUID", person)):
                continue
            competence = None if fit.competence is None else _number(fit.competence[code])
            confusion = None if fit.confusion is None else np.round(fit.confusion[code], 6).tolist()
            rows.append({
                "annotator": str(person), "n": numbers[code], "competence": competence, "confusion": confusion,
            })  # fmt: skip
        return sorted(rows, key=lambda row: row["annotator"])

    def strengths(self, name: str) -> list[dict[str, Any]]:
        """What a model has found about each content that items compare."""
        if self._contestants is None or name not in self.found:
            return []
        return self._contestants.strengths(self._read_by(name), self.found[name])


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


@dataclass
class _Disputed:
    """A complete unit whose answers differ."""

    unit: Unit
    given: list[Any]
    place: int
    """Among all units of the cut, as the models have counted them."""
    decision: Decision | None
    preferred: bool


@dataclass
class _Writer:
    """Makes and counts the rows of one attempt."""

    aggregation: Aggregation
    attempt: int
    cut: _Cut
    methods: Mapping[str, Mapping[str, Any]]
    fits: _Fits
    n_units: int = 0
    n_disputed: int = 0
    n_decided: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def write(self, step: Callable[[int], None]) -> None:
        """Each chunk is one insert of its own."""
        self.counts = {name: Counter() for name in self.methods}
        done = place = 0
        for chunk in self.cut.chunks():
            disputed = []
            for held, unit in self.cut.units(chunk):
                disputed += self._disputed(chunk, held, unit, place)
                place += 1
            AggregatedAnswer.objects.bulk_create(self._rows(disputed))
            done += len(chunk.items)
            step(done)

    def _disputed(self, chunk: Chunk, held: Round, unit: Unit, place: int) -> list[_Disputed]:
        if not chunk.is_complete(unit[0], held):
            return []
        preferred = chunk.unit(self.cut.rounds, unit[0], self.cut.question) == unit
        self.n_units += preferred
        given = chunk.given(unit, self.cut.question)
        if len(rules.group_answers(self.cut.schema, self.cut.question, given)) < 2:
            return []
        decision = chunk.decisions.get((*unit, self.cut.question))
        return [_Disputed(unit, given, place, decision, preferred)]

    def _rows(self, disputed: list[_Disputed]) -> list[AggregatedAnswer]:
        own = self.aggregation.method
        found = {name: self._answers(name, disputed) for name in self.methods}
        rows = []
        for place, one in enumerate(disputed):
            answers = {name: answers[place] for name, answers in found.items() if answers is not None}
            answer, tied = answers.get(own, (None, False))
            self._count(one, answers)
            rows.append(AggregatedAnswer(
                aggregation=self.aggregation, attempt=self.attempt, item_id=one.unit[0], round_id=one.unit[1],
                answer=answer, tied=tied, distribution=self._distribution(one), decided=one.decision is not None,
                preferred=one.preferred, given_hash=given_hash(self.cut.schema, self.cut.question, one.given),
                others={name: other for name, (other, _) in answers.items() if not _same(other, answer)},
            ))  # fmt: skip
        return rows

    def _answers(self, name: str, disputed: list[_Disputed]) -> list[Found] | None:
        """What a method says of each of these units; None where it cannot say anything."""
        if is_model(name):
            model = self.fits.found.get(name)
            return None if model is None else [answer_at(self.cut.coder, model, one.place) for one in disputed]
        made = aggregate_units(
            self.cut.schema, self.cut.question, name, self.methods[name], [one.given for one in disputed]
        )
        return [(one.answer, one.tied) for one in made]

    def _distribution(self, one: _Disputed) -> list[dict[str, Any]]:
        model = self.fits.found.get(self.aggregation.method)
        posterior = [] if model is None else posterior_of(self.cut.coder, model, one.place)
        return posterior or rules.distribution_of(rules.group_answers(self.cut.schema, self.cut.question, one.given))

    def _count(self, one: _Disputed, answers: Mapping[str, Found]) -> None:
        """Only what gold would be taken from counts. Where a decision stands no method changes anything."""
        if not one.preferred:
            return
        self.n_disputed += 1
        self.n_decided += one.decision is not None
        own = answers.get(self.aggregation.method)
        right = one.decision.answer if one.decision and one.decision.outcome == Decision.Outcome.ANSWER else None
        for name, (answer, tied) in answers.items():
            counts = self.counts[name]
            if one.decision is None:
                counts["answered"] += answer is not None
                counts["tied"] += tied
                counts["changed"] += own is not None and not _same(own[0], answer)
            elif right is not None:
                counts["decided"] += 1
                counts["as_decided"] += answer is not None and self._agree(answer, right)

    def _agree(self, a: Any, b: Any) -> bool:
        kind, question = self.cut.schema.kind(self.cut.question), self.cut.schema.question(self.cut.question)
        return kind.same(question, kind.canonical(question, a), kind.canonical(question, b))

    def figures(self) -> dict[str, Any]:
        name = self.aggregation.method
        model = self.fits.found.get(name)
        return {
            "n_units": self.n_units, "n_disputed": self.n_disputed, "n_decided": self.n_decided,
            "n_tied": self.counts[name]["tied"], "comparisons": {name: self._compared(name) for name in self.methods},
            "iterations": model.iterations if model else None, "converged": model.converged if model else None,
            "log_likelihood": model.log_likelihood if model else None, "annotators": self.fits.annotators(name),
            "strengths": self.fits.strengths(name),
            "labels": [self.cut.coder.answer(value) for value in model.values] if model else [],
        }  # fmt: skip

    def _compared(self, name: str) -> dict[str, Any]:
        """How a method does on the labels of the cut; `reason` says why it cannot be used on them."""
        counts, model = self.counts[name], self.fits.found.get(name)
        if name in self.fits.refused:
            return {"reason": self.fits.refused[name]}
        return {
            "answered": counts["answered"], "tied": counts["tied"], "changed": counts["changed"],
            "share": counts["changed"] / self.n_units if self.n_units else None,
            "decided": counts["decided"], "as_decided": counts["as_decided"],
            "converged": model.converged if model else None, "short": self.fits.short.get(name, []),
        }  # fmt: skip


def _same(a: Any, b: Any) -> bool:
    return canonical_json(a) == canonical_json(b)
