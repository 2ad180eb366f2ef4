"""The figures of the page as files, each with its n, its interval, and the place of the log that it stands for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.canonical import canonical_json, rfc3339
from metrics.csvfile import csv_of
from metrics.dashboard import Dashboard
from metrics.diagnostics import Diagnostics
from metrics.figures import Figures

SNAPSHOT: Final = ("as_of", "computed_at")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "": (
        "question", "guideline_version", "coefficient", "distance", "value", "ci_low", "ci_high", "ci_level",
        "replicates", "n_items", "n_annotations", "n_annotators", "opt_outs", "undefined", "needed", "reason",
        "warning", "lowered_from", "as_of", "computed_at", "slice", "target", "verdict", "units_needed",
    ),
    "changes": (
        "before", "after", "alpha_before", "alpha_after", "value", "ci_low", "ci_high", "p_positive", "n_before",
        "n_after", "observed", "expected", "people_in_common", "detectable", "verdict", "caution", "look", "items",
        *SNAPSHOT,
    ),
    "labels": (
        "label", "value", "ci_low", "ci_high", "n_values", "n_items", "prevalence", "specific_agreement", "undefined",
        "needed", *SNAPSHOT,
    ),
    "confusions": ("a", "b", "count", "share", "ci_low", "ci_high", "excess", "n_items", *SNAPSHOT),
    "weeks": ("start", "value", "ci_low", "ci_high", "n_items", *SNAPSHOT),
    "splits": (
        "by", "name", "value", "ci_low", "ci_high", "delta", "observed_share", "n_items", "undefined", "needed",
        "slices_looked_at", *SNAPSHOT,
    ),
    "people": ("annotator", "with_rest", "leave_one_out", "delta", "n", "undefined", "needed", *SNAPSHOT),
    "pairs": ("a", "b", "value", "percent", "n_items", "undefined", "needed", *SNAPSHOT),
}  # fmt: skip
PARTS: Final = frozenset(COLUMNS) - {""}


@dataclass(frozen=True)
class Shown:
    """What a page shows: the counts, and what the newest run adds. `names` are those that its reader may know."""

    figures: Figures
    dashboard: Dashboard
    more: Diagnostics | None

    @property
    def snapshot(self) -> dict[str, Any]:
        score = self.dashboard.score
        return {"as_of": score["as_of"], "computed_at": score["computed_at"]}

    @property
    def run_snapshot(self) -> dict[str, Any]:
        found = self.more.found if self.more else None
        at = rfc3339(found.computed_at) if found and found.computed_at else None
        return {"as_of": found.as_of if found else None, "computed_at": at, "run": str(found.run) if found else None}


def scores_of(figures: Figures) -> list[dict[str, Any]]:
    """Every version's scores, all versions together first."""
    rows = [row for version in ("all", *figures.versions()) for row in figures.rows(version)]
    return [{name: row.get(name) for name in COLUMNS[""]} | {"target": row.get("target")} for row in rows]


def _changes(shown: Shown) -> list[dict[str, Any]]:
    return [
        asdict(change) | {"ci_low": change.low, "ci_high": change.high, "verdict": change.words, "items": "different"}
        for change in shown.dashboard.changes
    ]


def _confusions(shown: Shown) -> list[dict[str, Any]]:
    n_items = shown.dashboard.score["n_items"]
    return [row | {"n_items": n_items} for row in shown.dashboard.confusions]


def _of_run(name: str) -> Callable[[Shown], list[dict[str, Any]]]:
    def rows(shown: Shown) -> list[dict[str, Any]]:
        if shown.more is None:
            return []
        first, names = shown.more.found.first, shown.more.people.names
        looked_at = {"slices_looked_at": first.get("slices_looked_at")} if name == "splits" else {}
        who = ("a", "b") if name == "pairs" else ("annotator",) if name == "annotators" else ()
        return [
            row | looked_at | {column: names[row[column]] for column in who} for row in first.get(name) or ()
        ]  # fmt: skip

    return rows


ROWS: Final[dict[str, Callable[[Shown], list[dict[str, Any]]]]] = {
    "changes": _changes,
    "labels": lambda shown: [line.row for line in shown.dashboard.labels],
    "confusions": _confusions,
    "weeks": _of_run("weeks"),
    "splits": _of_run("splits"),
    "people": _of_run("annotators"),
    "pairs": _of_run("pairs"),
}
OF_RUNS: Final = frozenset({"weeks", "splits", "people", "pairs"})


def _part(shown: Shown, part: str) -> list[dict[str, Any]]:
    """The rows of a part, each with the snapshot it stands for."""
    snapshot = shown.run_snapshot if part in OF_RUNS else shown.snapshot
    named = [row | {at: snapshot[at] for at in SNAPSHOT} for row in ROWS[part](shown)]
    return [{column: row.get(column) for column in COLUMNS[part]} for row in named]


def file_of(shown: Shown, part: str, file: str) -> tuple[bytes, str]:
    """Content and type of one part, or of all ("") in one JSON file; CSV without a part holds the scores."""
    if file == "json":
        if part:
            return canonical_json({"rows": _part(shown, part)}), "application/json"
        whole = {"scores": scores_of(shown.figures), "run": shown.run_snapshot if shown.more else None}
        return canonical_json(whole | {name: _part(shown, name) for name in sorted(PARTS)}), "application/json"
    rows: Iterable[Mapping[str, Any]] = _part(shown, part) if part else _flat(scores_of(shown.figures))
    return csv_of(COLUMNS[part], rows), "text/csv; charset=utf-8"


def _flat(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return (row | {"target": (row["target"] or {}).get("alpha")} for row in rows)
