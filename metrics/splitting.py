"""Where annotators split: the parts of one question's answers in which they disagree most, and alpha by week.

Parts are found, not asked for: batches, teams, guideline versions, labels, item fields and metadata with few values,
and the saved slices. Each is held against the whole; together they are many looks, and that is said.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from intake.models import Batch
from metrics.attributes import MOST_VALUES, Attribute, Places, attributes_of, coded_by
from metrics.measure import numbers, sample_of
from metrics.models import AgreementRun
from metrics.questions import NO_VERSION, Measured, version_name
from metrics.reading import Check, read_answers
from metrics.report import counts_in
from metrics.selection import Selection
from metrics.slices import conditions, is_by_answers
from metrics.stats.parts import LABELLED, is_parted, label_uses
from metrics.stats.sets import is_set, labels_in
from metrics.stats.splits import Part, PartScore, Scale, Whole, weeks_of
from metrics.stats.table import SEVERAL, AnswerTable, Codes
from metrics.stats.withholding import Minimums, show_alpha

MOST_PARTS: Final = 200
MOST_WEEKS: Final = 260
UNKNOWN: Final = -2
"""No unit, round or annotator of the table."""


@dataclass(frozen=True)
class Found:
    """A part before it is scored. `where` is the condition that a slice of it would have, `address` what the dashboard
    narrows itself by.
    """

    by: str
    name: str
    part: Part
    where: Mapping[str, Any] | None = None
    address: Mapping[str, Any] | None = None
    chosen_by_answers: bool = False


@dataclass(frozen=True)
class Splitter:
    """One question of a run, read."""

    run: AgreementRun
    measured: Measured
    selection: Selection
    table: AnswerTable
    whole: Whole
    check: Check

    def parts(self) -> Iterator[Found]:
        """Every part that is neither empty nor the whole."""
        for find in (_batches, _teams, _versions, _labels, _attributes, _saved):
            for found in find(self):
                self.check()
                if 0 < found.part.patterns.n_annotations < self.whole.part.patterns.n_annotations:
                    yield found


def splitter_of(
    run: AgreementRun, measured: Measured, *, selection: Selection, table: AnswerTable, clusters: Codes | None,
    check: Check,
) -> Splitter:  # fmt: skip
    """The parts of a table are looked for on the scale of the whole question."""
    categories = sample_of(measured, counts_in(table)).categories
    whole = Whole(table, Scale(measured.level, categories), clusters)
    return Splitter(run, measured, selection, table, whole, check)


def splits_of(splitter: Splitter, *, seed: int, minimums: Minimums) -> dict[str, Any]:
    """`splits`, those with most of the disagreement first, and `slices_looked_at`."""
    found = list(splitter.parts())
    scores = _scored(splitter, [one.part for one in found], seed)
    overall = splitter.whole.alpha.value
    rows = [_row(one, score, overall, minimums) for one, score in zip(found, scores, strict=True)]
    rows.sort(key=lambda row: (-(row["observed_share"] or 0.0), row["by"], row["name"]))
    return {"splits": rows[:MOST_PARTS], "slices_looked_at": len(rows)}


def _scored(splitter: Splitter, parts: list[Part], seed: int) -> list[PartScore]:
    scores = []
    for part in parts:
        splitter.check()
        scores += splitter.whole.scores([part], seed=seed)
    return scores


def _row(found: Found, score: PartScore, overall: float | None, minimums: Minimums) -> dict[str, Any]:
    shown = show_alpha(score.n_items, score.alpha.undefined, score.interval, minimums)
    withheld = shown.withheld is not None
    delta = None
    if not withheld and not found.chosen_by_answers and overall is not None and score.alpha.value is not None:
        delta = score.alpha.value - overall
    return {
        "by": found.by,
        "name": found.name,
        "where": dict(found.where) if found.where else None,
        "address": dict(found.address) if found.address else None,
        "chosen_by_answers": found.chosen_by_answers,
        **numbers(score.alpha.value, score.interval, shown),
        "n_items": score.n_items,
        "delta": delta,
        "on_scale": None if withheld else score.on_scale,
        "observed_share": score.observed_share,
        "items_share": score.items_share,
        "n_groups": score.n_groups,
    }


# --- where parts come from ------------------------------------------------------------------------------------------


def _by_code(
    splitter: Splitter, names: list[str], codes: Codes, found: Callable[[str, Part], Found]
) -> Iterator[Found]:
    if len(names) < 2:
        return
    for code, name in enumerate(names):
        yield found(name, splitter.whole.of_units(codes == code))


def _batches(splitter: Splitter) -> Iterator[Found]:
    if splitter.run.batch is not None:
        return
    places = Places(splitter.table)
    coded = coded_by(splitter.run.project, Attribute("batch"), places, splitter.check)
    names, codes = coded if coded else ([], np.zeros(0, dtype=np.int32))
    titles = {str(batch.pk): batch.name for batch in Batch.objects.filter(pk__in=[UUID(name) for name in names])}
    yield from _by_code(
        splitter, names, codes,
        lambda name, part: Found(
            "batch", titles.get(name, name), part, {"by": "batch", "values": [name]}, {"batch": name}
        ),
    )  # fmt: skip


def _attributes(splitter: Splitter) -> Iterator[Found]:
    places = Places(splitter.table)
    for attribute in attributes_of(splitter.table):
        coded = coded_by(splitter.run.project, attribute, places, splitter.check, MOST_VALUES)
        if coded is None:
            continue
        names, codes = coded
        where = {"by": attribute.by, "name": attribute.name, "is": "one_of"}
        yield from _by_code(
            splitter, names, codes,
            lambda name, part, where=where: Found(  # type: ignore[misc]
                where["by"], f"{where['name']} = {name}", part, where | {"values": [name]}
            ),
        )  # fmt: skip


def _teams(splitter: Splitter) -> Iterator[Found]:
    teams: dict[str, Any] = splitter.run.definition.get("teams", {})
    if splitter.run.team is not None or len(teams) < 2:
        return
    place = {str(who): code for code, who in enumerate(splitter.table.annotators)}
    for team, kept in teams.items():
        codes = [place[user] for user in kept["people"] if user in place]
        if codes:
            rows = np.isin(splitter.table.annotator, codes)
            where = {"by": "team", "values": [team]}
            yield Found("team", kept["name"], splitter.whole.of_rows(rows), where, {"team": team})


def _versions(splitter: Splitter) -> Iterator[Found]:
    column = splitter.table.extra.get("version")
    numbers_there = np.unique(column).tolist() if column is not None else []
    if splitter.run.guideline_version is not None or column is None or len(numbers_there) < 2:
        return
    for number in numbers_there:
        title = "no version" if number == NO_VERSION else f"v{number}"
        name = version_name(number)
        where = {"by": "guideline_version", "values": [name]}
        yield Found("version", title, splitter.whole.of_rows(column == number), where, {"version": name})


def _labels(splitter: Splitter) -> Iterator[Found]:
    """The items to which a label was given, whole."""
    measured, table = splitter.measured, splitter.table
    uses = [_labels_in(measured, value) for value in table.values]
    n_units: dict[Any, NDArray[np.bool_]] = {}
    for label in dict.fromkeys(label for labels in uses for label in labels):
        codes = [code for code, labels in enumerate(uses) if label in labels]
        marked = np.zeros(table.n_units, dtype=np.bool_)
        marked[table.unit[np.isin(table.value, codes)]] = True
        n_units[label] = marked
    for label in commonest({label: int(marked.sum()) for label, marked in n_units.items()}):
        where = {"by": "label", "name": measured.name, "values": [label]}
        yield Found(
            "label", measured.title_of(label), splitter.whole.of_units(n_units[label]), where, chosen_by_answers=True
        )


def commonest(number: Mapping[Any, int], most: int = MOST_VALUES) -> list[Any]:
    """The labels that most items were given; which of equals are among them does not depend on how they came."""
    return sorted(number, key=lambda label: (-number[label], str(label)))[:most]


def _labels_in(measured: Measured, value: Any) -> set[Any]:
    if is_set(measured.level):
        return set(labels_in(value))
    if is_parted(measured.level):
        return set(label_uses(measured.level, value)) if measured.level in LABELLED else set()
    return {value} if measured.level in {"nominal", "ordinal"} else set()


def _saved(splitter: Splitter) -> Iterator[Found]:
    for kept in splitter.run.definition.get("slices", ()):
        definition = {"where": kept["where"]}
        yield Found(
            "slice", kept["name"], splitter.whole.of_rows(_rows_kept(splitter, definition)), None,
            {"slice": kept["name"]}, chosen_by_answers=is_by_answers(definition),
        )  # fmt: skip


def _rows_kept(splitter: Splitter, definition: Mapping[str, Any]) -> NDArray[np.bool_]:
    """The answers that a slice keeps, read again with its filter: what it means is said in one place only."""
    selection, table = splitter.selection, splitter.table
    both = {"where": [*conditions(selection.definition), *conditions(definition)]}
    kept = read_answers(replace(selection, definition=both), splitter.check)
    owner, unit = Places(table).found(kept.unit_items.tobytes())
    rounds = {round_: code for code, round_ in enumerate(table.rounds)}
    code = np.asarray([*(rounds.get(round_, UNKNOWN) for round_ in kept.rounds), SEVERAL], dtype=np.int64)
    same = code[kept.unit_rounds[owner]] == table.unit_rounds[unit]
    units = np.full(kept.n_units, UNKNOWN, dtype=np.int64)
    units[owner[same]] = unit[same]
    place = {who: at for at, who in enumerate(table.annotators)}
    people = np.asarray([place.get(who, UNKNOWN) for who in kept.annotators], dtype=np.int64)
    n = max(1, len(table.annotators))
    wanted = units[kept.unit] * n + people[kept.annotator] if len(kept) else np.zeros(0, dtype=np.int64)
    return np.isin(table.unit.astype(np.int64) * n + table.annotator, wanted)


# --- by week --------------------------------------------------------------------------------------------------------


def weeks_in(splitter: Splitter, *, seed: int, minimums: Minimums) -> list[dict[str, Any]]:
    """Alpha of the items that got their last answer in each calendar week (UTC), the newest weeks at the end."""
    times = splitter.table.extra.get("created_at")
    if times is None or not splitter.table.n_units:
        return []
    last = np.maximum.reduceat(times, splitter.table.starts[:-1])
    weeks = weeks_of(last)
    rows = []
    for week in np.unique(weeks[splitter.whole.pairable]).tolist()[-MOST_WEEKS:]:
        splitter.check()
        [score] = splitter.whole.scores([splitter.whole.of_units(weeks == week)], seed=seed)
        shown = show_alpha(score.n_items, score.alpha.undefined, score.interval, minimums)
        start = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=week)).date()
        rows.append({
            "start": start.isoformat(), **numbers(score.alpha.value, score.interval, shown), "n_items": score.n_items,
        })  # fmt: skip
    return rows
