"""What a review finds by itself when it opens."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from adjudication.models import Case, Decision
from annotation.selectors import people_annotations
from guidelines.models import GuidelineVersion
from metrics.models import AgreementRun
from projects.models import Project
from reviews import rules
from reviews.models import Evidence

MOST = 20
"""Of each kind: more is not read by anybody, and a confusion beyond the twentieth weighs nothing."""
QUOTES, LONGEST_QUOTE = 5, 500


@dataclass(frozen=True)
class Found:
    """One piece of evidence, not yet part of a review."""

    kind: str
    ref: str = ""
    labels: list[Any] | None = None
    text: str = ""
    count: float | None = None
    share: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    clause: str = ""


def gather(*, project: Project, question: str, run: AgreementRun, version: GuidelineVersion) -> list[Found]:
    """Confusions by coincidence mass, decisions that found a gap, unclear reports by clause, and alpha."""
    return [
        *confusions(run, question),
        *gaps(project, question),
        *unclear_reports(project, question, version),
        *score(run, question),
    ]


def confusions(run: AgreementRun, question: str) -> list[Found]:
    return [as_confusion(run, pair) for pair in rules.confusions_of(run.scores, question)[:MOST] if pair["count"] > 0]


def as_confusion(run: AgreementRun, pair: Any) -> Found:
    return Found(
        kind=Evidence.Kind.CONFUSION, ref=str(run.pk), labels=[pair["a"], pair["b"]], count=pair["count"],
        share=pair["share"], ci_low=pair.get("ci_low"), ci_high=pair.get("ci_high"),
    )  # fmt: skip


def confusion_in(run: AgreementRun, question: str, labels: list[Any]) -> Found | None:
    """What the run measured of these two labels, in whatever order they are named."""
    for pair in rules.confusions_of(run.scores, question):
        if {str(pair["a"]), str(pair["b"])} == {str(label) for label in labels}:
            return as_confusion(run, pair)
    return None


def gap_decisions(project: Project, question: str) -> Any:
    """The decisions in force on this question that found the guideline wanting."""
    return Decision.objects.filter(
        case__project=project, case__question=question, case__state=Case.State.DECIDED, ended_event=None,
        guideline_gap=True,
    )  # fmt: skip


def gaps(project: Project, question: str) -> list[Found]:
    """Decided cases, those of the clause that most decisions blame first."""
    rows = list(gap_decisions(project, question).values_list("pk", "clauses", "case__weight"))
    blamed = Counter(clause for _, clauses, _ in rows for clause in set(clauses))

    def worst(clauses: list[str]) -> str:
        return max(clauses, key=lambda clause: (blamed[clause], clause), default="")

    rows.sort(key=lambda row: (-blamed[worst(row[1])], -row[2], row[0]))
    kept = {pk: worst(clauses) for pk, clauses, _ in rows[:MOST]}
    decisions = Decision.objects.in_bulk(list(kept))
    return [
        Found(
            kind=Evidence.Kind.CASE, ref=str(decisions[pk].case_id), text=decisions[pk].rationale, clause=clause,
            count=blamed[clause] or 1,
        )
        for pk, clause in kept.items()
    ]  # fmt: skip


def unclear_reports(project: Project, question: str, version: GuidelineVersion) -> list[Found]:
    """How often annotators reported each clause that bears on the question, with their words."""
    bearing = {clause["key"] for clause in version.clauses if clause.get("question") in (None, question)}
    rows = people_annotations(project).filter(unclear__isnull=False)
    notes: dict[str, list[str]] = {}
    for report in rows.order_by("-pk").values_list("unclear", flat=True):
        said: dict[str, Any] = report or {}
        clause = str(said.get("clause") or "")
        if clause in bearing:
            notes.setdefault(clause, []).append(str(said.get("note") or "").strip())
    found = [
        Found(kind=Evidence.Kind.UNCLEAR, ref=clause, clause=clause, count=len(told), text=quotes(told))
        for clause, told in notes.items()
    ]
    return sorted(found, key=lambda f: (-(f.count or 0), f.clause))[:MOST]


def quotes(notes: list[str]) -> str:
    """Up to five different notes, one a line."""
    different = list(dict.fromkeys(" ".join(note.split())[:LONGEST_QUOTE] for note in notes if note))
    return "\n".join(different[:QUOTES])


def score(run: AgreementRun, question: str) -> list[Found]:
    row = rules.alpha_of(run.scores, question)
    if row is None:
        return []
    return [Found(kind=Evidence.Kind.SCORE, ref=str(run.pk), text=score_text(row))]


def score_text(row: Any) -> str:
    """Alpha with its interval and n in one line, or why there is none."""
    name = f"Alpha ({row.get('distance', 'nominal')})"
    over = f"{row.get('n_items', 0)} items by {row.get('n_annotators', 0)} annotators"
    if row.get("value") is None:
        return f"{name} is not shown: {row.get('reason') or row.get('undefined')} ({over})"
    shown = f"{name} {row['value']:.3f}"
    if row.get("ci_low") is not None:
        shown += f", 95 % interval {row['ci_low']:.3f} to {row['ci_high']:.3f}"
    return f"{shown}, {over}"
