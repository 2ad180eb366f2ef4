"""What the pages about annotators show: the kept figures in words, people as the reader may know them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from metrics.annotatorcharts import BiasChart, DriftChart, bias_chart, day_of, drift_chart
from metrics.annotators import SAME_TIMES
from metrics.charts import PointChart, point_chart
from metrics.models import AgreementRun
from metrics.questions import Measured, version_name
from metrics.wanted import name_of
from projects.access import Access
from projects.pseudonyms import pseudonym

MINUTE: Final = 60_000
NOTHING: Final = "–"


NO_SHARE: Final = {"value": None, "ci_low": None, "ci_high": None, "count": 0, "n": 0}


def known_to(access: Access, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures as their reader may know them: hidden gold items are the manager's secret."""
    return dict(figures) if access.is_manager else {**figures, "gold": NO_SHARE}


# --- words --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drift:
    """How somebody answers against how he did: a word, the tone of its badge, and the rest of the sentence."""

    word: str
    tone: str
    detail: str


def drift_words(kind: str, size: int, minimum: int, n: int, alarm: str | None) -> Drift:
    """An alarm only where the last two windows lie outside on one side; too little is said to be too little."""
    needed = size + minimum
    if n < needed:
        return Drift("too few", "none", f"{n} of the {needed} items needed for two windows.")
    if alarm is None:
        return Drift("steady", "plain", f"The last two windows of {size} items are not both outside the limits.")
    worse = (alarm == "below") != (kind == "distance")
    word = {"share": ("agrees less", "agrees more"), "likeness": ("less alike", "more alike"),
            "distance": ("further away", "closer")}[kind][0 if worse else 1]  # fmt: skip
    detail = f"The last two windows of {size} items lie outside the limits, on the same side."
    return Drift(word, "warn" if worse else "info", detail)


def drift_of(row: Mapping[str, Any]) -> Drift:
    """The same of a table's row."""
    if row["no_drift"]:
        word = "no order" if row["no_drift"]["reason"] == SAME_TIMES else "not shown"
        return Drift(word, "none", str(row["no_drift"]["sentence"]))
    if row["drift_size"] is None:
        return Drift("too few", "none", "Nothing shared with others yet.")
    return drift_words(row["kind"], row["drift_size"], row["drift_minimum"], row["n"], row["drift_alarm"])


def duration(milliseconds: float | None) -> str:
    """14 s, 2 min 5 s."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def percent(value: float | None, digits: int = 0) -> str:
    return NOTHING if value is None else f"{100 * value:.{digits if value else 0}f}\u00a0%"


def share_words(row: Mapping[str, Any] | None) -> str:
    """93 % (88 to 96 %), 120 of 129: a share is never alone."""
    if not row or row["value"] is None:
        return "nothing to count"
    low, high = 100 * row["ci_low"], 100 * row["ci_high"]
    return f"{low:.0f} to {high:.0f}\u00a0%, {row['count']} of {row['n']}"


def run_words(run: AgreementRun) -> str:
    """What a run was about, for a list of runs."""
    version = "all versions" if run.guideline_version is None else name_of(version_name(run.guideline_version))
    narrowed = [
        word
        for word, there in (
            (f"slice “{run.slice}”", run.slice), ("one batch", run.batch), ("one team", run.team),
            ("one round", run.round), ("people and models", run.who == AgreementRun.Who.TOGETHER),
        )
        if there
    ]  # fmt: skip
    return ", ".join([version, *narrowed])


# --- everybody ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One annotator in the table."""

    who: str
    name: str
    team: str
    row: Mapping[str, Any]
    drift: Drift

    @property
    def agreement(self) -> str:
        return agreement_words(self.row["kind"], self.row["agreement"])

    @property
    def median(self) -> str:
        return duration(self.row["speed"]["median_ms"] if self.row["speed"] else None)

    @property
    def gold(self) -> str:
        return percent(self.row["gold"]["value"])

    @property
    def gold_detail(self) -> str:
        return share_words(self.row["gold"]) if self.row["gold"]["n"] else ""

    @property
    def unclear(self) -> str:
        return percent(self.row["unclear"]["value"], 1)

    @property
    def skips(self) -> str:
        return percent(self.row["skips"]["value"], 1)


def agreement_words(kind: str, value: float | None) -> str:
    """The plain agreement: a share, a likeness, or a distance."""
    return percent(value) if kind != "distance" or value is None else f"{value:.3g} away"


Key = Callable[[Line], Any]
SORTS: Final[dict[str, Key]] = {
    "name": lambda line: line.name.casefold(),
    "team": lambda line: line.team.casefold() or None,
    "n": lambda line: -line.row["n"],
    "with_rest": lambda line: line.row["with_rest"],
    "agreement": lambda line: line.row["agreement"],
    "delta": lambda line: None if line.row["delta"] is None else -line.row["delta"],
    "gold": lambda line: line.row["gold"]["value"],
    "drift": lambda line: {"warn": 0, "info": 1, "plain": 2}.get(line.drift.tone),
    "speed": lambda line: line.row["speed"]["median_ms"] if line.row["speed"] else None,
    "unclear": lambda line: None if not line.row["unclear"]["n"] else -line.row["unclear"]["value"],
    "skips": lambda line: None if not line.row["skips"]["n"] else -line.row["skips"]["value"],
}
"""By what the table can be sorted, what asks for a look first; what is withheld stands last in any order."""


def people_lines(
    access: Access, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], teams: Mapping[UUID, str], sort: str
) -> list[Line]:
    """The table in order. Teams are told only to who may identify people."""
    project = access.project.id
    lines = [
        Line(
            who=pseudonym(project, row["annotator"]),
            name=names[str(row["annotator"])],
            team=teams.get(row["annotator"], "") if access.may_identify else "",
            row=known_to(access, row),
            drift=drift_of(row),
        )
        for row in rows
    ]
    key = SORTS[sort]
    return sorted(lines, key=lambda line: (key(line) is None, key(line) or 0 if sort not in _TEXTS else key(line) or "",
                                           line.name))  # fmt: skip


_TEXTS: Final = ("name", "team")


@dataclass(frozen=True)
class Teams:
    """Teams beside each other: the chart is of each against everybody else."""

    rows: Sequence[Mapping[str, Any]]
    pairs: Sequence[Mapping[str, Any]]
    chart: PointChart | None


def teams_shown(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Teams:
    """From what a reader may see of a run's teams."""
    rows = found["teams"]
    names = {row["team"]: row["name"] for row in rows}
    pairs = [row | {"a": names[row["a"]], "b": names[row["b"]]} for row in map(dict, found["team_pairs"])]
    drawn = [{"name": _short(row["name"]), **row["with_rest"]} for row in rows]
    return Teams(rows, pairs, point_chart(drawn) if drawn else None)


def _short(name: str) -> str:
    return name if len(name) <= 12 else name[:11] + "…"


# --- one annotator ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PersonPage:
    """One annotator and one question."""

    figures: Mapping[str, Any]
    n: int
    drift: Drift
    by: str
    windows: Sequence[Mapping[str, Any]]
    of: int
    chart: DriftChart | None
    bias: Sequence[Mapping[str, Any]]
    bias_chart: BiasChart | None
    mixed: Sequence[Mapping[str, Any]]
    rates: Sequence[Mapping[str, Any]]

    @property
    def agreement(self) -> str:
        return agreement_words(self.figures["agreement_is"], self.figures["agreement"])

    @property
    def words(self) -> Mapping[str, str]:
        """Each share in words, by name."""
        return {name: share_words(self.figures[name]) for name in ("gold", "unclear", "skips", "changed")}

    @property
    def percents(self) -> Mapping[str, str]:
        return {name: percent(self.figures[name]["value"], 1) for name in ("gold", "unclear", "skips", "changed")}

    @property
    def times(self) -> Mapping[str, str]:
        speed = self.figures["speed"] or {}
        return {name: duration(speed.get(f"{name}_ms")) for name in ("median", "q1", "q3", "cap")}

    @property
    def same(self) -> str:
        repeats = self.figures["repeats"]
        return f"{percent(repeats['same']['value'])} ({share_words(repeats['same'])})" if repeats else ""


def person_page(
    measured: Measured, n: int, figures: Mapping[str, Any], by: str, address: Callable[[int], str]
) -> PersonPage:
    """`by` is units or weeks; `address` of a window, by its place, is empty where nothing leads to its items."""
    kind, found = figures["agreement_is"], figures["weeks" if by == "weeks" else "drift"]
    windows = [_window(row, kind, address(place)) for place, row in enumerate(found["windows"])] if found else []
    bias = [row | {"title": measured.title_of(row["label"])} for row in figures["bias"]]
    titled = [
        row | {"own": measured.title_of(row["own"]), "other": measured.title_of(row["other"])}
        | {"own_value": row["own"], "other_value": row["other"]}
        for row in figures["mixed"]
    ]  # fmt: skip
    shape = figures["drift"] or {"size": None, "minimum": None, "alarm": None}
    head = {
        "no_drift": figures["no_drift"], "drift_size": shape["size"], "drift_minimum": shape["minimum"], "n": n,
        "drift_alarm": shape["alarm"], "kind": kind,
    }  # fmt: skip
    return PersonPage(
        figures=figures, n=n, drift=drift_of(head), by=by, windows=windows, of=found["of"] if found else 0,
        chart=drift_chart(windows, kind) if any(row["value"] is not None for row in windows) else None,
        bias=bias, bias_chart=bias_chart(bias) if bias else None, mixed=titled,
        rates=[row | {"title": measured.title_of(row["label"])} for row in figures["rates"]],
    )  # fmt: skip


def _window(row: Mapping[str, Any], kind: str, address: str) -> dict[str, Any]:
    value = agreement_words(kind, row["value"])
    if row["value"] is None:
        state, words = "too few", f"{row['n']} items, too few for a number"
    else:
        outside = {"below": "below the limits", "above": "above the limits", None: "inside the limits"}[row["outside"]]
        state = "alarm, " + outside if row["alarm"] else outside if row["low"] is not None else "nothing before it"
        words = f"{value}, {state}, {row['n']} items"
    return {
        **row, "address": address, "words": f"From {day_of(row)}: {words}", "state": state, "day": day_of(row),
        "shown": value, "median": duration(row["median_ms"]), "among": percent(row["others"]),
        "limits": _limits(row, kind), "smooth": agreement_words(kind, row["ewma"]),
    }  # fmt: skip


def _limits(row: Mapping[str, Any], kind: str) -> str:
    if row["low"] is None:
        return NOTHING
    if kind == "distance":
        return f"{max(0.0, row['low']):.3g} to {row['high']:.3g}"
    return f"{100 * row['low']:.0f} to {100 * row['high']:.0f}\u00a0%"
