"""The clause of the guideline that says what a label means."""

from typing import Any

from guidelines.models import GuidelineVersion
from guidelines.schema.kind import Coded
from guidelines.selectors import label_schema_of


def clause_of(version: GuidelineVersion, question: str, value: Coded) -> dict[str, Any] | None:
    """The clause that the label names, else the one that names the label, else that of the whole question."""
    clauses = {clause["key"]: clause for clause in version.clauses}
    asked = label_schema_of(version).by_name.get(question, {})
    for entry in asked.get("labels", ()):
        if isinstance(entry, dict) and str(entry.get("value")) == str(value) and entry.get("clause") in clauses:
            return dict(clauses[entry["clause"]])
    for clause in version.clauses:
        if clause.get("question") == question and str(clause.get("label")) == str(value):
            return dict(clause)
    return dict(clauses[asked["clause"]]) if asked.get("clause") in clauses else None
