"""Clauses: the parts of a guideline, each under a stable key."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.text import find_bad_text
from guidelines.schema.problems import Problem, SchemaInvalid, at, check_keys, check_text
from guidelines.schema.schema import LabelSchema

TEXTS = ("definition", "use_when", "avoid_when")
CLAUSE_KEYS = ("key", "title", "question", "label", *TEXTS, "examples")
EXAMPLE_KEYS = ("text", "answer", "why")
MAX_TEXT = 50_000
MAX_CLAUSES = 1000
MAX_EXAMPLES = 200
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,98}[a-z0-9])?", re.ASCII)


def parse_clauses(data: object, base: str = "#/clauses") -> list[dict[str, Any]]:
    """The clauses in `data`, every text present (empty where it was left out). Raises SchemaInvalid.

    An unlinked clause has no `question` and no `label` key, so a clause has one spelling and can be compared.
    """
    if not isinstance(data, list) or len(data) > MAX_CLAUSES:
        raise SchemaInvalid([Problem(base, f"Clauses must be a list of at most {MAX_CLAUSES} objects.", "wrong_type")])
    problems: list[Problem] = []
    seen: set[str] = set()
    for index, clause in enumerate(data):
        problems += list(_clause(clause, at(base, index), seen))
    if problems:
        raise SchemaInvalid(problems)
    return [_normal(clause) for clause in data]


def _clause(clause: object, base: str, seen: set[str]) -> Iterator[Problem]:
    if not isinstance(clause, Mapping):
        yield Problem(base, "A clause must be an object {key, title, definition, ...}.", "wrong_type")
        return
    yield from check_keys(clause, CLAUSE_KEYS, base, "clause")
    key = clause.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield Problem(
            at(base, "key"),
            "Give a key of lower-case letters, digits, “-”, “_” or “.”, such as “insult”.",
            "invalid_key",
        )
    elif key in seen:
        yield Problem(
            at(base, "key"),
            f"Two clauses have the key “{key}”; a key names one clause for ever.",
            "duplicate_key",
        )
    else:
        seen.add(key)
    yield from check_text(clause, "title", base)
    for name in TEXTS:
        yield from check_text(clause, name, base, required=False, blank=True, longest=MAX_TEXT)
    for name in ("question", "label"):
        if clause.get(name) is not None:
            yield from check_text(clause, name, base, longest=200)
    if clause.get("label") is not None and clause.get("question") is None:
        yield Problem(at(base, "question"), "A clause that names a label must name its question too.", "required")
    yield from _examples(clause.get("examples", []), at(base, "examples"))


def _examples(examples: object, base: str) -> Iterator[Problem]:
    if not isinstance(examples, list) or len(examples) > MAX_EXAMPLES:
        yield Problem(
            base,
            f"Examples must be a list of at most {MAX_EXAMPLES} objects {{text, answer, why}}.",
            "wrong_type",
        )
        return
    for index, example in enumerate(examples):
        pointer = at(base, index)
        if not isinstance(example, Mapping):
            yield Problem(pointer, "An example must be an object {text, answer, why}.", "wrong_type")
            continue
        yield from check_keys(example, EXAMPLE_KEYS, pointer, "example")
        yield from check_text(example, "text", pointer, longest=MAX_TEXT)
        yield from check_text(example, "why", pointer, required=False, blank=True, longest=MAX_TEXT)
        bad = find_bad_text(example.get("answer"), at(pointer, "answer"))
        if bad:
            yield Problem(bad[0], bad[1], "bad_text")


def _normal(clause: Mapping[str, Any]) -> dict[str, Any]:
    links = {name: clause[name] for name in ("question", "label") if clause.get(name) is not None}
    examples = [
        {"text": example["text"], "answer": example.get("answer"), "why": example.get("why", "")}
        for example in clause.get("examples", [])
    ]
    texts = {name: clause.get(name, "") for name in TEXTS}
    return {"key": clause["key"], "title": clause["title"], **links, **texts, "examples": examples}


def check_links(clauses: list[dict[str, Any]], schema: LabelSchema, base: str = "#") -> list[Problem]:
    """Links between clauses and label schema that lead nowhere; a draft may hold them, a published version
    not.
    """
    problems: list[Problem] = []
    for index, clause in enumerate(clauses):
        place, question, label = at(base, "clauses", index), clause.get("question"), clause.get("label")
        if question is None:
            continue
        if question not in schema.by_name:
            detail = f"The label schema has no question “{question}”; name one that it has."
            problems.append(Problem(at(place, "question"), detail, "unknown_question"))
        elif label is not None and label not in schema.kind(question).label_values(schema.question(question)):
            detail = f"“{label}” is no label of “{question}”; name one that is."
            problems.append(Problem(at(place, "label"), detail, "unknown_label"))
    keys = {clause["key"] for clause in clauses}
    for index, asked in enumerate(schema.questions):
        place = at(base, "label_schema", "questions", index)
        problems += _clause_link(asked, place, keys)
        labels = asked.get("labels")
        for number, entry in enumerate(labels if isinstance(labels, list) else []):
            problems += _clause_link(entry, at(place, "labels", number), keys)
    return problems


def _clause_link(holder: Mapping[str, Any], base: str, keys: set[str]) -> list[Problem]:
    key = holder.get("clause")
    if key is None or key in keys:
        return []
    return [
        Problem(
            at(base, "clause"),
            f"There is no clause with the key “{key}”; add it or name another.",
            "unknown_clause",
        )
    ]
