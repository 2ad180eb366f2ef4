"""The contract as a document: its default, its order of keys, and YAML that cannot run or grow."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from yaml.events import AliasEvent

API_VERSION, KIND, ENGINE = "v3.1.0", "DataContract", "concord"
MOST_BYTES = 256 * 1024
ORDER = (
    "apiVersion", "kind", "id", "name", "version", "status", "title", "description", "tenant", "domain", "dataProduct",
    "servers", "schema", "physicalName", "logicalType", "physicalType", "required", "unique", "primaryKey",
    "primaryKeyPosition", "properties", "quality", "type", "engine", "metric", "implementation", "question",
)  # fmt: skip
_PLACE = {name: place for place, name in enumerate(ORDER)}
OWN = frozenset({"item_id", "external_id", "guideline_version", "split", "text_sha256"})
"""Columns of every release. A field that is called so has a column of another name, of which nothing is promised."""
LOGICAL = {"text": "string", "markdown": "string", "image": "string", "number": "number", "chat": "array"}
"""What a release holds of a field. Of a field of type json it may be anything, so nothing is promised."""


def default_document(contract_id: str, name: str, fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What every project promises at first: the columns that each release has, and three gates."""
    properties: list[dict[str, Any]] = [
        {"name": "item_id", "logicalType": "string", "required": True, "unique": True, "primaryKey": True},
        {"name": "external_id", "logicalType": "string", "required": True, "unique": True},
    ]
    properties += [
        {"name": f["name"], "logicalType": LOGICAL[f["type"]], "required": bool(f.get("required", False))}
        for f in fields
        if f.get("type") in LOGICAL and f.get("name") and f["name"] not in OWN
    ]
    properties += [
        {"name": "guideline_version", "logicalType": "integer", "required": False},
        {"name": "split", "logicalType": "string", "required": True},
        {"name": "text_sha256", "logicalType": "string", "required": True},
    ]
    gates = [
        {"metric": "schema"},
        {"metric": "cases_decided", "mustBe": 1},
        {"metric": "stale_share", "mustBeLessOrEqualTo": 0},
    ]
    quality = [{"type": "custom", "engine": ENGINE, "implementation": gate} for gate in gates]
    return {
        "apiVersion": API_VERSION, "kind": KIND, "id": contract_id, "name": f"{name} releases", "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "items", "logicalType": "object", "properties": properties, "quality": quality}],
    }  # fmt: skip


def in_order(value: Any) -> Any:
    """`value` with the keys of every object in the order people read a contract; the database keeps none."""
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: (_PLACE.get(name, len(ORDER) if name != "name" else 0), name))
        return {name: in_order(value[name]) for name in names}
    if isinstance(value, (list, tuple)):
        return [in_order(entry) for entry in value]
    return value


def to_yaml(document: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(in_order(document), sort_keys=False, allow_unicode=True, width=100)
    return text


class NotYaml(ValueError):
    """The text is no YAML that a contract may be written in; the message says why."""


class _PlainLoader(yaml.SafeLoader):
    """YAML without anchors, which let a small text become an endless one, and without dates."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(AliasEvent):
            raise NotYaml("Write every part out: aliases are not read.")
        return super().compose_node(parent, index)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def from_yaml(text: str) -> Any:
    """The document written in `text`. Raises NotYaml."""
    try:
        loader = _PlainLoader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}" if mark else ""
        raise NotYaml(f"The YAML could not be read{where}: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise NotYaml(str(error) if isinstance(error, NotYaml) else "The YAML could not be read.") from error
    except RecursionError as error:
        raise NotYaml("The YAML is nested too deeply.") from error
