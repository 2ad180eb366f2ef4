"""The form of a new slice: what may be chosen comes from the project's own items, labels and people."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django import forms

from core.errors import FieldError
from intake.selectors import visible_batches
from metrics.attributes import Key, keys_of
from metrics.definitions import labels_of
from metrics.questions import Measured
from metrics.services.slices import LONGEST_NAME
from metrics.slicewords import KIND_WORDS
from projects.forms import ProblemForm
from projects.models import Project
from projects.selectors import teams_of

MOST_BATCHES: Final = 100
MOST_BOXES: Final = 12
NOTHING: Final = [("", "(none)")]
DAY: Final = timedelta(days=1)


class SliceForm(ProblemForm):
    """Every part that is filled in narrows further. `definition()` is what it asks for."""

    name = forms.CharField(
        max_length=LONGEST_NAME, label="Name", help_text="Short and plain: it stands in every list, such as “Dutch”."
    )
    number_key = forms.ChoiceField(required=False, label="A number")
    number_from = forms.FloatField(required=False, label="from", widget=forms.NumberInput(attrs={"step": "any"}))
    number_to = forms.FloatField(required=False, label="to", widget=forms.NumberInput(attrs={"step": "any"}))
    text_key = forms.ChoiceField(required=False, label="A text")
    text_holds = forms.CharField(required=False, max_length=200, label="contains")
    answered_from = forms.DateField(
        required=False, label="Answered from", widget=forms.DateInput(attrs={"type": "date"})
    )
    answered_to = forms.DateField(
        required=False, label="Answered to", help_text="This day is in it.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, project: Project, questions: Mapping[str, Measured], numbers: list[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys_of(project)
        self._titles = {str(f["name"]): str(f.get("title") or f["name"]) for f in project.fields}
        self.value_fields = self._offer_values()
        self._offer("batches", "In batch", [(str(b.pk), b.name) for b in _batches(project)])
        self._offer("teams", "Answered by team", [(str(team.pk), team.name) for team in teams_of(project)])
        self._offer("annotators", "Answered by", list(KIND_WORDS.items()))
        self._offer("versions", "Answered under", [*((str(n), f"v{n}") for n in numbers), ("none", "no version")])
        self.label_fields = self._offer_labels(questions)
        for name, keys in (("number_key", self._of(number=True)), ("text_key", self._of(number=False))):
            self.fields[name].choices = [*NOTHING, *keys]  # type: ignore[attr-defined]
        self._where: list[tuple[dict[str, Any], str]] = []

    def _of(self, *, number: bool) -> list[tuple[str, str]]:
        kept = [key for key in self.keys if key.is_number == number]
        return [(f"{key.attribute.by}.{key.attribute.name}", self.title_of(key)) for key in kept]

    def title_of(self, key: Key) -> str:
        """What people call a field or a key."""
        name = key.attribute.name
        return self._titles.get(name, name) if key.attribute.by == "field" else name

    def _offer(self, name: str, label: str, choices: list[tuple[str, str]]) -> bool:
        """Boxes to tick, a list where there are many, nothing where there is no choice."""
        if len(choices) < 2:
            return False
        widget = forms.CheckboxSelectMultiple if len(choices) <= MOST_BOXES else forms.SelectMultiple
        self.fields[name] = forms.MultipleChoiceField(required=False, label=label, choices=choices, widget=widget)
        return True

    def _offer_values(self) -> dict[str, Key]:
        offered = {}
        for place, key in enumerate(self.keys):
            name = f"values_{place}"
            if self._offer(name, self.title_of(key), [(value, value) for value in key.values]):
                offered[name] = key
        return offered

    def _offer_labels(self, questions: Mapping[str, Measured]) -> dict[str, tuple[str, list[Any]]]:
        offered = {}
        for place, asked in enumerate(questions.values()):
            labels, name = labels_of(asked), f"labels_{place}"
            choices = [(str(at), asked.title_of(label)) for at, label in enumerate(labels)]
            if self._offer(name, f"Somebody answered “{asked.title}” with", choices):
                offered[name] = (asked.name, labels)
        return offered

    def definition(self) -> dict[str, Any]:
        """What the valid form asks for, as `metrics.slices` reads it."""
        self._where = list(self._conditions(self.cleaned_data))
        return {"where": [condition for condition, _ in self._where]}

    def _conditions(self, data: Mapping[str, Any]) -> Any:
        """Each condition with the field of the form that asks for it."""
        for name, key in self.value_fields.items():
            if data.get(name):
                yield {"by": key.attribute.by, "name": key.attribute.name, "is": "one_of", "values": data[name]}, name
        ends = {end: data[f"number_{end}"] for end in ("from", "to") if data.get(f"number_{end}") is not None}
        if data.get("number_key") or ends:
            yield {**_named(data.get("number_key")), "is": "between", **ends}, "number_key"
        if data.get("text_key") or data.get("text_holds"):
            yield {**_named(data.get("text_key")), "is": "contains", "value": data.get("text_holds")}, "text_key"
        for name, (question, labels) in self.label_fields.items():
            if data.get(name):
                yield {"by": "label", "name": question, "values": [labels[int(at)] for at in data[name]]}, name
        for name, by in (("batches", "batch"), ("teams", "team"), ("annotators", "annotators")):
            if data.get(name):
                yield {"by": by, "values": data[name]}, name
        if data.get("versions"):
            values = [value if value == "none" else int(value) for value in data["versions"]]
            yield {"by": "guideline_version", "values": values}, "versions"
        yield from self._window(data)

    @staticmethod
    def _window(data: Mapping[str, Any]) -> Any:
        from_, to = data.get("answered_from"), data.get("answered_to")
        if from_ or to:
            ends = {"from": from_.isoformat() if from_ else None, "to": (to + DAY).isoformat() if to else None}
            yield {"by": "answered", **{end: day for end, day in ends.items() if day}}, "answered_from"

    def add_problems(self, detail: str, errors: tuple[FieldError, ...]) -> None:
        """At the field that asked for the condition which is wrong."""
        for error in errors:
            _, _, rest = error.pointer.partition("/where/")
            place = rest.split("/")[0]
            if place.isdigit() and int(place) < len(self._where):
                self.add_error(self._where[int(place)][1], error.detail)
            elif error.pointer.endswith("/where"):
                self.add_error(None, "Choose at least one thing that narrows it down.")
            else:
                super().add_problems(error.detail, (error,))
        if not errors:
            self.add_error(None, detail)


def _batches(project: Project) -> Any:
    return visible_batches(project).order_by("-pk")[:MOST_BATCHES]


def _named(text: Any) -> dict[str, Any]:
    by, _, name = str(text or "metadata.").partition(".")
    return {"by": by, "name": name}
