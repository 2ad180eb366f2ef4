"""Where a part that a run found leads: a review, its cases, a slice of its own; and how an address names it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from core.errors import Invalid, NotFound
from core.figures import figure
from intake.models import Item
from metrics.definitions import read_definition
from metrics.models import AgreementRun
from metrics.selectors.slices import slice_named
from metrics.slices import Definition, conditions, items_kept
from projects.models import Project

OF_PEOPLE: Final = frozenset({"team", "annotators"})
KEPT_AS_SLICE: Final = frozenset({"field", "metadata", "label"})


@dataclass(frozen=True)
class Action:
    """A link with what it does."""

    title: str
    address: str


def actions_for(row: Mapping[str, Any], *, project: Project, run: UUID, question: str) -> list[Action]:
    """What a manager may do about a part of a run."""
    base, named = f"/p/{project.slug}/", f"{row['by']}:{row['name']}"
    found = [
        Action("Open a review", f"{base}reviews/new/?" + urlencode({"run": run, "question": question, "part": named}))
    ]
    if (query := case_query(row)) is not None:
        found.append(Action("Its cases", f"{base}cases/?" + urlencode({"question": question, **query})))
    where = row.get("where") or {}
    if row["by"] in KEPT_AS_SLICE and where.get("values"):
        asked = {"by": row["by"], "key": where["name"], "value": where["values"][0], "name": str(row["name"])[:80]}
        found.append(Action("Save as a slice", f"{base}agreement/slices/?" + urlencode(asked)))
    return found


def case_query(row: Mapping[str, Any]) -> dict[str, str] | None:
    """How the queue of cases is confined to a part; None where the part is of answers and not of items."""
    if row["by"] == "slice":
        return {"slice": str(row["name"])}
    where = row.get("where")
    return {"part": json.dumps(where)} if where and row["by"] in {"batch", *KEPT_AS_SLICE} else None


def part_words(run: AgreementRun, question: str, named: str) -> tuple[str, str]:
    """The name of a part as `actions_for` gives it, and what the run found in it; twice "" where there is none."""
    by, _, name = named.partition(":")
    rows = [row for score in run.scores if score["question"] == question for row in score.get("splits", ())]
    found = next((row for row in rows if (row["by"], row["name"]) == (by, name)), None)
    if found is None:
        return "", ""
    value, low, high = (_short(found[key]) for key in ("value", "ci_low", "ci_high"))
    alpha = f"Alpha {value} (95 % {low} to {high})"
    if found["value"] is None:
        alpha = f"Alpha withheld ({found['reason']})"
    mass = ""
    if share := found["observed_share"]:
        mass = f" They hold {share:.0%} of all disagreement and are {found['items_share']:.0%} of the items."
    return f"{by} {name}", f"{alpha} on {found['n_items']} items of {by} {name}.{mass}"


def _short(value: float | None) -> str:
    return "–" if value is None else figure(value)


def named_definition(project: Project, *, slice_: str = "", part: str = "") -> Definition | None:
    """The definition that an address names: a saved slice, or one condition as JSON. None where it names nothing.

    Raises:
        NotFound: there is no such slice or part.
    """
    if slice_:
        saved = slice_named(project, slice_)
        if saved is None:
            raise NotFound("There is no slice of this name in the project.")
        return dict(saved.definition)
    if not part:
        return None
    try:
        return read_definition(project, {"where": [json.loads(part)]})
    except (ValueError, Invalid) as error:
        raise NotFound("There is no such part in the project.") from error


def is_about_people(definition: Definition) -> bool:
    """Whether it would tell who answered what."""
    return any(condition["by"] in OF_PEOPLE for condition in conditions(definition))


def of_items(rows: QuerySet[Any], definition: Definition, project: Project) -> QuerySet[Any]:
    """The rows with a foreign key `item` whose item a definition keeps."""
    kept = items_kept(Item.objects.filter(pk=OuterRef("item")), definition, project=project)
    return rows.filter(Exists(kept))
