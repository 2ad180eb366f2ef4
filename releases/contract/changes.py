"""Which changes of a contract break those who consume its releases."""

from collections.abc import Iterator, Mapping
from typing import Any

from releases.contract.checks import AskedGate, asked_gates

Change = dict[str, Any]


def contract_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """[{pointer, breaking, detail}]: columns that go or change break consumers, a weaker gate does too."""
    return [*_headings(before, after), *_columns(before, after), *_gates(before, after)]


def _change(pointer: str, detail: str, *, breaking: bool) -> Change:
    return {"pointer": pointer, "breaking": breaking, "detail": detail}


def _headings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted((set(before) | set(after)) - {"schema"}):
        if before.get(name) != after.get(name):
            word = "was added" if name not in before else "was removed" if name not in after else "changed"
            yield _change(f"#/{name}", f"{name} {word}.", breaking=name == "id")


def _properties(document: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, Mapping[str, Any]]]:
    return {
        (table["name"], column["name"]): (f"#/schema/{at}/properties/{place}", column)
        for at, table in enumerate(document["schema"])
        for place, column in enumerate(table.get("properties", []))
    }


def _columns(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = _properties(before), _properties(after)
    for key, (pointer, column) in old.items():
        name = key[1]
        if key not in new:
            yield _change(pointer, f"The column {name} is no longer promised.", breaking=True)
            continue
        there, other = new[key]
        if column.get("logicalType") != other.get("logicalType"):
            detail = f"The column {name} was {column.get('logicalType')} and is {other.get('logicalType')}."
            yield _change(f"{there}/logicalType", detail, breaking=True)
        for word in ("required", "unique"):
            was, now = bool(column.get(word)), bool(other.get(word))
            if was != now:
                sentence = f"The column {name} is {'now' if now else 'no longer'} {word}."
                yield _change(f"{there}/{word}", sentence, breaking=was)
    for key, (pointer, _) in new.items():
        if key not in old:
            yield _change(pointer, f"The column {key[1]} is promised too.", breaking=False)


def _gates(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old = {gate.name: gate for gate in asked_gates(before)}
    new = {gate.name: gate for gate in asked_gates(after)}
    for name, gate in old.items():
        if name not in new:
            yield _change(gate.pointer, f"The gate {name} is no longer checked.", breaking=True)
        elif (gate.operator, gate.threshold) != (new[name].operator, new[name].threshold):
            yield _change(new[name].pointer, f"The gate {name}: {_threshold(gate, new[name])}.",
                          breaking=_is_weaker(gate, new[name]))  # fmt: skip
    for name, gate in new.items():
        if name not in old:
            yield _change(gate.pointer, f"The gate {name} is checked too.", breaking=False)


def _threshold(before: AskedGate, after: AskedGate) -> str:
    return f"{before.operator} {before.threshold} became {after.operator} {after.threshold}"


def _is_weaker(before: AskedGate, after: AskedGate) -> bool:
    """A lower floor or a higher ceiling promises less; another operator counts as breaking."""
    if before.operator != after.operator:
        return True
    try:
        if "Greater" in before.operator:
            return float(after.threshold) < float(before.threshold)
        if "Less" in before.operator:
            return float(after.threshold) > float(before.threshold)
    except TypeError:
        return True
    return True
