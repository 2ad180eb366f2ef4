"""What the pages of aggregation show, ready for the templates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from adjudication.methods import is_model, suitable_methods
from adjudication.models import AggregatedAnswer, Aggregation, AggregationPolicy
from adjudication.rules import percent_of
from adjudication.selectors import schema_at
from adjudication.selectors.aggregates import newest_computed
from adjudication.selectors.aggregations import aggregations_of, jobs_of, strengths_for
from annotation.shown import field_preview, preview_of
from core.errors import ConcordError
from events.models import Job
from guidelines.schema.schema import LabelSchema
from intake.selectors import visible_items
from metrics.selectors.people import names_of
from metrics.stats.aggregation.methods import METHODS, Method, Option
from metrics.stats.withholding import Minimums, show_annotator
from projects.access import Access
from projects.models import Project

MOST_VERSIONS, MOST_PEOPLE, MOST_SHARES, PREVIEW = 30, 100, 3, 140
MOST_CONTESTANTS = 20
PERCENT = 100


@dataclass(frozen=True)
class Setting:
    """A setting of a method as a field of the form."""

    option: Option
    field: str
    value: Any

    @property
    def is_whole(self) -> bool:
        return isinstance(self.option.default, int)


@dataclass(frozen=True)
class MethodRow:
    """A method that suits a question, and what the last run found about it. `figure` is None before the first."""

    method: Method
    checked: bool
    is_own: bool
    settings: list[Setting]
    figure: Mapping[str, Any] | None = None

    @property
    def percent(self) -> str:
        """Of all labels those that it changes."""
        share = (self.figure or {}).get("share")
        if share is None:
            return ""
        return "under 0.1 %" if 0 < share < 0.001 else f"{PERCENT * share:.1f} %".replace(".0 %", " %")


@dataclass(frozen=True)
class Work:
    """A run that is not computed yet, with what its job says."""

    id: UUID
    state: str
    done: int = 0
    total: int | None = None
    is_waiting: bool = False
    problem: str = ""

    @property
    def is_moving(self) -> bool:
        return self.state in (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True)
class Section:
    """One question."""

    name: str
    title: str
    in_force: Method | None
    own: Method | None
    """What a switch is compared with: the method in force, or the first that suits."""
    rows: list[MethodRow]
    computed: Aggregation | None
    work: Work | None
    people: list[Mapping[str, Any]] = field(default_factory=list)
    contestants: list[Mapping[str, Any]] = field(default_factory=list)
    n_contestants: int = 0
    """All there are, shown or not; 0 for somebody who labels too."""

    @property
    def n_open(self) -> int:
        return self.computed.n_disputed - self.computed.n_decided if self.computed else 0


def question_sections(
    access: Access, schema: LabelSchema, policy: AggregationPolicy, sent: Mapping[str, Any] | None
) -> list[Section]:
    """The questions in their order; `sent` is a form that was refused."""
    compared = {name: _compared(schema, name, policy.methods) for name in schema.question_names}
    wanted = {name: (one.own.name, one.settings) for name, one in compared.items() if one.own is not None}
    computed, works = newest_computed(access.project, wanted), _latest_works(access.project)
    people = {UUID(row["annotator"]) for run in computed.values() for row in run.annotators[:MOST_PEOPLE]}
    names = names_of(access, people)
    methods = policy.methods if sent is None else sent
    return [
        _section(access, one, computed.get(name), work=works.get(name), names=names, methods=methods)
        for name, one in compared.items()
    ]


@dataclass(frozen=True)
class _Compared:
    """A question with its methods; `settings` are those of `own`."""

    name: str
    title: str
    suitable: Sequence[Method]
    in_force: Method | None
    own: Method | None
    settings: dict[str, Any]


def _compared(schema: LabelSchema, name: str, methods: Mapping[str, Any]) -> _Compared:
    suitable, held = suitable_methods(schema, name), methods.get(name, {})
    in_force = {method.name: method for method in suitable}.get(held.get("method", ""))
    own = in_force or next(iter(suitable), None)
    settings = held["settings"] if in_force else own.settings({}) if own else {}
    return _Compared(name, str(schema.question(name)["title"]), suitable, in_force, own, settings)


def _section(
    access: Access, asked: _Compared, computed: Aggregation | None, *, work: Work | None, names: Mapping[str, str],
    methods: Mapping[str, Any],
) -> Section:  # fmt: skip
    name, own, chosen = asked.name, asked.own, methods.get(asked.name, {})
    rows = [
        MethodRow(
            method, checked=chosen.get("method") == method.name, is_own=method is own,
            settings=[_setting(name, method, option, chosen) for option in method.options],
            figure=computed.comparisons.get(method.name) if computed else None,
        )
        for method in asked.suitable
    ]  # fmt: skip
    strengths = strengths_for(access, computed) if computed else []
    return Section(
        name, asked.title, asked.in_force, own, rows, computed, work, _people(access, computed, names),
        _contestants(access.project, strengths[:MOST_CONTESTANTS]), len(strengths),
    )  # fmt: skip


def _setting(question: str, method: Method, option: Option, chosen: Mapping[str, Any]) -> Setting:
    held = chosen.get("settings", {}) if chosen.get("method") == method.name else {}
    return Setting(option, f"set.{question}.{method.name}.{option.name}", held.get(option.name, option.default))


def sent_methods(schema: LabelSchema, data: QueryDict) -> dict[str, Any]:
    """The methods that a form names. What is no number stays as it was typed: the service says what is wrong."""
    found: dict[str, Any] = {}
    for question in schema.question_names:
        name = data.get(f"method.{question}", "")
        if not name:
            continue
        options = METHODS[name].options if name in METHODS else ()
        typed = {option: data.get(f"set.{question}.{name}.{option.name}") for option in options}
        settings = {option.name: _read(option, text) for option, text in typed.items() if text is not None}
        found[question] = {"method": name, "settings": settings}
    return found


def _read(option: Option, text: str) -> Any:
    if option.choices:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if isinstance(option.default, int) and number.is_integer() else number


def problems_of(schema: LabelSchema, error: ConcordError | None) -> list[str]:
    """What is wrong with a form, each with the title of its question."""
    if error is None:
        return []
    titles = {name: str(schema.question(name)["title"]) for name in schema.question_names}
    found = [f"{titles.get(e.pointer.split('/')[2], '') if '/' in e.pointer[2:] else ''}: {e.detail}".lstrip(": ")
             for e in error.errors]  # fmt: skip
    return found or [error.detail]


def history_rows(schema: LabelSchema, policies: Iterable[AggregationPolicy]) -> list[dict[str, Any]]:
    rows = []
    for policy in policies:
        said = [
            (_title(schema, name), METHODS[chosen["method"]].title if chosen["method"] in METHODS else chosen["method"])
            for name, chosen in policy.methods.items()
        ]
        rows.append({"policy": policy, "said": said})
    return rows


def title_of(project: Project, question: str) -> str:
    return _title(schema_at(project, None) or LabelSchema(()), question)


def _title(schema: LabelSchema, question: str) -> str:
    return str(schema.question(question)["title"]) if question in schema.by_name else question


def _latest_works(project: Project) -> dict[str, Work]:
    """Question -> its newest run, unless that has been computed."""
    rows = aggregations_of(project).defer("annotators", "strengths").order_by("question", "-pk").distinct("question")
    open_ = [run for run in rows if run.computed_at is None]
    jobs = jobs_of(open_)
    return {run.question: work_of(run, jobs[run.pk]) for run in open_ if run.pk in jobs}


def work_of(run: Aggregation, job: Job | None) -> Work:
    if job is None or run.computed_at is not None:
        return Work(run.pk, Job.State.DONE)
    problem = str((job.error or {}).get("detail", "")) if job.state == Job.State.FAILED else ""
    waiting = job.is_waiting_for_worker(timezone.now())
    return Work(run.pk, job.state, job.done, job.total, waiting, problem)


def _people(access: Access, run: Aggregation | None, names: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """What the model found about each annotator, the surest last; withheld below the project's minimum."""
    if run is None or not is_model(run.method) or not run.annotators:
        return []
    limits = Minimums.from_settings(access.project.minimums)
    rows = run.annotators[:MOST_PEOPLE]
    found = []
    for row in rows:
        withheld = show_annotator(row["n"], minimums=limits).withheld
        competence = None if withheld is not None else row["competence"]
        needed = withheld.needed if withheld is not None else None
        found.append({"name": names[row["annotator"]], "n": row["n"], "competence": competence, "needed": needed})
    return sorted(found, key=lambda row: (row["competence"] is None, row["competence"] or 0, str(row["name"])))


def _contestants(project: Project, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Contents by strength, each as an item shows it."""
    items = visible_items(project).in_bulk([UUID(row["item"]) for row in rows])
    found: list[Mapping[str, Any]] = []
    for row in rows:
        item = items.get(UUID(row["item"]))
        preview = field_preview(item, row["field"], PREVIEW) if item else ""
        found.append({**row, "seen_in": item, "preview": preview})
    return found


def change_lines(
    project: Project, run: Aggregation, method: str, rows: Sequence[AggregatedAnswer]
) -> list[dict[str, Any]]:
    """Items with what the run's own method and another one answer, in the words of the question."""
    schema = schema_at(project, None) or LabelSchema(())

    def words(answer: Any, item: Any) -> str | None:
        if answer is None:
            return None
        if run.question not in schema.by_name:
            return str(answer)
        return schema.kind(run.question).display_in(schema.question(run.question), answer, item.fields)

    found = []
    for row in rows:
        shares = [(words(entry["answer"], row.item), entry["share"]) for entry in row.distribution[:MOST_SHARES]]
        found.append({
            "item": row.item, "preview": preview_of(project, row.item, PREVIEW), "own": words(row.answer, row.item),
            "other": words(row.others[method], row.item),
            "shares": [(said, percent_of(share)) for said, share in shares],
        })  # fmt: skip
    return found
