"""The two forms of an import: the file, and which of its columns is what."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from annotation.imports import read_mapping
from annotation.imports.preview import guess_format
from core.errors import ConcordError, FieldError
from guidelines.schema.schema import LabelSchema
from intake.readers.registry import READERS

FORMAT_TITLES = {"csv": "CSV, comma separated", "tsv": "TSV, tab separated", "jsonl": "JSON lines", "json": "JSON"}
EXAMPLE = '{"external_id": "id", "fields": {"text": "tweet"}}'


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File", allow_empty_file=True, help_text="UTF-8. CSV, TSV, JSON lines and JSON may be packed with gzip."
    )
    format = forms.ChoiceField(label="Format", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, FORMAT_TITLES.get(name, name.replace("_", " ").capitalize())) for name in READERS]
        self.fields["format"].choices = [("", "By the name of the file"), *known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("file") is not None and not data.get("format"):
            found = guess_format(data["file"].name or "")
            if found is None:
                self.add_error("format", "The name of the file does not tell its format. Choose it here.")
            else:
                data["format"] = found
        return data


def _columns(label: str, columns: Sequence[str], none: str, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", none), *((name, name) for name in columns)], **more
    )


class MappingForm(forms.Form):
    """Selects for the common cases; whatever else a mapping can say goes into its JSON."""

    use_required_attribute = False  # the JSON may stand for every select

    def __init__(
        self, *args: Any, columns: Sequence[str], item_fields: Sequence[dict[str, Any]], schema: LabelSchema | None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self._item_fields, self._questions = item_fields, list(schema.questions) if schema else []
        self.fields["batch"] = forms.CharField(
            label="Name of the batch", required=False, max_length=180, help_text="Empty: the name of the file."
        )
        self.fields["external_id"] = _columns(
            "Id of the item", columns, "None: the file and the line",
            help_text="With it, a later import recognises the same items.",
            initial=_first(columns, ("id", "external_id", "$key", "doc_id")),
        )  # fmt: skip
        for spec in item_fields:
            self._add_field(spec, columns)
        if self._questions:
            self._add_labels(columns)
        self.fields["raw"] = forms.CharField(
            label="Mapping as JSON", required=False, strip=True,
            widget=forms.Textarea(attrs={"class": "code", "rows": 8, "spellcheck": "false"}),
            help_text=f"Used instead of everything above where it is filled in. For example {EXAMPLE}",
        )  # fmt: skip

    def _add_field(self, spec: dict[str, Any], columns: Sequence[str]) -> None:
        required = bool(spec.get("required")) and not self.data.get("raw")
        field = _columns(
            f"{spec.get('title') or spec['name']} ({spec['type']})", columns,
            "Choose a column" if spec.get("required") else "Leave empty",
            initial=_first(columns, (spec["name"],)) or (columns[0] if len(columns) == 1 else ""),
            error_messages={"required": f"The field “{spec['name']}” is required. Name the column that holds it."},
        )  # fmt: skip
        field.required = required
        self.fields[f"field_{spec['name']}"] = field

    def _add_labels(self, columns: Sequence[str]) -> None:
        for question in self._questions:
            self.fields[f"answer_{question['name']}"] = _columns(
                f"Answers to “{question['title']}”", columns, "The file has none"
            )
        self.fields["shape"] = forms.ChoiceField(
            label="What a row holds", required=False,
            choices=[("row", "One annotator's answers"), ("item", "All answers: an object from annotator to answer")],
        )  # fmt: skip
        self.fields["annotator"] = _columns("Annotator", columns, "The file knows none")
        self.fields["identity"] = forms.ChoiceField(
            label="What an annotator's name stands for", required=False,
            choices=[("person", "One person throughout"), ("slot", "A place such as “worker 1”, not a person")],
            help_text="Figures per person and per pair are only made for persons.",
        )  # fmt: skip
        self.fields["null_values"] = forms.CharField(
            label="Words that mean “no answer”", required=False, help_text="Separated by commas, for example NULL, n/a."
        )
        self.fields["repeats"] = forms.ChoiceField(
            label="The same item and annotator twice", required=False,
            choices=[("refuse", "Refuse the file"), ("first", "Keep the first"), ("last", "Keep the last")],
        )  # fmt: skip

    def item_part(self) -> list[Any]:
        """The bound fields about items."""
        return [self[name] for name in self.fields if name in {"batch", "external_id"} or name.startswith("field_")]

    def label_part(self) -> list[Any]:
        """The bound fields about labels, none before a guideline is published."""
        plain = {"shape", "annotator", "identity", "null_values", "repeats"}
        return [self[name] for name in self.fields if name in plain or name.startswith("answer_")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        try:
            data["mapping"] = read_mapping(data["raw"]) if data.get("raw") else self._mapping(data)
        except ConcordError as error:
            self.add_error("raw", [e.detail for e in error.errors] or [error.detail])
        return data

    def _mapping(self, data: dict[str, Any]) -> dict[str, Any]:
        fields = {s["name"]: data[f"field_{s['name']}"] for s in self._item_fields if data.get(f"field_{s['name']}")}
        mapping: dict[str, Any] = {"fields": fields}
        if data.get("external_id"):
            mapping["external_id"] = data["external_id"]
        names = [q["name"] for q in self._questions]
        answers = {name: data[f"answer_{name}"] for name in names if data.get(f"answer_{name}")}
        if data.get("repeats", "refuse") not in {"", "refuse"}:
            mapping["repeats"] = data["repeats"]
        if not answers:
            return mapping
        if words := [word.strip() for word in data.get("null_values", "").split(",") if word.strip()]:
            mapping["null_values"] = words
        mapping["identity"] = data.get("identity") or "person"
        if data.get("shape") == "item":
            return mapping | {"annotators": {"answers": answers}}
        if data.get("annotator"):
            return mapping | {"annotator": data["annotator"], "answers": answers}
        return mapping | {"identity": "none", "answers": answers}

    def add_errors(self, errors: Iterable[FieldError]) -> None:
        """Errors of the service, each at the field that it is about, where there is one."""
        for error in errors:
            steps = error.pointer.removeprefix("#/mapping").strip("/").split("/")
            kind = {"fields": "field_", "answers": "answer_", "external_id": "external_id", "annotator": "annotator"}
            name = kind.get(steps[0], "")
            name += steps[-1] if name.endswith("_") else ""
            self.add_error(name if name in self.fields and not self.data.get("raw") else None, error.detail)


def _first(columns: Sequence[str], wanted: Sequence[str]) -> str:
    lower = {name.lower(): name for name in reversed(columns)}
    return next((lower[name.lower()] for name in wanted if name.lower() in lower), "")
