"""What an address of the agreement pages asks for: question, guideline version, slice."""

from typing import Final

from django.http import HttpRequest

from core.errors import NotFound
from metrics.counting import ALONE, SLICES
from metrics.dashboard import CELLS, ORDERS, Question, Wanted, open_question
from metrics.questions import Measured, Version
from projects.access import ADJUDICATORS, MANAGERS
from projects.pages import access_of

READERS: Final = MANAGERS | ADJUDICATORS


def _version(text: str | None, question: Question, numbers: list[int]) -> Version:
    """The version in the address, or the usual one. Raises NotFound."""
    if not text:
        return question.usual_version()
    if text in ("all", "none"):
        return "all" if text == "all" else "none"
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) in numbers:
        return int(text)
    raise NotFound("There is no published version of this number.")


def opened(request: HttpRequest) -> tuple[Question | None, dict[str, Measured], list[int], Wanted | None]:
    project = access_of(request).project
    name = request.GET.get("question")
    slice_ = request.GET.get("slice", ALONE)
    question, measured, numbers = open_question(project, name, slice_ if slice_ in SLICES else ALONE)
    if question is None:
        if name:
            raise NotFound("No version of the guideline asks this question.")
        return None, measured, numbers, None
    cells, order = request.GET.get("cells", ""), request.GET.get("order", "")
    wanted = Wanted(
        question=question.measured.name,
        version=_version(request.GET.get("version"), question, numbers),
        cells=cells if cells in CELLS else CELLS[0],
        order=order if order in ORDERS else ORDERS[0],
        slice=question.slice,
    )
    return question, measured, numbers, wanted
