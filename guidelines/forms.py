"""The guideline editor's form: rows of plain texts that can be added to, taken from, and read as a guideline.

The form is its own state: buttons such as "Add a label" post everything and get everything back, so nothing typed is
ever lost and no script is needed.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from guidelines.form_settings import (
    DEFAULTS,
    SETTINGS,
    Row,
    as_number,
    as_text,
    has_labels,
    place_of,
    settings_of,
    settings_row,
    untouched,
    value_of_label,
)
from guidelines.schema.clauses import TEXTS
from guidelines.schema.problems import Problem
from guidelines.schema.registry import KINDS

QUESTION = ("name", "kind", "title", "required", "help", "clause", *SETTINGS)
CHECKED = ("fields", "extra")
"""Fields of a question of which several boxes may be ticked."""
LABEL = ("value", "title", "shortcut", "clause", "opt_out", "exclusive", "parent")
CLAUSE = ("key", "title", "about", *TEXTS)
EXAMPLE = ("text", "answer", "why")
MOST_ROWS = 1000


def blank_label() -> Row:
    return dict.fromkeys(LABEL, "")


def blank_question(kind: str = "choice") -> Row:
    """An empty row, as many labels begun as the kind wants at least."""
    row: Row = dict.fromkeys(QUESTION, "") | {"kind": kind, "required": "on"} | DEFAULTS.get(kind, {})
    return row | {"labels": [blank_label(), blank_label()]}


def blank_clause() -> Row:
    return dict.fromkeys(CLAUSE, "") | {"examples": []}


def blank_example() -> Row:
    return dict.fromkeys(EXAMPLE, "")


@dataclass
class DraftState:
    """What the editor holds. `focus` is the id of the field to put the cursor in after a row was added."""

    questions: list[Row]
    clauses: list[Row]
    note: str = ""
    focus: str = ""
    problems: list[Problem] = field(default_factory=list)


# --- from the stored draft ------------------------------------------------------------------------------------------


def _question_row(question: Mapping[str, Any]) -> Row:
    row = blank_question(str(question.get("kind", "choice")))
    row |= {name: as_text(question.get(name)) for name in ("name", "title", "help", "clause")}
    row |= settings_row(question)
    row["required"] = "on" if question.get("required", True) else ""
    labels = question.get("labels")
    if isinstance(labels, list):
        row["labels"] = [
            {name: as_text(label.get(name)) for name in LABEL}
            | {"opt_out": "on" if label.get("opt_out") else ""}
            | {"exclusive": "on" if label.get("value") in question.get("exclusive", ()) else ""}
            for label in labels
        ]
    return row


def _clause_row(clause: Mapping[str, Any]) -> Row:
    row = blank_clause() | {name: clause.get(name) or "" for name in ("key", "title", *TEXTS)}
    row["about"] = "/".join(clause[name] for name in ("question", "label") if clause.get(name))
    row["examples"] = [{name: as_text(e.get(name)) for name in EXAMPLE} for e in clause.get("examples", [])]
    return row


def state_of(clauses: Sequence[Mapping[str, Any]], label_schema: Mapping[str, Any], note: str) -> DraftState:
    """The editor's rows for a stored draft."""
    questions = [_question_row(question) for question in label_schema.get("questions", [])]
    return DraftState(questions, [_clause_row(clause) for clause in clauses], note)


# --- from a posted form ---------------------------------------------------------------------------------------------


def _rows(post: QueryDict, prefix: str, names: Sequence[str], inner: tuple[str, Sequence[str]] | None) -> list[Row]:
    rows = []
    for index in range(_total(post, prefix)):
        sent = {name: post.getlist(f"{prefix}-{index}-{name}") for name in names}
        row: Row = {
            name: ("\n".join(texts) if name in CHECKED else "".join(texts[-1:])).replace("\r\n", "\n")
            for name, texts in sent.items()
        }
        if inner:
            row[inner[0]] = _rows(post, f"{prefix}-{index}-{inner[0]}", inner[1], None)
        rows.append(row)
    return rows


def _total(post: QueryDict, prefix: str) -> int:
    text = post.get(f"{prefix}-total", "0")
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() else 0


def read_form(post: QueryDict) -> DraftState:
    """The editor's rows as they were sent."""
    return DraftState(
        _rows(post, "questions", QUESTION, ("labels", LABEL)),
        _rows(post, "clauses", CLAUSE, ("examples", EXAMPLE)),
        post.get("note", "").replace("\r\n", "\n"),
    )


# --- adding and taking rows -----------------------------------------------------------------------------------------


def change_rows(state: DraftState, do: str) -> None:
    """Carry out a button: `add-KIND`, `add-clause`, `add:PATH`, `remove:PATH` or `up:PATH`.

    A path is the id of a row or of a list, such as `questions-0-labels-2`. What names nothing is passed over.
    """
    verb, _, path = do.partition(":")
    if do in {f"add-{kind}" for kind in KINDS}:
        state.questions.append(blank_question(do.removeprefix("add-")))
        state.focus = f"questions-{len(state.questions) - 1}-title"
    elif do == "add-clause":
        state.clauses.append(blank_clause())
        state.focus = f"clauses-{len(state.clauses) - 1}-title"
    elif verb == "add":
        _add_inner(state, path)
    elif verb in {"remove", "up"}:
        _move(state, verb, path)


def _find(state: DraftState, path: str) -> tuple[list[Row], int] | None:
    """The list that holds the row at `path`, and its place there."""
    steps = path.split("-")
    rows: list[Row] | None = {"questions": state.questions, "clauses": state.clauses}.get(steps[0])
    while rows is not None and len(steps) >= 2:
        if not (steps[1].isascii() and steps[1].isdigit() and len(steps[1]) < 6 and int(steps[1]) < len(rows)):
            return None
        index = int(steps[1])
        if len(steps) == 2:
            return rows, index
        inner = rows[index].get(steps[2])
        rows, steps = (inner if isinstance(inner, list) else None), steps[2:]
    return None


def _add_inner(state: DraftState, path: str) -> None:
    holder, _, name = path.rpartition("-")
    found = _find(state, holder)
    if found is None or name not in {"labels", "examples"} or name not in found[0][found[1]]:
        return
    rows = found[0][found[1]][name]
    rows.append(blank_label() if name == "labels" else blank_example())
    state.focus = f"{path}-{len(rows) - 1}-{'title' if name == 'labels' else 'text'}"


def _move(state: DraftState, verb: str, path: str) -> None:
    found = _find(state, path)
    if found is None:
        return
    rows, index = found
    if verb == "remove":
        rows.pop(index)
    elif index > 0:
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
        state.focus = f"{path.rpartition('-')[0]}-{index - 1}-title"


# --- to a guideline -------------------------------------------------------------------------------------------------


def _is_blank(row: Row, project_fields: Sequence[Mapping[str, Any]] = ()) -> bool:
    """Whether nothing was entered: every control is empty, or as it stands in a new row of this kind."""
    new = untouched(row.get("kind", ""), project_fields)
    if new and not row["required"]:
        return False  # somebody has taken the tick away
    return not any(
        value.strip() not in {"", new.get(name)} if isinstance(value, str) else [r for r in value if not _is_blank(r)]
        for name, value in row.items()
        if name != "kind"
    )


def drop_blank_rows(state: DraftState, project_fields: Sequence[Mapping[str, Any]] = ()) -> None:
    """Rows in which nothing was entered mean nothing; all others are kept, titled or not."""
    for rows, inner in ((state.questions, "labels"), (state.clauses, "examples")):
        rows[:] = [row for row in rows if not _is_blank(row, project_fields)]
        for row in rows:
            row[inner] = [r for r in row[inner] if not _is_blank(r)]


def key_from(title: str, joint: str) -> str:
    """A key made out of a title, where somebody left the key open."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)[:60]


def fill_in_keys(state: DraftState) -> None:
    for question in state.questions:
        question["name"] = question["name"].strip() or key_from(question["title"], "_")
        for label in question["labels"]:
            label["value"] = label["value"] or key_from(label["title"], "_")
        for label in question["labels"]:
            if label["parent"].strip():
                label["parent"] = value_of_label(label["parent"].strip(), question["labels"])
    for clause in state.clauses:
        clause["key"] = clause["key"].strip() or key_from(clause["title"], "-")


def _question(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    question: dict[str, Any] = {
        "name": row["name"], "kind": row["kind"], "title": row["title"], "required": bool(row["required"])
    }  # fmt: skip
    question |= {name: row[name] for name in ("help", "clause") if row[name].strip()}
    question |= settings_of(row, rows)
    if has_labels(row["kind"]):
        question["labels"] = [
            {"value": label["value"], "title": label["title"]}
            | {name: label[name] for name in ("shortcut", "clause", "parent") if label[name].strip()}
            | ({"opt_out": True} if label["opt_out"] else {})
            for label in row["labels"]
        ]
        exclusive = [label["value"] for label in row["labels"] if label["exclusive"]]
        question |= {"exclusive": exclusive} if exclusive and row["kind"] == "multichoice" else {}
    return question


def _clause(row: Row, kinds: Mapping[str, str]) -> dict[str, Any]:
    question, _, label = row["about"].strip().partition("/")
    clause: dict[str, Any] = {name: row[name] for name in ("key", "title", *TEXTS)}
    clause |= {name: value for name, value in (("question", question), ("label", label)) if value}
    clause["examples"] = [
        {"text": e["text"], "answer": _answer(e["answer"], kinds.get(question, "")), "why": e["why"]}
        for e in row["examples"]
    ]
    return clause


def _answer(text: str, kind: str) -> object:
    """An example's answer: a number for a rating, JSON where it looks like a list or an object, else the text."""
    if not text.strip():
        return None
    if kind in {"rating", "number"} and not isinstance(as_number(text), str):
        return as_number(text)
    if kind != "text" and text.lstrip()[0] in "[{":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def unfinished(state: DraftState) -> list[Problem]:
    """What was entered where it would mean nothing: boxes without a title, answers without their question."""
    found = []
    for part, what, rows in (("label_schema/questions", "question", state.questions),
                             ("clauses", "clause", state.clauses)):  # fmt: skip
        found += [
            Problem(f"#/{part}/{place}/title", f"Give the {what} a title, or clear the box.", "required")
            for place, row in enumerate(rows)
            if not row["title"].strip()
        ]
    return found + [
        Problem(f"#/label_schema/questions/{place}/when/question",
                "Choose the question that was answered so, or clear the answers.", "required")
        for place, row in enumerate(state.questions)
        if row["when_in"].strip() and not row["when_question"].strip()
    ]  # fmt: skip


def content_of(
    state: DraftState, project_fields: Sequence[Mapping[str, Any]] = ()
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Clauses and label schema out of the rows, unchecked. Blank rows are dropped and open keys filled in first.

    `project_fields` tell a field that somebody chose from the one that the editor offers first.
    """
    drop_blank_rows(state, project_fields)
    fill_in_keys(state)
    questions = [_question(row, state.questions) for row in state.questions]
    kinds = {row["name"]: row["kind"] for row in state.questions}
    return [_clause(row, kinds) for row in state.clauses], {"questions": questions}


# --- where a problem belongs ----------------------------------------------------------------------------------------

_PLACES = {"question": "about", "label": "about"}


def field_of(pointer: str, state: DraftState) -> str:
    """The id of the field that a problem is about; of its row, or of the page's part, where there is no such field."""
    steps = [s for s in pointer.removeprefix("#").split("/") if s]
    if steps[:1] == ["label_schema"]:
        steps = steps[1:]
    if not steps or steps[0] not in {"questions", "clauses", "note"}:
        return "draft"
    if steps[0] == "questions" and len(steps) > 2:
        row = state.questions[int(steps[1])] if steps[1].isdigit() and int(steps[1]) < len(state.questions) else None
        steps = [*steps[:2], *place_of(row["kind"] if row else "", steps[2:])]
    known = {"questions": (*QUESTION, "labels"), "clauses": (*CLAUSE, "examples")}.get(steps[0], ())
    if len(steps) == 3 and steps[2] not in known:
        steps = steps[:2] if steps[0] == "questions" else [*steps[:2], _PLACES.get(steps[2], "title")]
    return "-".join(steps)
