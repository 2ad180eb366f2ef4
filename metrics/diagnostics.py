"""What only a run measures, as the dashboard shows it: weeks, pairs of people, where annotators split, sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from guidelines.models import GuidelineVersion
from metrics.bodies import open_splits
from metrics.charts import WeekChart, week_chart
from metrics.peoplematrix import PeopleMatrix, against_rest, people_in, people_matrix
from metrics.selectors.found import Found
from metrics.selectors.people import names_of
from metrics.splitlinks import OF_PEOPLE, Action, actions_for
from metrics.stats.preferences import WinRate, left_win_rate
from metrics.wanted import Wanted, name_of
from projects.access import Access
from projects.pseudonyms import pseudonym

MOST_WEEKS: Final = 26
MOST_SPLITS: Final = 20
MOST_REST: Final = 50
COUNTED: Final = ("n_items", "n_annotations", "n_annotators", "opt_outs")
"""Where these are the same, nothing that counts has been answered since a run."""


@dataclass(frozen=True)
class Weeks:
    """The drawn weeks, the newest ones where there are very many, out of `of`."""

    rows: list[dict[str, Any]]
    chart: WeekChart
    of: int


@dataclass(frozen=True)
class Splits:
    """The parts of the items where annotators agree least, out of `of` with enough items; `looked_at` in all."""

    rows: list[dict[str, Any]]
    of: int
    looked_at: int
    small: int

    @property
    def has_actions(self) -> bool:
        return any(row["actions"] for row in self.rows)


@dataclass(frozen=True)
class People:
    """A matrix of pairs, or each person against the rest where there are too many for one."""

    matrix: PeopleMatrix | None
    rest: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    """Everybody by id, as the reader may know them."""

    @property
    def of(self) -> int:
        return len(self.names)

    @property
    def shown(self) -> Sequence[Mapping[str, Any]]:
        return self.rest[:MOST_REST]


@dataclass(frozen=True)
class Diagnostics:
    """`wider`: the run was over all versions together, not over the one wanted; `older`: there is more by now."""

    found: Found
    wider: str
    older: bool
    weeks: Weeks | None
    people: People
    splits: Splits | None
    sides: WinRate | None

    @property
    def side_percents(self) -> list[str]:
        """The left-win rate and its interval in percent."""
        found = self.sides
        return [] if found is None else [f"{(part or 0.0) * 100:.1f}" for part in (found.value, found.low, found.high)]


def diagnostics_of(
    found: Found, wanted: Wanted, access: Access, versions: Sequence[GuidelineVersion], now: Mapping[str, Any] | None
) -> Diagnostics:
    """The details of a run for a page. `now` is the live score of what the run measured, where there is one."""
    found = replace(found, rows=[found.first | open_splits(found.first, access), *found.rows[1:]])
    sides = found.first.get("sides")
    return Diagnostics(
        found=found,
        wider=name_of(found.version) if found.version != wanted.version else "",
        older=now is not None and any(now[name] != found.first.get(name) for name in COUNTED),
        weeks=_weeks(found, wanted, versions),
        people=_people(found, wanted, access),
        splits=_splits(found, wanted, access),
        sides=left_win_rate(sides["left"], sides["right"], sides["ties"]) if sides else None,
    )


def _weeks(found: Found, wanted: Wanted, versions: Sequence[GuidelineVersion]) -> Weeks | None:
    every = found.first.get("weeks") or []
    if not every:
        return None
    kept = every if wanted.weeks == "all" else every[-MOST_WEEKS:]
    rows = [row | {"start": date.fromisoformat(str(row["start"])[:10])} for row in kept]
    for row in rows:
        row["address"] = "items/" + wanted.keeping(week=row["start"].isoformat())
        row["view"] = wanted.address(week=row["start"].isoformat())
        row["is_wanted"] = row["start"].isoformat() == wanted.week
    published = [(v.published_at.date(), f"v{v.number}") for v in versions if v.published_at is not None]
    return Weeks(rows, week_chart(rows, published, wanted.week), len(every))


def _people(found: Found, wanted: Wanted, access: Access) -> People:
    row, project = found.first, access.project.id
    names = names_of(access, [UUID(user) for user in people_in(row)])

    def address(one: str, other: str) -> str:
        # only managers are told which items somebody answered; pseudonyms, so that an address names nobody
        if not access.is_manager:
            return ""
        return "items/" + wanted.keeping(left=pseudonym(project, UUID(one)), right=pseudonym(project, UUID(other)))

    rest = against_rest(row, names)
    matrix = people_matrix(row, names, address)
    return People(matrix, rest if matrix is None else [], names)


def _splits(found: Found, wanted: Wanted, access: Access) -> Splits | None:
    every = found.first.get("splits") or []
    if not every:
        return None
    enough = [row for row in every if (row.get("n_items") or 0) >= wanted.at_least]
    kept = enough if wanted.labels == "all" else enough[:MOST_SPLITS]
    return Splits(
        rows=[_split(row, wanted) | {"actions": _actions(row, found, wanted, access)} for row in kept],
        of=len(enough),
        looked_at=int(found.first.get("slices_looked_at") or len(every)),
        small=len(every) - len(enough),
    )


KINDS: Final = {"version": "guideline version", "label": "items given this label", "slice": "saved slice"}


def _split(row: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """With the kind of part it is, and where it leads: to the same page, confined to it."""
    given = row.get("address")
    address = wanted.address(**given) if isinstance(given, Mapping) else ""
    return {**row, "kind": KINDS.get(row["by"], row["by"]), "address": address}


def _actions(row: Mapping[str, Any], found: Found, wanted: Wanted, access: Access) -> list[Action]:
    """What can be done about a part: read its items; for managers a review, its cases, a slice of its own."""
    actions, given = [], row.get("address")
    if isinstance(given, Mapping) and (access.is_manager or row["by"] not in OF_PEOPLE):
        items = replace(wanted, **{name: value for name, value in given.items() if hasattr(wanted, name)})
        actions.append(Action("Items", f"items/{items.kept}"))
    if access.is_manager:
        actions += actions_for(row, project=access.project, run=found.run, question=wanted.question)
    return actions
