"""The items behind a mark of the dashboard: a point, a pair of labels, a pair of people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.errors import NotFound, WrongRole
from metrics.counting import ALONE, SLICES
from metrics.dashboard import read_value
from metrics.models import Unit
from metrics.selectors.behind import (
    LOOKED_AT,
    confused,
    disputed,
    part_of,
    people_by_pseudonym,
    said_by,
    shared,
    units_of,
)
from metrics.selectors.items import ItemLine, item_lines, open_to
from metrics.selectors.people import names_of
from metrics.splitlinks import is_about_people, named_definition
from metrics.stats.parts import LABELLED
from metrics.views.asked import READERS, Opened, must_open
from metrics.wanted import Wanted, name_of
from metrics.words import named
from projects.models import Role
from projects.pages import access_of, project_page

PAGE: Final = 50
OF_PEOPLE: Final = "Which items somebody answered is told to managers only."


@dataclass(frozen=True)
class Listed:
    """One page of a list: its units, what is special about it, and the query that names it."""

    units: Sequence[Unit]
    query: dict[str, str]
    context: dict[str, Any]


@project_page(roles=READERS)
@require_safe
def mixed_items(request: HttpRequest) -> HttpResponse:
    """The items of what is wanted: with `a` and `b` those given both labels, with `left` and `right` those that both
    people answered, else those with different answers, or all of them."""
    access = access_of(request)
    asked = must_open(request, only_version=True)
    if _is_about_people(request, asked.wanted) and not access.is_manager:
        raise WrongRole(OF_PEOPLE)
    page = request.GET.get("page", "")
    start = (int(page) - 1) * PAGE if page.isascii() and page.isdigit() and 1 <= int(page[:6]) < 10_000 else 0
    if "left" in request.GET:
        listed = _of_two_people(request, asked, start)
    elif "a" in request.GET or "b" in request.GET:
        listed = _of_two_labels(request, asked, start)
    else:
        listed = _of_a_point(request, asked, start)
    wanted, last = asked.wanted, start // PAGE
    lines = item_lines(listed.units[:PAGE], asked.measured)
    context = {
        "measured": asked.measured,
        "wanted": wanted,
        "version_name": name_of(wanted.version),
        "week": date.fromisoformat(wanted.week) if wanted.week else None,
        "lines": _with_sayings(lines, listed.context.get("sayings", {})),
        "start": start,
        "summary": f"Items {start + 1} to {start + len(lines)}" if lines else "",
        "hidden": access.has(Role.ANNOTATOR) or not access.is_manager,
        "next_url": wanted.keeping(**listed.query, page=last + 2) if len(listed.units) > PAGE else "",
        "previous_url": wanted.keeping(**listed.query, page=last) if start else "",
        "back": reverse("agreement", args=[access.project.slug]) + wanted.kept,
        "cases_url": f"/p/{access.project.slug}/cases/?question={wanted.question}",
    }
    return render(request, "metrics/items.html", context | listed.context)


def _is_about_people(request: HttpRequest, wanted: Wanted) -> bool:
    """Whether the list would tell who answered what: beside a case that takes the pseudonyms of the case away.

    Raises NotFound for a slice that is not there.
    """
    saved = "" if wanted.slice in (ALONE, *SLICES) else wanted.slice
    definition = named_definition(access_of(request).project, slice_=saved) or {}
    return "left" in request.GET or bool(wanted.team) or is_about_people(definition)


def _with_sayings(lines: Sequence[ItemLine], sayings: dict[Any, str]) -> list[ItemLine]:
    return [replace(line, answers=sayings.get(line.item, line.answers)) for line in lines]


def _of_two_labels(request: HttpRequest, asked: Opened, start: int) -> Listed:
    access, measured = access_of(request), asked.measured
    a, b = (read_value(measured, request.GET.get(name, "")) for name in ("a", "b"))
    if a is None or b is None:
        raise NotFound("The question has no such label.")
    rows = open_to(access, units_of(access.project, asked.wanted))
    found = confused(rows, measured, a, b, start=start, most=PAGE + 1)
    context = {
        "mode": "labels", "a": measured.title_of(a), "b": measured.title_of(b),
        "searched": LOOKED_AT if measured.level in LABELLED else 0,
    }  # fmt: skip
    return Listed(found, {"a": str(a), "b": str(b)}, context)


def _of_two_people(request: HttpRequest, asked: Opened, start: int) -> Listed:
    access, wanted = access_of(request), asked.wanted
    names = [request.GET.get(side, "") for side in ("left", "right")]
    people = people_by_pseudonym(access.project, wanted.question, names)
    if len(people) != 2:
        raise NotFound("There are no two annotators of these names.")
    rows = shared(open_to(access, units_of(access.project, wanted)), wanted.question, *people)
    units = part_of(rows, start, PAGE + 1, "differ", "newest")
    shown = names_of(access, people)
    sayings: dict[Any, dict[Any, str]] = {}
    for said in said_by(asked.versions, wanted.question, units[:PAGE], people):
        value = "opted out" if said.value is None else asked.measured.title_of(said.value)
        sayings.setdefault(said.item, {})[said.annotator] = value
    lines = {
        item: "; ".join(f"{shown[str(user)]}: {values[user]}" for user in people if user in values)
        for item, values in sayings.items()
    }
    context = {
        "mode": "people", "a": shown[str(people[0])], "b": shown[str(people[1])], "sayings": lines,
        "differ": {unit.item_id for unit in units if getattr(unit, "differ", False)},
    }  # fmt: skip
    return Listed(units, {"left": names[0], "right": names[1]}, context)


def _of_a_point(request: HttpRequest, asked: Opened, start: int) -> Listed:
    access, wanted = access_of(request), asked.wanted
    every = request.GET.get("show") == "all"
    rows = open_to(access, units_of(access.project, wanted))
    score = named(asked.figures.rows(wanted.version)[0], asked.measured.level)
    context = {
        "mode": "all" if every else "disputed", "score": score,
        "disputed_url": wanted.keeping(), "all_url": _shown_all(wanted),
    }  # fmt: skip
    units = part_of(rows, start, PAGE + 1) if every else part_of(disputed(rows), start, PAGE + 1, "newest")
    return Listed(units, {"show": "all"} if every else {}, context)


def _shown_all(wanted: Wanted) -> str:
    return wanted.keeping(show="all")
