"""Our own checks of a contract: every refusal names its place and the mend."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import FieldError
from releases.contract.document import API_VERSION, ENGINE, KIND
from releases.gates.base import OPERATORS, holds_threshold
from releases.gates.registry import GATES

TOP = (
    "version", "kind", "apiVersion", "id", "name", "tenant", "tags", "status", "servers", "dataProduct", "description",
    "domain", "schema", "support", "price", "team", "roles", "slaDefaultElement", "slaProperties",
    "authoritativeDefinitions", "customProperties", "contractCreatedTs",
)  # fmt: skip
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
TYPES = ("string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean")
QUALITY = ("text", "library", "sql", "custom")
TABLE = "items"


@dataclass(frozen=True)
class AskedGate:
    """A gate as a contract asks for it."""

    metric: str
    question: str | None
    operator: str
    threshold: Any
    pointer: str

    @property
    def name(self) -> str:
        return f"{self.metric}:{self.question}" if self.question else self.metric


def _quality(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(pointer, rule) of every quality rule, those of columns too."""
    for at, table in enumerate(_list(document.get("schema"))):
        if not isinstance(table, Mapping):
            continue
        base = f"#/schema/{at}"
        for place, rule in enumerate(_list(table.get("quality"))):
            yield f"{base}/quality/{place}", rule
        for column_at, column in enumerate(_list(table.get("properties"))):
            if isinstance(column, Mapping):
                for place, rule in enumerate(_list(column.get("quality"))):
                    yield f"{base}/properties/{column_at}/quality/{place}", rule


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def asked_gates(document: Mapping[str, Any]) -> list[AskedGate]:
    """The gates of a valid contract, in its order."""
    found = []
    for pointer, rule in _quality(document):
        if isinstance(rule, Mapping) and rule.get("type") == "custom" and rule.get("engine") == ENGINE:
            found.append(_asked(rule["implementation"], pointer))
    return found


def unchecked_rules(document: Mapping[str, Any]) -> list[str]:
    """What the contract says and nobody here checks: rules of other engines, by name."""
    found = []
    for _, rule in _quality(document):
        if isinstance(rule, Mapping) and (rule.get("type") != "custom" or rule.get("engine") != ENGINE):
            found.append(str(rule.get("name") or rule.get("metric") or rule.get("type")))
    return found


def _asked(given: Mapping[str, Any], pointer: str) -> AskedGate:
    metric, _, question = str(given["metric"]).partition(":")
    question = question or str(given.get("question") or "")
    gate = GATES[metric]
    for operator in OPERATORS:
        if operator in given:
            return AskedGate(metric, question or None, operator, given[operator], pointer)
    return AskedGate(metric, question or None, gate.operator, gate.threshold, pointer)


def contract_problems(document: Any, questions: tuple[str, ...]) -> list[FieldError]:
    """What is wrong with a contract; `questions` are those that a gate may name."""
    if not isinstance(document, Mapping):
        return [FieldError("#", "A contract is an object.")]
    errors = [*_heading_problems(document), *_schema_problems(document)]
    names: dict[str, str] = {}
    for pointer, rule in _quality(document):
        found = list(_rule_problems(pointer, rule, questions))
        errors += found
        if not found and rule.get("type") == "custom" and rule.get("engine") == ENGINE:
            name = _asked(rule["implementation"], pointer).name
            if name in names:
                errors.append(FieldError(pointer, f"The gate {name} is asked for twice, first at {names[name]}."))
            names.setdefault(name, pointer)
    return errors


def _heading_problems(document: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in sorted(set(document) - set(TOP)):
        yield FieldError(f"#/{name}", "ODCS 3.1 knows no such key here.")
    for name in ("version", "id"):
        if not isinstance(document.get(name), str) or not document[name].strip():
            yield FieldError(f"#/{name}", f"Give “{name}” as a text.")
    if document.get("apiVersion") != API_VERSION:
        yield FieldError("#/apiVersion", f"Write {API_VERSION}: the version of ODCS that is read here.")
    if document.get("kind") != KIND:
        yield FieldError("#/kind", f"Write {KIND}.")
    if document.get("status") not in STATUSES:
        yield FieldError("#/status", f"Use one of {', '.join(STATUSES)}.")


def _schema_problems(document: Mapping[str, Any]) -> Iterator[FieldError]:
    tables = document.get("schema")
    if not isinstance(tables, list) or not tables:
        yield FieldError("#/schema", "Give a list that holds the table “items”.")
        return
    if not any(isinstance(table, Mapping) and table.get("name") == TABLE for table in tables):
        yield FieldError("#/schema", "One table of the schema must be called “items”.")
    for at, table in enumerate(tables):
        base = f"#/schema/{at}"
        if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
            yield FieldError(base, "A table is an object with a name.")
            continue
        for word in ("properties", "quality"):
            if not isinstance(table.get(word, []), list):
                yield FieldError(f"{base}/{word}", "Give a list.")
        yield from _column_problems(table, base)


def _column_problems(table: Mapping[str, Any], base: str) -> Iterator[FieldError]:
    seen: set[str] = set()
    for place, column in enumerate(_list(table.get("properties"))):
        pointer = f"{base}/properties/{place}"
        if not isinstance(column, Mapping) or not isinstance(column.get("name"), str) or not column["name"]:
            yield FieldError(pointer, "A column is an object with a name.")
            continue
        if column["name"] in seen:
            yield FieldError(f"{pointer}/name", f"Two columns are called “{column['name']}”.")
        seen.add(column["name"])
        if column.get("logicalType", "string") not in TYPES:
            yield FieldError(f"{pointer}/logicalType", f"Use one of {', '.join(TYPES)}.")
        for word in ("required", "unique", "primaryKey"):
            if not isinstance(column.get(word, False), bool):
                yield FieldError(f"{pointer}/{word}", "Write true or false.")
        if not isinstance(column.get("quality", []), list):
            yield FieldError(f"{pointer}/quality", "Give a list.")


def _rule_problems(pointer: str, rule: Any, questions: tuple[str, ...]) -> Iterator[FieldError]:
    if not isinstance(rule, Mapping):
        yield FieldError(pointer, "A quality rule is an object.")
    elif rule.get("type", "library") not in QUALITY:
        yield FieldError(f"{pointer}/type", f"Use one of {', '.join(QUALITY)}.")
    elif rule.get("type") == "custom":
        given = rule.get("implementation")
        if not isinstance(rule.get("engine"), str) or given is None:
            yield FieldError(pointer, "A custom rule needs “engine” and “implementation”.")
        elif rule["engine"] == ENGINE:
            yield from _gate_problems(f"{pointer}/implementation", given, questions)


def _gate_problems(pointer: str, given: Any, questions: tuple[str, ...]) -> Iterator[FieldError]:
    if not isinstance(given, Mapping) or not isinstance(given.get("metric"), str):
        yield FieldError(pointer, "Give an object with the metric of a gate.")
        return
    metric, _, question = given["metric"].partition(":")
    gate = GATES.get(metric)
    if gate is None:
        yield FieldError(f"{pointer}/metric", f"There is no gate “{metric}” here. Use one of {', '.join(GATES)}.")
        return
    for name in sorted(set(given) - {"metric", "question", *OPERATORS}):
        yield FieldError(f"{pointer}/{name}", "A gate has a metric, a question and one threshold, nothing else.")
    used = [operator for operator in OPERATORS if operator in given]
    if len(used) > 1:
        yield FieldError(pointer, f"Give one threshold, not {' and '.join(used)}.")
    yield from (
        FieldError(f"{pointer}/{operator}", "The threshold must be a number, or two for a range.")
        for operator in used
        if not holds_threshold(operator, given[operator])
    )
    yield from _question_problems(pointer, gate.per_question, question or given.get("question"), questions)


def _question_problems(
    pointer: str, per_question: bool, question: Any, questions: tuple[str, ...]
) -> Iterator[FieldError]:
    if not per_question:
        if question:
            yield FieldError(f"{pointer}/question", "This gate looks at all questions; leave the question out.")
    elif not isinstance(question, str) or not question:
        yield FieldError(f"{pointer}/question", "Name the question that this gate looks at.")
    elif question not in questions:
        known = ", ".join(questions) or "none yet: publish the guideline first"
        yield FieldError(f"{pointer}/question", f"There is no question “{question}”. Questions: {known}.")
