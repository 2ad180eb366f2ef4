"""Patterns of cases as a person reads them. What is stored stays: precedents are found by it and the API tells it."""

from collections.abc import Mapping
from typing import Any

from adjudication import rules
from guidelines.schema.preference import EXTRA
from guidelines.schema.schema import LabelSchema
from projects.models import Project

JOINTS = {"multichoice": (", ",), "ranking": (" > ", " = ")}
"""What stands between the parts of one answer."""


def titles_of(project: Project, question: Mapping[str, Any]) -> dict[str, str]:
    """How what stands in an answer by its bare value is called: labels, compared fields, "Tie" and its like."""
    labels = [label for label in question.get("labels", ()) if isinstance(label, Mapping)]
    titles = {label["value"]: str(label["title"]) for label in labels}
    # patterns of labels are stored with their titles, and one label's title may be another's value
    titles |= {title: title for title in titles.values()}
    compared = question.get("fields", ())
    if question["kind"] == "preference":
        titles |= EXTRA
    return titles | {
        spec["name"]: str(spec.get("title") or spec["name"]) for spec in project.fields if spec["name"] in compared
    }


def shown_pattern(project: Project, schema: LabelSchema, name: str, pattern: str) -> str:
    """Each answer of the pattern by its title; what no title can be found for stays as it is stored."""
    if pattern == rules.SKIPPED:
        return "Skipped by everybody"
    if name not in schema.by_name:
        return pattern
    question = schema.question(name)
    titles, joints = titles_of(project, question), JOINTS.get(question["kind"], ())
    return " | ".join(_titled(answer, titles, joints) for answer in pattern.split(" | "))


def _titled(answer: str, titles: Mapping[str, str], joints: tuple[str, ...]) -> str:
    if answer in titles or not joints:
        return titles.get(answer, answer)
    return joints[0].join(_titled(part, titles, joints[1:]) for part in answer.split(joints[0]))
