"""Pure: what proposals make of clauses, and what a run says about one question."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guidelines.schema.schema import LabelSchema

PROPOSED = ("definition", "use_when", "avoid_when", "examples")
"""What a proposal replaces in its clause; key, title and links stay."""


def merge_clauses(
    clauses: Sequence[Mapping[str, Any]], proposals: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The clauses with the proposed texts, in their order. A proposal of a clause that is not there is left out."""
    return [{**clause, **proposals.get(clause["key"], {})} for clause in clauses]


def rows_of_question(scores: object, question: str) -> list[Mapping[str, Any]]:
    """The rows of a run that speak of `question`."""
    rows = scores if isinstance(scores, list) else []
    return [row for row in rows if isinstance(row, Mapping) and row.get("question") == question]


def confusions_of(scores: object, question: str) -> list[Mapping[str, Any]]:
    """The label pairs of the question in a run, the greatest coincidence mass first."""
    found: list[Mapping[str, Any]] = next(
        (row["confusions"] for row in rows_of_question(scores, question) if row.get("confusions")), []
    )
    return sorted(found, key=lambda pair: -pair["count"])


def alpha_of(scores: object, question: str) -> Mapping[str, Any] | None:
    """The row of alpha over everything."""
    return next((row for row in rows_of_question(scores, question) if row.get("coefficient") == "alpha"), None)


def failing_examples(clauses: Iterable[Mapping[str, Any]], schema: LabelSchema) -> list[tuple[str, str]]:
    """(clause, text) of examples whose expected answer is no answer to the clause's question.

    An example without an answer, or in a clause of no question, cannot fail.
    """
    found = []
    for clause in clauses:
        question = clause.get("question")
        if question not in schema.by_name:
            continue
        for example in clause.get("examples", []):
            answer = example.get("answer")
            asked, kind = schema.question(question), schema.kind(question)
            # The text of an example stands for whatever the question is about.
            fields = dict.fromkeys(kind.fields_used(asked).values(), example["text"])
            wrong = kind.validate_answer(asked, answer, fields, "#")
            if answer is not None and wrong:
                found.append((clause["key"], example["text"]))
    return found
