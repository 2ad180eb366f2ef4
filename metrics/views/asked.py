"""What an address of the agreement pages asks for: question, guideline version, slice, whose answers, and drawing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.http import HttpRequest

from core.errors import NotFound
from core.ids import parse_id
from guidelines.models import GuidelineVersion
from metrics.counting import ALONE, SLICES
from metrics.figures import Figures, LiveFigures, RunFigures
from metrics.questions import Measured, Version, measured_questions, published
from metrics.selectors.choices import Choices, choices_of
from metrics.targets import target_of
from metrics.wanted import CELLS, ORDERS, PEOPLE, WHO, Wanted
from projects.access import ADJUDICATORS, MANAGERS
from projects.pages import access_of

READERS: Final = MANAGERS | ADJUDICATORS
LONGEST: Final = 80


@dataclass(frozen=True)
class Opened:
    """A question with its figures, as an address wants them."""

    wanted: Wanted
    figures: Figures
    questions: dict[str, Measured]
    versions: Sequence[GuidelineVersion]
    choices: Choices

    @property
    def measured(self) -> Measured:
        return self.figures.measured


def asked_questions(request: HttpRequest) -> tuple[dict[str, Measured], list[GuidelineVersion]]:
    """The measured questions of the project, and its published versions."""
    versions = published(access_of(request).project)
    return measured_questions(versions), versions


def opened(request: HttpRequest, *, only_version: bool = False) -> Opened | None:
    """None where nothing can be measured. Raises NotFound for what is not there.

    With `only_version` nothing but the version in the address is read, for parts of the page.
    """
    project, given = access_of(request).project, request.GET
    questions, versions = asked_questions(request)
    name = given.get("question") or next(iter(questions), "")
    if name not in questions:
        if given.get("question"):
            raise NotFound("No version of the guideline asks this question.")
        return None
    numbers = [version.number for version in versions if version.number is not None]
    choices = Choices() if only_version else choices_of(project)
    wanted = _wanted(request, name)
    if not only_version and wanted.slice not in (ALONE, *SLICES, *dict(choices.slices)):
        raise NotFound("There is no slice of this name in the project.")
    version = _version(given.get("version"), numbers)
    figures: Figures
    target = target_of(project, name)
    if wanted.is_live:
        figures = LiveFigures(
            project, questions[name], slice_=wanted.slice, numbers=numbers, target=target,
            only=version if only_version else None,
        )  # fmt: skip
    else:
        figures = RunFigures(
            project, questions[name], wanted=wanted, current=numbers[-1] if numbers else None, target=target
        )
    wanted = replace(wanted, version=version if version is not None else figures.usual_version())
    return Opened(wanted, figures, questions, versions, choices)


def must_open(request: HttpRequest, *, only_version: bool = False) -> Opened:
    """The same for parts of the page, which are not asked for where there is nothing."""
    found = opened(request, only_version=only_version)
    if found is None:
        raise NotFound
    return found


def _version(text: str | None, numbers: list[int]) -> Version | None:
    """The version in the address; None where it names none. Raises NotFound."""
    if not text:
        return None
    if text in ("all", "none"):
        return "all" if text == "all" else "none"
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) in numbers:
        return int(text)
    raise NotFound("There is no published version of this number.")


def _wanted(request: HttpRequest, question: str) -> Wanted:
    given = request.GET
    return Wanted(
        question=question,
        version="all",
        slice=given.get("slice", ALONE)[:LONGEST],
        who=_one_of(given.get("who"), WHO, PEOPLE),
        batch=_id(given.get("batch")),
        team=_id(given.get("team")),
        week=_day(given.get("week")),
        cells=_one_of(given.get("cells"), CELLS, CELLS[0]),
        order=_one_of(given.get("order"), ORDERS, ORDERS[0]),
        diagonal=_one_of(given.get("diagonal"), ("", "on"), ""),
        labels=_one_of(given.get("labels"), ("", "all"), ""),
        weeks=_one_of(given.get("weeks"), ("", "all"), ""),
        at_least=_number(given.get("at_least")),
    )


def _one_of(text: str | None, allowed: Sequence[str], usual: str) -> str:
    return text if text and text in allowed else usual


def _id(text: str | None) -> str:
    found = parse_id(text) if text else None
    if text and found is None:
        raise NotFound
    return str(found or "")


def _day(text: str | None) -> str:
    try:
        return date.fromisoformat(text or "").isoformat()
    except ValueError:
        return ""


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0
