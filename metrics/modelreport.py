"""Everything a test of a model says about one question: the verdict, each annotator, gold items, alpha. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np

from guidelines.schema.kind import Coded
from metrics.counting import Counts
from metrics.measure import Sample, figures_of, numbers, sample_of
from metrics.questions import Measured
from metrics.report import counts_in
from metrics.stats.alpha import Undefined
from metrics.stats.alt_test import (
    LEAST_ANNOTATORS,
    AltTest,
    Comparison,
    alternative_annotator_test,
    duels,
)
from metrics.stats.bootstrap import seed_for
from metrics.stats.likeness import pair_measure
from metrics.stats.shares import wilson
from metrics.stats.table import OPT_OUT, PERSON, AnswerTable, counted_keys, ids_of
from metrics.stats.withholding import Minimums, Reason, Withheld, show_alpha, show_annotator, show_pair

Check = Callable[[], None]
ANSWERS: Final = {True: "yes", False: "no", None: "not_enough_data"}


@dataclass(frozen=True)
class Trial:
    """Whose answers are held against whose: the model, the accounts of other models, and what is allowed."""

    model: UUID
    others: frozenset[UUID]
    """Models that are no measure for this one."""
    epsilon: float
    seed: int
    minimums: Minimums


def model_report(
    measured: Measured, answers: AnswerTable, gold: Mapping[UUID, Coded], trial: Trial, check: Check
) -> dict[str, Any]:
    """The result of a test as it is stored.

    `answers` are those of people and models to one question, a unit being an item over all rounds; `gold` says which
    answer to an item is known to be right.
    """
    table = _known(answers, trial)
    model = table.annotators.index(trial.model) if trial.model in table.annotators else -1
    given = table.where((table.annotator == model) & (table.value != OPT_OUT))
    there = np.zeros(table.n_units, dtype=np.bool_)
    there[table.unit[(table.annotator == model) & (table.value != OPT_OUT)]] = True
    shared = table.at(there)
    found = alternative_annotator_test(
        duels(shared, model, measured.level, measured.categories), epsilon=trial.epsilon,
        least_items=trial.minimums.annotator_units,
    )  # fmt: skip
    check()
    people = shared.where((shared.annotator != model) & (shared.value != OPT_OUT))
    return _verdict(found, measured, shared, trial.minimums) | {
        "model_items": given.n_units,
        "model_opt_outs": int(((table.annotator == model) & (table.value == OPT_OUT)).sum()),
        "annotators": _annotators(found, _Pairs(measured, shared, model, trial), check),
        "people": _alpha(measured, people, trial),
        "together": _alpha(measured, shared.where(shared.value != OPT_OUT), trial),
        "gold": {name: _against_gold(part, gold, measured) for name, part in (("model", given), ("people", people))},
    }


def _known(answers: AnswerTable, trial: Trial) -> AnswerTable:
    """The answers of this model and of people who are known apart."""
    strangers = np.asarray([who in trial.others and who != trial.model for who in answers.annotators], dtype=np.bool_)
    return answers.where(answers.by_identity(PERSON) & ~strangers[answers.annotator])


def _verdict(found: AltTest, measured: Measured, shared: AnswerTable, minimums: Minimums) -> dict[str, Any]:
    withheld = _withheld(found, measured, shared, minimums)
    meaningless = _undefined(measured, shared) is not None
    return {
        "answer": "not_enough_data" if withheld else ANSWERS[found.passes],
        "undefined": withheld.reason if withheld else None,
        "reason": withheld.sentence if withheld else None,
        "needed": withheld.needed if withheld else None,
        "epsilon": found.epsilon,
        "q": found.q,
        "winning_rate": None if withheld else found.winning_rate,
        "advantage": None if withheld else found.advantage,
        "n_items": found.n_items,
        "n_annotators": len(found.comparisons),
        "n_tested": found.n_tested,
        "n_replaced": 0 if meaningless else sum(one.replaces for one in found.comparisons),
        "least_items": minimums.annotator_units,
        "lowered_from": _lowered(minimums),
    }


def _lowered(minimums: Minimums) -> int | None:
    usual = Minimums().annotator_units
    return usual if minimums.annotator_units < usual else None


def _withheld(found: AltTest, measured: Measured, shared: AnswerTable, minimums: Minimums) -> Withheld | None:
    undefined = _undefined(measured, shared)
    if undefined is not None:
        return Withheld(undefined, found.n_items, None)
    if not found.n_items:
        return Withheld("no_pairable_units", 0, minimums.annotator_units)
    if found.passes is None:
        return Withheld("too_few_annotators", found.n_tested, LEAST_ANNOTATORS)
    return None


def _undefined(measured: Measured, shared: AnswerTable) -> Undefined | None:
    """Why no two answers can be held against each other, whoever gave them."""
    used = np.unique(shared.value[shared.value != OPT_OUT]).tolist()
    is_negative = measured.level == "ratio" and any(float(shared.values[code]) < 0 for code in used)
    return "negative_values" if is_negative else None


def _annotators(found: AltTest, pairs: "_Pairs", check: Check) -> list[dict[str, Any]]:
    """Each person, those with most items first."""
    rows, undefined = [], _undefined(pairs.measured, pairs.shared)
    for one in sorted(found.comparisons, key=lambda one: (-one.n, one.annotator)):
        check()
        who = pairs.shared.annotators[one.annotator]
        rows.append(
            _compared(one, who, undefined, pairs.trial.minimums) | {"agreement": pairs.agreement(one.annotator)}
        )
    return rows


def _compared(
    one: Comparison, annotator: UUID, undefined: Undefined | None, minimums: Minimums
) -> dict[str, Any]:  # fmt: skip
    """Shares of few items are withheld as every figure of a person is."""
    shown = show_annotator(one.n, undefined, minimums)
    hidden = shown.withheld
    is_tested = hidden is None and one.p_value is not None
    return {
        "annotator": str(annotator),
        "n": one.n,
        "model": None if hidden else one.model,
        "person": None if hidden else one.person,
        "difference": None if hidden else one.difference,
        "p_value": one.p_value if is_tested else None,
        "adjusted": one.adjusted if is_tested else None,
        "test": one.test if is_tested else None,
        "replaces": one.replaces if is_tested else None,
        "items_needed": one.items_needed if is_tested else None,
        "undefined": hidden.reason if hidden else None,
        "needed": hidden.needed if hidden else None,
        "reason": hidden.sentence if hidden else None,
        "warning": shown.warning,
    }


class _Pairs:
    """The model beside each person: their answers to the items that both answered, counted by pairs of values."""

    def __init__(self, measured: Measured, shared: AnswerTable, model: int, trial: Trial) -> None:
        self.measured, self.shared, self.trial = measured, shared, trial
        answered = shared.value != OPT_OUT
        given = np.full(shared.n_units, OPT_OUT, dtype=np.int64)
        of_model = answered & (shared.annotator == model)
        given[shared.unit[of_model]] = shared.value[of_model]
        rows = np.flatnonzero(answered & (shared.annotator != model) & (given[shared.unit] != OPT_OUT))
        rows = rows[np.argsort(shared.annotator[rows], kind="stable")]
        self._starts = np.searchsorted(shared.annotator[rows], np.arange(len(shared.annotators) + 1))
        own, models = shared.value[rows].astype(np.int64), given[shared.unit[rows]]
        self._low, self._high = np.minimum(own, models), np.maximum(own, models)

    def agreement(self, annotator: int) -> dict[str, Any]:
        """Alpha and percent agreement of the model and one person."""
        part = slice(int(self._starts[annotator]), int(self._starts[annotator + 1]))
        n, minimums = part.stop - part.start, self.trial.minimums
        if n < minimums.pair_units:
            return _figures(None, n, "too_few_shared_units", minimums.pair_units)
        sample = sample_of(self.measured, self._counts(part))
        found = figures_of(sample, seed_for(self.trial.seed, self.shared.annotators[annotator]))
        shown = show_pair(n, found.alpha.undefined, minimums)
        row = numbers(found.alpha.value, found.interval, shown)
        return row | {"percent": _percent(sample, found.percent.value), "n_items": n}

    def _counts(self, part: slice) -> Iterator[tuple[Counts, int]]:
        values = self.shared.values
        pairs, number = counted_keys(self._low[part] * len(values) + self._high[part], len(values) ** 2)
        for low, high, n in zip(pairs // len(values), pairs % len(values), number.tolist(), strict=True):
            yield [[values[low], 2]] if low == high else [[values[low], 1], [values[high], 1]], n


def _percent(sample: Sample, value: float | None) -> float | None:
    """Equal answers; of texts and marks nobody counts exactly equal ones as agreement."""
    return value if sample.level not in {"spans", "boxes", "token_edit", "ranking"} else None


def _figures(value: float | None, n: int, reason: Reason, needed: int) -> dict[str, Any]:
    withheld = Withheld(reason, n, needed)
    return {
        "value": value, "ci_low": None, "ci_high": None, "undefined": reason, "needed": needed,
        "reason": withheld.sentence, "warning": None, "lowered_from": None, "percent": None, "n_items": n,
    }  # fmt: skip


def _alpha(measured: Measured, part: AnswerTable, trial: Trial) -> dict[str, Any]:
    """Alpha of these answers, on the items that the model answered."""
    sample = sample_of(measured, counts_in(part))
    found = figures_of(sample, trial.seed)
    shown = show_alpha(sample.patterns.n_items, found.alpha.undefined, found.interval, trial.minimums)
    pairable = (part.unit_sizes >= 2)[part.unit]
    return numbers(found.alpha.value, found.interval, shown) | {
        "n_items": sample.patterns.n_items,
        "n_annotations": sample.patterns.n_annotations,
        "n_annotators": int(np.unique(part.annotator[pairable]).size),
    }


def _against_gold(part: AnswerTable, gold: Mapping[UUID, Coded], measured: Measured) -> dict[str, Any]:
    """How many answers to gold items are the known one, with Wilson's interval, and how alike they are on average."""
    known = {item.bytes: value for item, value in gold.items()}
    listed = ids_of(gold).view("V16").reshape(-1) if gold else np.zeros(0, dtype="V16")
    hits = np.isin(np.ascontiguousarray(part.unit_items).view("V16").reshape(-1), listed)
    rows = np.flatnonzero(hits[part.unit]).tolist() if part.n_units else []
    pairs = [(part.values[part.value[row]], known[part.unit_items[part.unit[row]].tobytes()]) for row in rows]
    measure = pair_measure(measured.level)
    likeness = [float(a == b) if measure is None else measure(a, b) for a, b in pairs]
    right = sum(a == b or (measure is not None and alike >= 1) for (a, b), alike in zip(pairs, likeness, strict=True))
    share = wilson(int(right), len(pairs))
    return {
        "right": share.count, "n": share.n, "share": share.value, "ci_low": share.low, "ci_high": share.high,
        "likeness": float(np.mean(likeness)) if likeness and measure is not None else None,
    }  # fmt: skip
