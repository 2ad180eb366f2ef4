"""The guideline editor as its template shows it: fields with their errors, row by row."""

from collections.abc import Iterable
from dataclasses import dataclass

from guidelines.forms import DraftState, Row, field_of, has_labels
from guidelines.schema.problems import Problem
from guidelines.schema.registry import KINDS

KIND_NAMES = {
    "choice": "choice", "multichoice": "multiple choice", "rating": "rating", "number": "number", "text": "text",
    "spans": "spans", "boxes": "boxes", "ranking": "ranking", "preference": "preference",
}  # fmt: skip


LEVELS = (("interval", "interval: differences mean something"), ("ratio", "ratio: zero means none"))
LIMITS = {
    "number": (("min", "Lowest"), ("max", "Highest")),
    "multichoice": (("min", "Choose at least"), ("max", "Choose at most")),
}


@dataclass(frozen=True)
class Field:
    """One control. `id` is its name too. `widget` is text, area, code, check, select, or prose (with a preview)."""

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


@dataclass(frozen=True)
class LabelRow:
    id: str
    title: str
    fields: tuple[Field, ...]
    parent: str


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
    has_labels: bool
    errors: tuple[str, ...]


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
    kinds: tuple[tuple[str, str], ...]


class _Builder:
    def __init__(self, state: DraftState, problems: Iterable[Problem]) -> None:
        self.state = state
        self.problems = tuple((field_of(problem.pointer, state), problem.detail) for problem in problems)

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
        settings = KINDS[row["kind"]].settings if row["kind"] in KINDS else ()
        free = row["kind"] in LIMITS
        scale = [self.field(base, n, t, row, short=True, optional=free)
                 for n, t in LIMITS.get(row["kind"], LIMITS["number"]) if n in settings]  # fmt: skip
        if "level" in settings:
            scale.append(self.field(base, "level", "Scale", row, "select", choices=LEVELS))
        if "max_length" in settings:
            scale.append(self.field(base, "max_length", "Most characters", row, optional=True, short=True))
        if "labels" in settings and not listed:
            scale.append(self.field(base, "steps", "Names of steps", row, "area", optional=True,
                                    hint="One a line, such as “1 = very poor”. Name at least both ends."))  # fmt: skip
        more = (
            self.field(base, "help", "Help text", row, optional=True),
            self.field(base, "clause", "Clause about the whole question", row, optional=True, options="clause-keys"),
            self.field(base, "more", "Further settings as JSON", row, "code", optional=True,
                       hint='Such as {"when": {"question": "tone", "in": ["angry"]}}.'),
        )  # fmt: skip
        kind = str(row["kind"])
        labels = tuple(self.label(f"{base}-labels-{n}", n, label, kind) for n, label in enumerate(row["labels"]))
        return QuestionBox(
            base, row["title"] or f"Question {index + 1}", kind, KIND_NAMES.get(kind, kind),
            fields, tuple(scale), more, any(f.value or f.errors for f in more), labels, listed,
            self.errors(base) + self.errors(f"{base}-labels") + self.errors(f"{base}-kind"),
        )  # fmt: skip

    def label(self, base: str, number: int, row: Row, kind: str) -> LabelRow:
        mark = ("exclusive", "Stands alone") if kind == "multichoice" else ("opt_out", "Opt-out")
        fields = (
            self.field(base, "title", "Label", row),
            self.field(base, "value", "Stored value", row, optional=True),
            self.field(base, "clause", "Clause", row, optional=True, options="clause-keys"),
            self.field(base, "shortcut", "Shortcut", row, optional=True, short=True),
            self.field(base, *mark, row, "check"),
        )
        return LabelRow(base, row["title"] or f"label {number + 1}", fields, row["parent"])

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


def build_editor(state: DraftState, problems: Iterable[Problem] = ()) -> Editor:
    """What the editor's template needs."""
    builder = _Builder(state, problems)
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
        tuple((name, KIND_NAMES.get(name, name)) for name in KINDS),
    )  # fmt: skip
