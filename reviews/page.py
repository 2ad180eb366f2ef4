"""What the page of a review shows, put together from the reads of this app."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guidelines.comparison import ClauseChange, compare
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version, get_version, label_schema_of
from metrics.models import AgreementRun
from projects.access import Access
from projects.models import Project
from reviews import rules, selectors, services
from reviews.models import AgreementReview, Evidence, Proposal
from reviews.selectors import Readable

MOST_RUNS = 50


@dataclass(frozen=True)
class Line:
    """One piece of evidence, ready to be read."""

    evidence: Evidence
    labels: str
    """The two labels by their titles."""
    clause: str
    item: str
    """The beginning of the quoted item."""
    used_in: tuple[str, ...]
    """The clauses whose proposals rest on it."""


@dataclass(frozen=True)
class ProposalLine:
    proposal: Proposal
    change: ClauseChange | None
    evidence: tuple[Evidence, ...]


def label_titles(version: GuidelineVersion | None, question: str) -> dict[str, str]:
    """The labels of a question, value as text -> as a person reads it."""
    schema = label_schema_of(version) if version else None
    if schema is None or question not in schema.by_name:
        return {}
    kind, asked = schema.kind(question), schema.question(question)
    if kind.lists_labels:
        return {label["value"]: str(label["title"]) for label in asked["labels"]}
    return {
        str(value): kind.display(asked, value) for value in kind.condition_values(asked) or kind.label_values(asked)
    }


def label_choices(version: GuidelineVersion | None, question: str) -> list[tuple[str, str]]:
    return list(label_titles(version, question).items())


def run_choices(project: Project) -> list[tuple[str, str]]:
    """The finished runs as choices, the newest first."""
    return [(str(run.pk), _run_name(run)) for run in selectors.finished_runs(project)[:MOST_RUNS]]


def _run_name(run: AgreementRun) -> str:
    versions = {None: "all versions", 0: "labels without a version"}
    version = versions.get(run.guideline_version, f"version {run.guideline_version}")
    return f"{run.created_at:%d %B %Y, %H:%M} UTC · {run.question or 'every question'} · {version}"


def evidence_lines(
    version: GuidelineVersion | None, question: str, readable: Readable, review: AgreementReview
) -> list[Line]:
    titles = label_titles(version, question)
    clauses = {c["key"]: c["title"] for c in version.clauses} if version else {}
    used: dict[Any, list[str]] = {}
    for proposal in review.proposal_rows.all():
        for evidence in proposal.evidence.all():
            used.setdefault(evidence.pk, []).append(clauses.get(proposal.clause, proposal.clause))
    return [
        Line(
            evidence=e,
            labels=" / ".join(titles.get(str(label), str(label)) for label in e.labels or ()),
            clause=clauses.get(e.clause, e.clause),
            item=_beginning(readable.cases[e.ref].item.fields) if e.ref in readable.cases else "",
            used_in=tuple(used.get(e.pk, ())),
        )
        for e in readable.evidence[review.pk]
    ]


def _beginning(fields: Mapping[str, Any]) -> str:
    text = next((value for value in fields.values() if isinstance(value, str) and value.strip()), "")
    return text if len(text) <= 280 else text[:279] + "…"


def clause_lines(
    version: GuidelineVersion, question: str, readable: Readable, review: AgreementReview, clause: str
) -> list[Line]:
    """The evidence with what speaks of this clause first: its reports and cases, then confusions of its label."""
    label = next((c.get("label") for c in version.clauses if c["key"] == clause), None)

    def speaks(line: Line) -> bool:
        return line.evidence.clause == clause or (label is not None and label in (line.evidence.labels or ()))

    return sorted(evidence_lines(version, question, readable, review), key=lambda line: not speaks(line))


def compare_clause(
    version: GuidelineVersion, present: dict[str, Any], changed: dict[str, Any] | None
) -> ClauseChange | None:
    """What a proposal changes in one clause."""
    schema = label_schema_of(version)
    found = compare([present], [{**present, **(changed or {})}], schema, schema).clauses
    return found[0] if found else None


def _proposal_lines(review: AgreementReview, base: GuidelineVersion | None) -> list[ProposalLine]:
    """Each proposal beside the clause it changes."""
    changes = selectors.changes_of(review)
    clauses = {clause["key"]: clause for clause in base.clauses} if base else {}
    lines = []
    for proposal in review.proposal_rows.all():
        present = clauses.get(proposal.clause)
        change = compare_clause(base, present, changes[proposal.clause]) if base and present else None
        lines.append(ProposalLine(proposal, change, tuple(proposal.evidence.all())))
    return lines


def review_page(access: Access, review: AgreementReview, *, now: datetime) -> dict[str, Any]:
    """The context of the page of a review."""
    current = current_version(review.project)
    readable = services.read_evidence(access=access, reviews=[review], now=now)
    lines = evidence_lines(current, review.question, readable, review)
    is_open = review.state == AgreementReview.State.OPEN
    published = review.guideline_version
    number = published.number if published else None
    base = get_version(review.project, number - 1) if number and number > 1 else current
    impact = selectors.impact_of(review) if is_open and review.proposal_rows.all() else None
    proposed = {p.clause for p in review.proposal_rows.all()}
    return {
        "review": review,
        "current": current,
        "is_open": is_open,
        "is_manager": access.is_manager,
        "may_close": access.is_manager and review.state in ("open", "published"),
        "asked": _asked(current, review.question),
        "score": rules.alpha_of(review.baseline_run.scores, review.question) if review.baseline_run else None,
        "confusions": [line for line in lines if line.evidence.kind == Evidence.Kind.CONFUSION],
        "cases": [line for line in lines if line.evidence.kind == Evidence.Kind.CASE],
        "unclear": [line for line in lines if line.evidence.kind == Evidence.Kind.UNCLEAR],
        "others": [line for line in lines if line.evidence.kind in ("slice", "score", "note")],
        "proposals": _proposal_lines(review, base),
        "clauses": [c for c in current.clauses if c["key"] not in proposed] if current else [],
        "impact": impact,
        "affected": _affected(current, impact.affected) if impact else [],
        "stale_items": selectors.touched_items(review) if impact and access.is_manager else [],
        "outcome": selectors.outcome_of(review),
    }


def _affected(version: GuidelineVersion | None, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Questions, or one label of them, in the words of the guideline."""
    return [
        _asked(version, question) + (f" {label_titles(version, question).get(label, label)}" if label else "")
        for question, label in pairs
    ]


def _asked(version: GuidelineVersion | None, question: str) -> str:
    schema = label_schema_of(version) if version else None
    return str(schema.question(question)["title"]) if schema and question in schema.by_name else question
