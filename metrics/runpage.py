"""What the page of a run shows: the stored figures with titles, people as the reader may know them, and a matrix."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from metrics.bodies import open_disputed
from metrics.models import AgreementRun
from metrics.questions import Measured, measured_questions, published
from metrics.selectors.items import external_ids
from metrics.selectors.people import names_of
from metrics.words import counted_word, named, named_rows
from projects.access import Access

MOST_PEOPLE: Final = 20
"""A larger matrix cannot be read; the page then lists the pairs."""


@dataclass(frozen=True)
class PairCell:
    """Above the diagonal the score, below it the number of items both answered."""

    kind: str
    pair: dict[str, Any] | None


@dataclass(frozen=True)
class Section:
    """One question of a run."""

    question: str
    title: str
    score: dict[str, Any]
    beside: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    counted: str
    confusions: list[dict[str, Any]]
    people: list[str]
    matrix: list[tuple[str, list[PairCell]]]
    pairs: list[dict[str, Any]]
    annotators: list[dict[str, Any]]
    disputed: list[dict[str, Any]]
    jackknife: dict[str, Any]
    """Alpha over annotators; empty in runs from before it was computed."""
    n_groups: int | None
    """How many groups of items were drawn as a whole, where they were."""


def run_sections(run: AgreementRun, access: Access) -> list[Section]:
    """The questions of a finished run, in their order."""
    measured = measured_questions(published(run.project, run.as_of))
    by_question: dict[str, list[dict[str, Any]]] = {}
    for row in run.scores:
        by_question.setdefault(row["question"], []).append(row)
    names = names_of(access, _people(run.scores))
    return [_section(measured[name], rows, names, access) for name, rows in by_question.items() if name in measured]


def _people(scores: Iterable[dict[str, Any]]) -> set[UUID]:
    found = {row["annotator"] for score in scores for row in score.get("annotators", ())}
    found |= {pair[side] for score in scores for pair in score.get("pairs", ()) for side in ("a", "b")}
    return {UUID(text) for text in found}


def _section(measured: Measured, rows: list[dict[str, Any]], names: dict[str, str], access: Access) -> Section:
    score = rows[0]
    pairs = [pair | {"a": names[pair["a"]], "b": names[pair["b"]]} for pair in score["pairs"]]
    people = sorted({pair[side] for pair in pairs for side in ("a", "b")})
    small = len(people) <= MOST_PEOPLE
    titled = [row | {"a": measured.title_of(row["a"]), "b": measured.title_of(row["b"])} for row in score["confusions"]]
    return Section(
        question=measured.name,
        title=measured.title,
        score=named(score, measured.level),
        beside=named_rows(rows, measured.level),
        labels=[row | {"title": measured.title_of(row["label"])} for row in score["labels"]],
        counted=counted_word(measured.level),
        confusions=titled,
        people=people if small else [],
        matrix=_matrix(people, pairs) if small else [],
        pairs=[] if small else pairs,
        jackknife=score.get("jackknife") or {},
        n_groups=score.get("n_groups"),
        annotators=[row | {"name": names[row["annotator"]]} for row in score["annotators"]],
        disputed=[row | {"words": _words(measured, row["counts"])} for row in _named(open_disputed(score, access))],
    )


def _named(disputed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = external_ids(row["item"] for row in disputed)
    return [row | {"name": names.get(row["item"]) or row["item"]} for row in disputed]


def _matrix(people: list[str], pairs: list[dict[str, Any]]) -> list[tuple[str, list[PairCell]]]:
    found = {frozenset((pair["a"], pair["b"])): pair for pair in pairs}
    rows = []
    for place, one in enumerate(people):
        cells = []
        for other_place, other in enumerate(people):
            kind = "self" if one == other else "score" if other_place > place else "items"
            cells.append(PairCell(kind, found.get(frozenset((one, other)))))
        rows.append((one, cells))
    return rows


def _words(measured: Measured, counts: list[list[Any]]) -> str:
    return ", ".join(f"{n} × {measured.title_of(value)}" for value, n in counts)
