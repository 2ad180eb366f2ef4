"""What the pages of model tests show: the answer in words, and each annotator beside the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any
from uuid import UUID

from metrics.models import ModelTest
from metrics.selectors.people import names_of
from metrics.stats.alt_test import PASSING
from projects.access import Access

WORDS = {"yes": ("yes", "ok"), "no": ("no", "bad"), "not_enough_data": ("not enough data", "none")}


@dataclass(frozen=True)
class Answer:
    """The answer with its badge and the sentence behind it."""

    words: str
    tone: str
    sentence: str

    @property
    def banner(self) -> str:
        return self.tone if self.tone != "none" else "info"


def answer_of(result: Mapping[str, Any]) -> Answer:
    words, tone = WORDS[result["answer"]]
    if result["answer"] == "not_enough_data":
        return Answer(words, tone, _lacking(result))
    tested, won = result["n_tested"], result["n_replaced"]
    share = (
        f"It took the place of {won} of {tested} annotators ({100 * result['winning_rate']:.0f} %); half are needed."
    )
    closer = (
        f"On {100 * result['advantage']:.0f} % of the items it was at least as close to the other people as a person."
    )
    doubt = "" if result["answer"] == "yes" else _doubt(result)
    return Answer(words, tone, f"{share} {closer}{doubt}")


def _doubt(result: Mapping[str, Any]) -> str:
    """What more items promise: as many annotators must be replaced as are missing to half of them."""
    missing = ceil(result["n_tested"] * PASSING) - result["n_replaced"]
    needed = sorted(row["items_needed"] for row in result["annotators"] if row["items_needed"])
    if len(needed) < missing:
        return " Its share is too small for more items to promise another answer."
    return f" That is no proof that it is worse: about {needed[missing - 1]} items of each annotator might show it."


def _lacking(result: Mapping[str, Any]) -> str:
    if result["undefined"] == "too_few_annotators":
        return (
            f"{result['n_tested']} of the {result['needed']} annotators needed have answered {result['least_items']} "
            "items that the model and at least one other person answered too."
        )
    if result["undefined"] == "no_pairable_units":
        return "No item has answers from the model and from two people yet."
    return str(result["reason"])


@dataclass(frozen=True)
class Row:
    """One annotator. `track` says where both stand on a line from 0 to 100: the model, and what it had to exceed."""

    name: str
    row: dict[str, Any]
    track: tuple[float, float] | None

    @property
    def agreement(self) -> dict[str, Any]:
        found: dict[str, Any] = self.row["agreement"]
        return found


def rows_of(test: ModelTest, access: Access) -> list[Row]:
    """The annotators of a finished test, as the reader may know them."""
    result = test.result or {"annotators": []}
    names = names_of(access, (UUID(row["annotator"]) for row in result["annotators"]))
    return [Row(names[row["annotator"]], row, _track(row, result.get("epsilon", 0.0))) for row in result["annotators"]]


def _track(row: Mapping[str, Any], epsilon: float) -> tuple[float, float] | None:
    if row["model"] is None:
        return None
    return round(100 * row["model"], 1), round(100 * max(0.0, row["person"] - epsilon), 1)
