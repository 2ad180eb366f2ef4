"""What an address of the agreement pages asks for, and how the addresses of drill-downs keep it."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from metrics.counting import ALONE, SLICES
from metrics.models import AgreementRun
from metrics.questions import Version

CELLS: Final = ("count", "row", "all")
ORDERS: Final = ("mass", "declared")
PEOPLE: Final = AgreementRun.Who.PEOPLE.value
WHO: Final = tuple(AgreementRun.Who.values)


def name_of(version: Version) -> str:
    """A version as the page calls it."""
    return {"all": "all versions", "none": "no version"}.get(str(version), f"v{version}")


@dataclass(frozen=True)
class Wanted:
    """What is measured (question to `week`), and how it is drawn (the rest).

    `slice` is "" for answers given alone, `suggestion_shown`, or the name of a saved slice; `batch` and `team` are ids;
    `week` is the first day of a week, as a date.
    """

    question: str
    version: Version
    slice: str = ALONE
    who: str = PEOPLE
    batch: str = ""
    team: str = ""
    week: str = ""
    cells: str = CELLS[0]
    order: str = ORDERS[0]
    diagonal: str = ""
    labels: str = ""
    weeks: str = ""
    at_least: int = 0

    @property
    def is_live(self) -> bool:
        """Whether live counts answer it; everything else is measured by runs alone."""
        return self.who == PEOPLE and not self.batch and not self.team and self.slice in (ALONE, *SLICES)

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about a part of the answers."""
        return self.who != PEOPLE or bool(self.batch or self.team or self.slice)

    def address(self, **changes: Any) -> str:
        """The query of this view with some of it changed; everything else is kept."""
        return "?" + urlencode(_without_defaults({**self._selected(), **self._drawn(), **changes}))

    @property
    def kept(self) -> str:
        """The query that says what is measured, for pages that draw something else of it."""
        return self.keeping()

    def keeping(self, **more: Any) -> str:
        """The same with more."""
        return "?" + urlencode(_without_defaults({**self._selected(), **more}))

    def hidden_fields(self, *names: str) -> list[tuple[str, str]]:
        """Name and value of what a form has to carry along, less what the form asks for itself."""
        every = _without_defaults({**self._selected(), **self._drawn()})
        return [(name, str(value)) for name, value in every.items() if name not in names]

    @property
    def drawing(self) -> list[str]:
        """The names of what says only how it is drawn."""
        return list(self._drawn())

    def _selected(self) -> dict[str, Any]:
        return {
            "question": self.question, "version": self.version, "slice": self.slice, "who": self.who,
            "batch": self.batch, "team": self.team, "week": self.week,
        }  # fmt: skip

    def _drawn(self) -> dict[str, Any]:
        return {
            "cells": self.cells, "order": self.order, "diagonal": self.diagonal, "labels": self.labels,
            "weeks": self.weeks, "at_least": self.at_least,
        }  # fmt: skip


DEFAULTS: Final = {"who": PEOPLE, "cells": CELLS[0], "order": ORDERS[0], "at_least": 0}


def _without_defaults(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in ("", None) and DEFAULTS.get(name) != value}
