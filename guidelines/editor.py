"""The guideline editor as its template shows it: fields with their errors, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guidelines.form_settings import Row, fitting_fields, has_labels, lines_of
from guidelines.forms import DraftState, field_of
from guidelines.schema.preference import EXTRA
from guidelines.schema.problems import Problem
from guidelines.schema.registry import KINDS

KIND_NAMES = {
    "choice": "choice", "multichoice": "multiple choice", "rating": "rating", "number": "number", "text": "text",
    "spans": "spans", "boxes": "boxes", "ranking": "ranking", "preference": "preference",
}  # fmt: skip
KIND_USES = {
    "choice": "one label out of several", "multichoice": "any of several labels",
    "rating": "a step of an ordered scale", "number": "a free number", "text": "free words, which are not measured",
    "spans": "stretches of a text, each with a label", "boxes": "places in an image, each with a label",
    "ranking": "an order of options or fields, ties allowed", "preference": "the better one of two fields",
}  # fmt: skip
CROSSINGS = (
    ("none", "never: each character has one label at most"),
    ("nested", "one inside the other"),
    ("any", "in any way"),
)
LEVELS = (("interval", "interval: differences mean something"), ("ratio", "ratio: zero means none"))
ABOUT = {
    "spans": "Places are counted in characters of the stored text. A chat is read as its turns, one after the other.",
    "boxes": "Boxes are kept as shares of the image, so another size of the same image does not move them.",
    "ranking": "Ranks may be shared, and an option may be left out: pairs with it are then not compared.",
    "preference": "The sides are drawn anew for each item and person; the answer is the field, never the side."
    " “Cannot judge” is left out of agreement and its share is shown.",
}
FIELD_TITLES = {"spans": "Text that is marked", "boxes": "Image that is marked"}
STEERING = frozenset({"choice", "rating", "preference"})
"""The kinds whose answers another question may wait for."""
LIMITS = {
    "number": (("min", "Lowest"), ("max", "Highest")),
    "multichoice": (("min", "Choose at least"), ("max", "Choose at most")),
}


@dataclass(frozen=True)
class Field:
    """One control. `id` is its name too.

    `widget` is text, area, check, select, checks (several of `choices`), or prose (with a preview).
    """

    id: str
    title: str
    value: str
    errors: tuple[str, ...] = ()
    widget: str = "text"
    hint: str = ""
    optional: bool = False
    options: str = ""
    short: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> list[str]:
        return lines_of(self.value)


@dataclass(frozen=True)
class LabelRow:
    id: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class QuestionBox:
    id: str
    title: str
    kind: str
    kind_name: str
    fields: tuple[Field, ...]
    settings: tuple[Field, ...]
    more: tuple[Field, ...]
    more_open: bool
    labels: tuple[LabelRow, ...]
    label_values: tuple[str, ...]
    has_labels: bool
    errors: tuple[str, ...]
    about: str
    """What the person who writes the question should know of its kind."""


@dataclass(frozen=True)
class ExampleRow:
    id: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class ClauseBox:
    id: str
    title: str
    fields: tuple[Field, ...]
    texts: tuple[Field, ...]
    examples: tuple[ExampleRow, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Editor:
    questions: tuple[QuestionBox, ...]
    clauses: tuple[ClauseBox, ...]
    note: Field
    problems: tuple[tuple[str, str], ...]
    focus: str
    clause_keys: tuple[str, ...]
    abouts: tuple[str, ...]
    kinds: tuple[tuple[str, str, str], ...]
    """Name, title, and what it is for."""


class _Builder:
    def __init__(
        self, state: DraftState, problems: Iterable[Problem], project_fields: Sequence[Mapping[str, Any]]
    ) -> None:
        self.state = state
        self.problems = tuple((field_of(problem.pointer, state), problem.detail) for problem in problems)
        self.project_fields = project_fields

    def errors(self, id: str) -> tuple[str, ...]:  # noqa: A002  # HTML's name
        return tuple(detail for where, detail in self.problems if where == id)

    def field(self, base: str, name: str, title: str, row: Row, widget: str = "text", **more: object) -> Field:
        place = f"{base}-{name}"
        return Field(place, title, row[name], self.errors(place), widget, **more)  # type: ignore[arg-type]

    def question(self, index: int, row: Row) -> QuestionBox:
        base, listed = f"questions-{index}", has_labels(row["kind"])
        fields = (
            self.field(base, "title", "Question", row),
            self.field(base, "name", "Short name", row, optional=True, short=True,
                       hint="Left empty, it is made from the question."),
            self.field(base, "required", "Must be answered", row, "check"),
        )  # fmt: skip
        settings = self.settings(base, row)
        more = (
            self.field(base, "help", "Help text", row, optional=True),
            self.field(base, "clause", "Clause about the whole question", row, optional=True, options="clause-keys"),
            *self.condition(base, index, row),
        )  # fmt: skip
        kind = str(row["kind"])
        labels = tuple(self.label(f"{base}-labels-{n}", n, label, kind) for n, label in enumerate(row["labels"]))
        return QuestionBox(
            base, row["title"] or f"Question {index + 1}", kind, KIND_NAMES.get(kind, kind),
            fields, settings, more, any(f.value or f.errors for f in more), labels,
            tuple(label["value"] for label in row["labels"] if label["value"]), listed,
            self.errors(base) + self.errors(f"{base}-labels") + self.errors(f"{base}-kind"), ABOUT.get(kind, ""),
        )  # fmt: skip

    def settings(self, base: str, row: Row) -> tuple[Field, ...]:
        """The fields of what the question's kind adds."""
        kind = row["kind"]
        names = KINDS[kind].settings if kind in KINDS else ()
        free = kind in LIMITS
        found = [self.field(base, name, title, row, short=True, optional=free)
                 for name, title in LIMITS.get(kind, LIMITS["number"]) if name in names]  # fmt: skip
        if "level" in names:
            found.append(self.field(base, "level", "Scale", row, "select", choices=LEVELS))
        if "max_length" in names:
            found.append(self.field(base, "max_length", "Most characters", row, optional=True, short=True))
        if "labels" in names and not has_labels(kind):
            found.append(self.field(base, "steps", "Names of steps", row, "area", optional=True,
                                    hint="One a line, such as “1 = very poor”. Name at least both ends."))  # fmt: skip
        if "field" in names:
            found.append(self.item_field(base, "field", FIELD_TITLES.get(kind, "Field"), row))
        if "crossing" in names:
            found.append(self.field(base, "crossing", "Spans may overlap", row, "select", choices=CROSSINGS))
        return (*found, *self.compared(base, row))

    def compared(self, base: str, row: Row) -> list[Field]:
        """What a ranking orders, or a preference chooses from."""
        if row["kind"] == "ranking":
            fields = self.item_fields(row, *lines_of(row["fields"]))
            hint = "One a line, as data files will hold them. Left empty, fields of the item are ranked."
            found = [self.field(base, "options", "Options", row, "area", optional=True, hint=hint)]
            return found + [self.field(base, "fields", "Or rank these fields", row, "checks", choices=fields)] * bool(
                fields
            )
        if row["kind"] == "preference":
            return [
                self.item_field(base, "field_a", "One field", row),
                self.item_field(base, "field_b", "The other field", row, place=1),
                self.field(base, "extra", "Further answers", row, "checks", choices=tuple(EXTRA.items())),
            ]
        return []

    def item_fields(self, row: Row, *used: str) -> tuple[tuple[str, str], ...]:
        """The project's fields that such a question may be about, and those it is about though they are gone."""
        known = fitting_fields(row["kind"], self.project_fields)
        return (*known.items(), *((name, f"{name} (no such field)") for name in used if name not in known))

    def item_field(self, base: str, name: str, title: str, row: Row, place: int = 0) -> Field:
        """A select of one field; where nothing was chosen yet, the first that fits is, or the one at `place`."""
        choices = self.item_fields(row, *([row[name]] if row[name] else []))
        if not choices:
            wanted = " or ".join(KINDS[row["kind"]].field_types or ("text",))
            hint = f"The project has no field of type {wanted} yet. A program can add one over the API."
            return self.field(base, name, title, row, "select", choices=(("", "no field fits"),), hint=hint)
        chosen = row[name] or choices[min(place, len(choices) - 1)][0]
        return self.field(base, name, title, row | {name: chosen}, "select", choices=choices)

    def condition(self, base: str, index: int, row: Row) -> list[Field]:
        """When the question is asked, where an earlier one can decide that."""
        earlier = [known for known in self.state.questions[:index] if known["name"] and known["kind"] in STEERING]
        if not earlier and not row["when_question"] and not row["when_in"].strip():
            return []
        names = [("", "always"), *((known["name"], f"after “{known['title']}”") for known in earlier)]
        if row["when_question"] and row["when_question"] not in dict(names):
            names.append((row["when_question"], row["when_question"]))
        hint = "One answer a line: labels, steps of a rating, or the field that was preferred."
        return [
            self.field(base, "when_question", "Ask", row, "select", choices=tuple(names)),
            self.field(base, "when_in", "if it was answered with", row, "area", optional=True, hint=hint),
        ]

    def label(self, base: str, number: int, row: Row, kind: str) -> LabelRow:
        marks = {"multichoice": ("exclusive", "Stands alone"), "choice": ("opt_out", "Opt-out")}
        values = f"{base.rpartition('-')[0]}-values"
        fields = [
            self.field(base, "title", "Label", row),
            self.field(base, "value", "Stored value", row, optional=True),
            self.field(base, "clause", "Clause", row, optional=True, options="clause-keys"),
            self.field(base, "parent", "Under", row, optional=True, options=values),
            self.field(base, "shortcut", "Shortcut", row, optional=True, short=True),
        ]
        if kind in marks:
            fields.append(self.field(base, *marks[kind], row, "check"))
        return LabelRow(base, row["title"] or f"label {number + 1}", tuple(fields))

    def clause(self, index: int, row: Row) -> ClauseBox:
        base = f"clauses-{index}"
        fields = (
            self.field(base, "title", "Title", row),
            self.field(base, "key", "Key", row, optional=True,
                       hint="Left empty, it is made from the title."),
            self.field(base, "about", "About", row, optional=True, options="abouts",
                       hint="A question, question/label, or nothing."),
        )  # fmt: skip
        texts = (
            self.field(base, "definition", "Definition", row, "prose"),
            self.field(base, "use_when", "Use when", row, "prose", optional=True),
            self.field(base, "avoid_when", "Avoid when", row, "prose", optional=True),
        )
        examples = tuple(self.example(f"{base}-examples-{n}", e) for n, e in enumerate(row["examples"]))
        errors = self.errors(base) + self.errors(f"{base}-examples")
        return ClauseBox(base, row["title"] or f"Clause {index + 1}", fields, texts, examples, errors)

    def example(self, base: str, row: Row) -> ExampleRow:
        return ExampleRow(
            base,
            (
                self.field(base, "text", "Text", row, "area"),
                self.field(base, "answer", "Right answer", row, optional=True),
                self.field(base, "why", "Why", row, optional=True),
            ),
        )


def build_editor(
    state: DraftState, problems: Iterable[Problem] = (), project_fields: Sequence[Mapping[str, Any]] = ()
) -> Editor:
    """What the editor's template needs. `project_fields` are those that questions may be about."""
    builder = _Builder(state, problems, project_fields)
    abouts = []
    for row in state.questions:
        abouts += [row["name"]] if row["name"] else []
        if row["name"] and has_labels(row["kind"]):
            abouts += [f"{row['name']}/{label['value']}" for label in row["labels"] if label["value"]]
    return Editor(
        tuple(builder.question(n, row) for n, row in enumerate(state.questions)),
        tuple(builder.clause(n, row) for n, row in enumerate(state.clauses)),
        Field("note", "Note", state.note, builder.errors("note"), "area",
              "What this version says and why, in a sentence. Everybody sees it in the history."),
        builder.problems, state.focus, tuple(row["key"] for row in state.clauses if row["key"]), tuple(abouts),
        tuple((name, KIND_NAMES.get(name, name), KIND_USES.get(name, "")) for name in KINDS),
    )  # fmt: skip
