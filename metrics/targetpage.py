"""What the page of targets shows: of each question its target, where alpha stands, and what that means."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from metrics.questions import ALL_VERSIONS, Measured, Version, measured_questions, published, version_name
from metrics.selectors.people import names_of
from metrics.selectors.scores import Live, empty_live, live_as_of, live_rows, live_samples
from metrics.targets import target_rows, targets_of
from metrics.verdict import Target, Verdict, verdict_of
from projects.access import Access
from projects.models import Project

COLUMNS: Final = (
    "question", "guideline_version", "target", "reason", "number", "value", "ci_low", "ci_high", "n_items",
    "n_annotators", "verdict", "units_needed", "undefined", "needed", "as_of", "computed_at",
)  # fmt: skip
TONES: Final = {"met": "ok", "not_met": "bad", "not_yet_decided": "none"}


@dataclass(frozen=True)
class Track:
    """Where the interval, alpha and the target lie on a line from 0 to 100; what is below 0 stands at 0."""

    low: float
    width: float
    point: float
    target: float

    @property
    def words(self) -> str:
        return "Alpha, its interval and the target on a line from 0 to 1"


@dataclass(frozen=True)
class Line:
    """One question."""

    measured: Measured
    version: Version
    target: Target
    verdict: Verdict
    score: dict[str, Any]

    @property
    def tone(self) -> str:
        return TONES[self.verdict.word]

    @property
    def version_words(self) -> str:
        return {"all": "all guideline versions", "none": "labels without a version"}.get(
            str(self.version), f"guideline v{self.version}"
        )

    @property
    def track(self) -> Track | None:
        """None where alpha is not shown."""
        value, low, high = (self.score[name] for name in ("value", "ci_low", "ci_high"))
        if value is None:
            return None
        left, right, point, target = (
            round(100 * max(0.0, min(1.0, number)), 1)
            for number in (low if low is not None else value, high if high is not None else value, value,
                           self.target.value)
        )  # fmt: skip
        return Track(left, round(right - left, 1), point, target)

    @property
    def row(self) -> dict[str, Any]:
        """As downloads have it."""
        own = {
            "question": self.measured.name, "guideline_version": self.version, "target": self.target.value,
            "reason": self.target.reason, "number": self.target.number, "verdict": self.verdict.word,
            "units_needed": self.verdict.needed,
        }  # fmt: skip
        return {name: own[name] if name in own else self.score[name] for name in COLUMNS}


@dataclass(frozen=True)
class Past:
    """A number that was set once."""

    title: str
    number: int
    alpha: float | None
    reason: str
    at: Any
    by: str


def target_lines(project: Project) -> list[Line]:
    """Each question under the current guideline version, or all versions where nothing was answered under it."""
    versions = published(project)
    measured = measured_questions(versions)
    current = versions[-1].number if versions else None
    keys = [ALL_VERSIONS, *([current] if current is not None else [])]
    found = {(live.measured.name, live.version): live for live in live_samples(project, measured=measured, keys=keys)}
    targets, as_of = targets_of(project, measured), live_as_of(project)
    lines = []
    for name, asked in measured.items():
        live = _usual(found, name, current) or empty_live(project, asked, ALL_VERSIONS)
        score = live_rows(project, live, labels=None, as_of=as_of)[0]
        lines.append(Line(asked, live.version, targets[name], verdict_of(score, targets[name]), score))
    return lines


def _usual(found: dict[tuple[str, Version], Live], name: str, current: int | None) -> Live | None:
    if current is not None:
        live = found.get((name, version_name(current)))
        if live is not None and (live.waits or live.sample.patterns.n_items):
            return live
    return found.get((name, "all"))


def past_targets(access: Access, lines: list[Line]) -> list[Past]:
    """Every number ever set, newest first."""
    titles = {line.measured.name: line.measured.title for line in lines}
    rows = list(target_rows(access.project))
    setters: set[UUID] = {row.created_by for row in rows if row.created_by}
    names = names_of(access, setters)
    return [
        Past(
            titles.get(row.question, row.question), row.number, row.alpha, row.reason, row.created_at,
            names.get(str(row.created_by), "") if row.created_by else "",
        )
        for row in rows
    ]  # fmt: skip
