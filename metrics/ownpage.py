"""An annotator's own figures with what to do about them. Nobody else's figure is here, and nothing about one item.

An answer to an item can still be changed while others have yet to answer it. So nothing here may rest on so few items
that it tells what others said about one of them: below `FEWEST` items no figure is shown, however low a project sets
its own limits. Hidden gold items are left out: whoever watched that figure could tell which items they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.figures import figure
from guidelines.models import GuidelineVersion
from metrics.annotatorpages import NO_SHARE, PersonPage, percent, person_page, run_words
from metrics.clauses import clause_of
from metrics.models import RunAnnotator
from metrics.questions import Measured

FEWEST: Final = 10
MOST_ADVICE: Final = 5
SMALL_WINDOWS: Final = f"The windows of this project hold fewer than {FEWEST} items, so they are not shown here."
FEWEST_MIXED: Final = 3.0
LEAST_DIFFERENCE: Final = 0.02
NUMBERS_OF_OTHERS: Final = ("leave_one_out", "delta")
HIDDEN: Final = ("gold",)


@dataclass(frozen=True)
class Advice:
    """One thing to look at: what was found, in words, and the clause to read again, if there is one."""

    words: str
    clauses: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OwnQuestion:
    """One question. Without `page` everything is withheld for `reason`, and `more` items would change that."""

    name: str
    title: str
    run: str
    as_of: int
    computed_at: Any
    n: int
    page: PersonPage | None
    reason: str
    more: int
    advice: Sequence[Advice]

    @property
    def alpha_words(self) -> str:
        return alpha_words(self.page.figures) if self.page else ""


def own_questions(
    rows: Sequence[RunAnnotator], questions: Mapping[str, Measured], version: GuidelineVersion | None, by: str
) -> list[OwnQuestion]:
    """The questions in their order; what nobody asks any more is left out."""
    kept = {row.question: row for row in rows}
    return [_question(kept[name], measured, version, by) for name, measured in questions.items() if name in kept]


def _question(row: RunAnnotator, measured: Measured, version: GuidelineVersion | None, by: str) -> OwnQuestion:
    figures = {name: value for name, value in row.figures.items() if name not in HIDDEN}
    figures |= dict.fromkeys(NUMBERS_OF_OTHERS)
    reason, needed = _withheld(row, figures)
    page = None if reason else person_page(measured, row.n, _safe(figures) | {"gold": NO_SHARE}, by, lambda _: "")
    return OwnQuestion(
        name=measured.name, title=measured.title, run=run_words(row.run), as_of=row.run.as_of,
        computed_at=row.run.computed_at, n=row.n, page=page, reason=reason, more=max(0, needed - row.n),
        advice=_advice(figures, measured, version) if page else (),
    )  # fmt: skip


def _withheld(row: RunAnnotator, figures: Mapping[str, Any]) -> tuple[str, int]:
    """Why nothing is shown, and how many items it takes; "" where there is enough."""
    if row.n < FEWEST:
        needed = max(FEWEST, figures["needed"] or 0)
        return f"{row.n} of the {needed} items needed that others have answered too.", needed
    if figures["with_rest"] is None and figures["needed"]:
        return f"{row.n} of the {figures['needed']} items needed that others have answered too.", figures["needed"]
    return "", 0


def _safe(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Without windows of so few items that one of them could be made out."""
    safe = dict(figures)
    for name in ("drift", "weeks"):
        found = figures[name]
        if found and any(row["value"] is not None and row["n"] < FEWEST for row in found["windows"]):
            safe |= {name: None, "rates": [], "no_drift": {"reason": "few", "sentence": SMALL_WINDOWS}}
    return safe


def alpha_words(figures: Mapping[str, Any]) -> str:
    """What the figure says, and what it does not."""
    low, high = figures["ci_low"], figures["ci_high"]
    if figures["with_rest"] is None:
        return str(figures["reason"] or "")
    if low is None or high is None:
        return "The answers vary too little for an interval, so take the number lightly."
    if low >= 0.8:
        return "You and the others see these items alike."
    if high < 0.667:
        return "You and the others often see these items differently. The guideline may be unclear: say so where it is."
    if figures["with_rest"] >= 0.667:
        return "Mostly alike. Where you differ is below."
    return "Partly alike. Where you differ is below."


def _advice(figures: Mapping[str, Any], measured: Measured, version: GuidelineVersion | None) -> list[Advice]:
    """What to look at, most telling first."""
    found = []
    for row in figures["mixed"]:
        if row["weight"] >= FEWEST_MIXED:
            own, other = measured.title_of(row["own"]), measured.title_of(row["other"])
            words = f"On {percent(row['share'], 1)} of the items you said “{own}” where others said “{other}”."
            found.append(Advice(words, _clauses(version, measured.name, row["own"], row["other"])))
    for row in sorted(figures["bias"], key=lambda row: -abs(row["difference"])):
        clear = row["ci_low"] is not None and (row["ci_low"] > 0 or row["ci_high"] < 0)
        if clear and abs(row["difference"]) >= LEAST_DIFFERENCE:
            found.append(Advice(_bias_words(row, measured), _clauses(version, measured.name, row["label"])))
    if figures["numbers"] and (line := _number_words(figures["numbers"])):
        found.append(Advice(line, ()))
    return found[: 2 * MOST_ADVICE]


def _bias_words(row: Mapping[str, Any], measured: Measured) -> str:
    more = "more" if row["difference"] > 0 else "less"
    title = measured.title_of(row["label"])
    if measured.level in {"spans", "boxes"}:
        return f"You mark “{title}” {more} often than others: {row['own']:.2f} an item, they {row['others']:.2f}."
    own, others = percent(row["own"], 1), percent(row["others"], 1)
    return f"You say “{title}” {more} often than others on the same items: {own}, they {others}."


def _number_words(row: Mapping[str, Any]) -> str:
    if row["ci_low"] is None or row["ci_low"] <= 0 <= row["ci_high"]:
        return ""
    more = "higher" if row["difference"] > 0 else "lower"
    return (
        f"Your numbers are {abs(row['difference']):.3g} {more} than others’ on the same items on average "
        f"(95 % interval {figure(row['ci_low'], '+.3g')} to {figure(row['ci_high'], '+.3g')})."
    )


def _clauses(version: GuidelineVersion | None, question: str, *labels: Any) -> list[Mapping[str, Any]]:
    """The clauses of these labels, each once."""
    found: dict[str, Mapping[str, Any]] = {}
    if version is None:
        return []
    for label in labels:
        clause = clause_of(version, question, label)
        if clause is not None:
            found.setdefault(str(clause["key"]), clause)
    return list(found.values())
