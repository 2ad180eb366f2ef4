"""What the pages of cases show: texts, answers, clauses and options, ready for the templates."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from adjudication import rules
from adjudication.marks import DrawnBox, Piece, boxes_of, pieces_of
from adjudication.models import Case, Decision
from adjudication.own import Asked
from adjudication.selectors import CaseAnswer, Precedent, answers_of, decisions_of, precedents_for, remarks_of
from adjudication.selectors.aggregations import proposals_for
from adjudication.views.patterns import shown_pattern
from annotation.shown import preview_of, shown_fields
from core.canonical import canonical_json
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import clause_body, current_version, label_schema_of
from metrics.stats.aggregation.methods import METHODS
from projects.models import Project

MOST_OPTIONS, MOST_SHARES = 100, 5
PREVIEW = 140


@dataclass(frozen=True)
class Option:
    """An answer that can be chosen: its JSON, its words, who chose it."""

    value: str
    title: str
    letters: list[str]
    key: str = ""


@dataclass(frozen=True)
class Card:
    """One annotator's answer, side by side with the others."""

    letter: str
    title: str
    note: str
    value: str
    key: str
    pieces: list[Piece]
    boxes: list[DrawnBox]


def schema_of(project: Project) -> LabelSchema:
    version = current_version(project)
    return label_schema_of(version) if version is not None else LabelSchema(())


def question_title(schema: LabelSchema, name: str) -> str:
    return str(schema.question(name)["title"]) if name in schema.by_name else name


def shown_answer(schema: LabelSchema, case: Case, answer: Any) -> str:
    """An answer to the case's question as a person reads it beside the item."""
    if case.question not in schema.by_name:
        return str(answer)
    question = schema.question(case.question)
    words = schema.kind(case.question).display_in(question, answer, case.item.fields)
    # the kinds know the names of fields, and the project what these are called
    return shown_pattern(case.project, schema, case.question, words) if question.get("fields") else words


def preview(project: Project, case: Case) -> str:
    """The first text of the item, cut."""
    return preview_of(project, case.item, PREVIEW)


def cards(schema: LabelSchema, case: Case, answers: list[CaseAnswer]) -> list[Card]:
    question = schema.question(case.question) if case.question in schema.by_name else {"kind": ""}
    return [
        Card(
            letter=answer.letter,
            title="" if answer.answer is None else shown_answer(schema, case, answer.answer),
            note=answer.note,
            value="" if answer.answer is None else _value_of(schema, case.question, answer.answer),
            key=str(index) if index <= 9 else "",
            pieces=pieces_of(question, answer.answer, case.item.fields) if question["kind"] == "spans" else [],
            boxes=boxes_of(answer.answer) if question["kind"] == "boxes" else [],
        )
        for index, answer in enumerate(answers, start=1)
    ]


def _value_of(schema: LabelSchema, question: str, answer: Any) -> str:
    """An answer as JSON, equal for equal answers: sets in one order."""
    if question in schema.by_name:
        answer = schema.kind(question).canonical(schema.question(question), answer)
    return canonical_json(answer).decode()


def asked_of(project: Project, case: Case) -> Asked | None:
    """The question as the guideline in force asks it."""
    schema = schema_of(project)
    return (schema.kind(case.question), schema.question(case.question)) if case.question in schema.by_name else None


def options(schema: LabelSchema, case: Case, given: list[Card]) -> list[Option]:
    """The answers to choose from: all labels where they are a set, else those that were given."""
    found: list[tuple[str, str]] = []
    if case.question in schema.by_name:
        values = schema.kind(case.question).condition_values(schema.question(case.question)) or []
        found = [(canonical_json(value).decode(), shown_answer(schema, case, value)) for value in values[:MOST_OPTIONS]]
    if not found:
        found = sorted({(card.value, card.title) for card in given if card.value})
    return [
        Option(value, title, [card.letter for card in given if card.value == value], str(index) if index <= 9 else "")
        for index, (value, title) in enumerate(found, start=1)
    ]


def clauses_of(project: Project, case: Case) -> list[dict[str, Any]]:
    """The clauses in force, those of the question first."""
    version = current_version(project)
    bodies = [clause_body(clause) for clause in version.clauses] if version is not None else []
    return sorted(bodies, key=lambda clause: clause["question"] != case.question)


def precedent_rows(project: Project, schema: LabelSchema, precedents: list[Precedent]) -> list[dict[str, Any]]:
    return [
        {
            "preview": preview(project, found.case),
            "pattern": shown_pattern(project, schema, found.case.question, found.case.pattern),
            "decision": found.decision,
            "answer": shown_decision(schema, found.case, found.decision),
            "outdated": found.outdated,
        }
        for found in precedents
    ]


def shown_decision(schema: LabelSchema, case: Case, decision: Decision) -> str:
    words = {
        Decision.Outcome.NO_ANSWER: "No label is right",
        Decision.Outcome.KEEP_DISAGREEMENT: "Kept as disagreement",
        Decision.Outcome.BAD_ITEM: "The item is bad",
    }
    if decision.outcome == Decision.Outcome.ANSWER:
        return shown_answer(schema, case, decision.answer)
    return words[Decision.Outcome(decision.outcome)]


def proposal_rows(project: Project, schema: LabelSchema, case: Case) -> list[dict[str, Any]]:
    """What models of the annotators propose, in words."""
    return [
        {
            "run": run,
            "method": METHODS[run.method],
            "reason": run.comparisons[run.method].get("reason"),
            "short": run.comparisons[run.method].get("short", []),
            "answer": None if row.answer is None else shown_answer(schema, case, row.answer),
            "shares": [
                {"answer": shown_answer(schema, case, entry["answer"]), "share": rules.percent_of(entry["share"])}
                for entry in row.distribution[:MOST_SHARES]
            ],
        }
        for run, row in proposals_for(project, case)
    ]


def case_context(project: Project, case: Case, viewer: User, *, with_answers: bool) -> dict[str, Any]:
    """Everything the page of one case shows. Without answers where the viewer has not opened it."""
    schema = schema_of(project)
    given = cards(schema, case, answers_of([case])[case.pk]) if with_answers else []
    decisions = [
        {
            "decision": decision,
            "answer": shown_decision(schema, case, decision),
            "shares": [
                {"answer": shown_answer(schema, case, row["answer"]), "percent": round(row["share"] * 100)}
                for row in decision.distribution
            ],
        }
        for decision in decisions_of(case)
    ]
    return {
        "case": case,
        "question": question_title(schema, case.question),
        "drawn_on": schema.question(case.question).get("field") if case.question in schema.by_name else None,
        "pattern": shown_pattern(project, schema, case.question, case.pattern),
        "skipped": case.pattern == rules.SKIPPED,
        "item_fields": shown_fields(project, case.item),
        "cards": given,
        "options": options(schema, case, given),
        "clauses": clauses_of(project, case),
        "precedents": precedent_rows(project, schema, precedents_for(project, [case], viewer, alike=True)[case.pk]),
        "decisions": decisions if with_answers else [],
        "remarks": remarks_of(case),
        "proposals": proposal_rows(project, schema, case) if with_answers else [],
    }
