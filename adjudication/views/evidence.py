"""What the guideline leaves open, and how many cases wait: parts of the agreement dashboard that also stand alone."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from adjudication import selectors
from adjudication.selectors.gaps import Gap, gaps_by_clause, gaps_of, oldest_waiting
from adjudication.selectors.queue import WAITING
from adjudication.views.queue import DECIDERS
from core.errors import NotFound
from guidelines.selectors import current_version, label_schema_of
from metrics.selectors.unclear import Report, answers_to, unclear_by_clause, unclear_reports
from projects.access import Access
from projects.pages import access_of, project_page


@dataclass(frozen=True)
class ClauseLine:
    """One clause with what speaks for changing it. `key` is "" for what no clause covers."""

    key: str
    title: str
    unclear: int
    gaps: int
    per_hundred: float | None

    @property
    def total(self) -> int:
        return self.unclear + self.gaps


@dataclass(frozen=True)
class Told:
    """A clause with its newest reports and decisions."""

    line: ClauseLine
    reports: list[Report]
    gaps: list[Gap]


@require_safe
@project_page(roles=DECIDERS)
def evidence(request: HttpRequest) -> HttpResponse:
    """Unclear reports and flagged gaps by clause, each for a hundred answers to the question."""
    access = access_of(request)
    part = bool(request.headers.get("HX-Request"))
    version = current_version(access.project)
    questions = label_schema_of(version).by_name if version else {}
    question = request.GET.get("question") or next(iter(questions), "")
    if question not in questions:
        if not part and request.GET.get("question"):
            raise NotFound("The current guideline asks no such question.")
        return render(request, "adjudication/_evidence.html", {"lines": [], "question": question, "answers": 0})
    clauses = [c for c in version.clauses if c.get("question") in (None, question)] if version else []
    answers = answers_to(access.project, question)
    lines = _lines(access, question, clauses, answers)
    context: dict[str, Any] = {"lines": lines, "question": question, "answers": answers, "part": part}
    if part:
        return render(request, "adjudication/_evidence.html", context)
    context |= {"title": questions[question]["title"], "told": [_told(access, question, line) for line in lines[:20]]}
    return render(request, "adjudication/evidence.html", context)


def _lines(access: Access, question: str, clauses: list[dict[str, Any]], answers: int) -> list[ClauseLine]:
    """The clauses that somebody found wanting, most first."""
    unclear, gaps = unclear_by_clause(access.project), gaps_by_clause(access.project, question)
    titles = [(str(clause["key"]), str(clause["title"])) for clause in clauses] + [("", "No clause covers it")]
    lines = [
        ClauseLine(
            key=key, title=title, unclear=unclear[key], gaps=gaps[key],
            per_hundred=100 * (unclear[key] + gaps[key]) / answers if answers else None,
        )
        for key, title in titles
    ]  # fmt: skip
    return sorted((line for line in lines if line.total), key=lambda line: (-line.total, line.title))


def _told(access: Access, question: str, line: ClauseLine) -> Told:
    reports, _ = unclear_reports(access, line.key)
    return Told(line, reports, gaps_of(access.project, question, line.key, access.user))


@require_safe
@project_page(roles=DECIDERS)
def backlog(request: HttpRequest) -> HttpResponse:
    """How many cases wait, and for how long: a fragment."""
    access = access_of(request)
    visible = selectors.visible_cases(access.project, access.user)
    counts = selectors.state_counts(visible)
    context = {"counts": counts, "oldest": oldest_waiting(visible.filter(state__in=WAITING))}
    return render(request, "adjudication/_backlog.html", context)
