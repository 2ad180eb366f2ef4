"""Figures of annotators as files, each with its n, its interval and the place of the log that it stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse

from core.canonical import canonical_json, rfc3339
from metrics.annotatorpages import Line, PersonPage, Teams
from metrics.csvfile import csv_of
from metrics.models import AgreementRun
from metrics.ownpage import OwnQuestion
from metrics.questions import Measured

SNAPSHOT: Final = ("question", "as_of", "computed_at", "run")
PEOPLE: Final = (
    "annotator", "name", "n", "answers", "with_rest", "ci_low", "ci_high", "agreement", "agreement_is", "leave_one_out",
    "delta", "gold_right", "gold_judged", "drift", "median_ms", "unclear", "skips", "undefined", "needed", "reason",
    "lowered_from", *SNAPSHOT,
)  # fmt: skip
TEAMS: Final = (
    "team", "name", "n_annotators", "within", "within_ci_low", "within_ci_high", "within_n", "within_reason",
    "with_rest", "with_rest_ci_low", "with_rest_ci_high", "with_rest_n", "with_rest_reason", *SNAPSHOT,
)  # fmt: skip
WINDOWS: Final = (
    "annotator", "from", "to", "n", "value", "ewma", "centre", "low", "high", "outside", "alarm", "others", "others_n",
    "median_ms", "undefined", "needed", "reason", "warning", *SNAPSHOT,
)  # fmt: skip
REASONS: Final = ("undefined", "needed", "reason", "warning")
"""Runs of former versions do not say them of a window."""
BIAS: Final = ("annotator", "label", "own", "others", "difference", "ci_low", "ci_high", "n", *SNAPSHOT)
MIXED: Final = ("annotator", "own", "other", "weight", "share", "excess", "n", *SNAPSHOT)


@dataclass(frozen=True)
class Source:
    """Where figures come from, for the name and the last columns of a file; `kind` is csv or json."""

    slug: str
    run: AgreementRun
    measured: Measured
    kind: str

    @property
    def snapshot(self) -> dict[str, Any]:
        at = self.run.computed_at
        return {
            "question": self.measured.name, "as_of": self.run.as_of, "run": str(self.run.pk),
            "computed_at": rfc3339(at) if at else None,
        }  # fmt: skip

    def answer(self, name: str, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> HttpResponse:
        kept = [{column: {**row, **self.snapshot}[column] for column in columns} for row in rows]
        named = f"{self.slug}-{self.measured.name}-{name}"
        return _file(named, self.kind, columns, kept, self.snapshot)


def download_people(source: Source, lines: Sequence[Line], teams: Teams, part: str) -> HttpResponse:
    """Everybody, or with `part` teams the teams."""
    if part == "teams":
        return source.answer("teams", TEAMS, [_team(row) for row in teams.rows])
    return source.answer("annotators", PEOPLE, [_person(line) for line in lines])


def download_person(source: Source, who: str, name: str, page: PersonPage, part: str) -> HttpResponse:
    """One annotator's windows, or with `part` his bias or mixed labels. `who` is his pseudonym."""
    columns: tuple[str, ...]
    if part == "bias":
        columns, rows = BIAS, [{**row, "n": page.n} for row in page.bias]
    elif part == "mixed":
        columns, rows = MIXED, [_mixed(row) | {"n": page.n} for row in page.mixed]
    else:
        part, columns, rows = page.by, WINDOWS, [{**dict.fromkeys(REASONS), **row} for row in page.windows]
    return source.answer(f"{who}-{part}", columns, [row | {"annotator": name} for row in rows])


def _file(
    name: str, kind: str, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]], snapshot: Mapping[str, Any]
) -> HttpResponse:
    content = canonical_json({"rows": rows, **snapshot}) if kind == "json" else csv_of(columns, rows)
    content_type = "application/json" if kind == "json" else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def _person(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "annotator": line.who, "name": line.name, "agreement_is": row["kind"], "drift": line.drift.word,
        "gold_right": row["gold"]["count"], "gold_judged": row["gold"]["n"],
        "median_ms": row["speed"]["median_ms"] if row["speed"] else None,
        "unclear": row["unclear"]["count"], "skips": row["skips"]["count"],
        **{name: row[name] for name in PEOPLE if name in row and name not in {"annotator", "unclear", "skips"}},
    }  # fmt: skip


def _team(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {"team": row["team"], "name": row["name"], "n_annotators": row["n_annotators"]}
    for side in ("within", "with_rest"):
        figure = row[side]
        found |= {
            side: figure["value"], f"{side}_ci_low": figure["ci_low"], f"{side}_ci_high": figure["ci_high"],
            f"{side}_n": figure["n_items"], f"{side}_reason": figure["reason"],
        }  # fmt: skip
    return found


def _mixed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "own": row["own_value"], "other": row["other_value"]}


OWN: Final = (
    "question", "n", "answers", "with_rest", "ci_low", "ci_high", "agreement", "agreement_is", "unclear", "skips",
    "changed", "median_ms", "reason", "as_of", "computed_at",
)  # fmt: skip


def own_file(slug: str, questions: Sequence[OwnQuestion], file: str) -> HttpResponse:
    """One's own figures, a row for each question; what the page withholds is withheld here."""
    return _file(f"{slug}-my-figures", file, OWN, [_own(found) for found in questions], {})


def _own(found: OwnQuestion) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(OWN)
    row |= {"question": found.name, "n": found.n, "reason": found.reason or None, "as_of": found.as_of}
    row["computed_at"] = rfc3339(found.computed_at) if found.computed_at else None
    if found.page is None:
        return row
    figures = found.page.figures
    row |= {name: figures[name] for name in ("answers", "with_rest", "ci_low", "ci_high", "agreement", "agreement_is")}
    row |= {name: figures[name]["count"] for name in ("unclear", "skips", "changed")}
    row["reason"] = figures["reason"]
    return row | {"median_ms": figures["speed"]["median_ms"] if figures["speed"] else None}
