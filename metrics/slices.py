"""The filter language of slices: what a definition may say, and the filter of the database that it means.

A definition is `{"where": [condition, ...]}`; an answer is kept where every condition holds. A condition is one of

    {"by": "field" | "metadata", "name": KEY, "is": "one_of", "values": [TEXT, ...]}
    {"by": "field" | "metadata", "name": KEY, "is": "between", "from": NUMBER, "to": NUMBER}
    {"by": "field" | "metadata", "name": KEY, "is": "contains", "value": TEXT}
    {"by": "field" | "metadata", "name": KEY, "is": "missing"}
    {"by": "batch", "values": [ID, ...]}
    {"by": "label", "name": QUESTION, "values": [LABEL, ...]}
    {"by": "team", "values": [ID, ...]}
    {"by": "annotators", "values": ["person" | "model" | "imported", ...]}
    {"by": "guideline_version", "values": [NUMBER | "none", ...]}
    {"by": "answered", "from": TIME, "to": TIME}

Values are compared as text, case and all; `contains` ignores case. `between` takes both ends in and reads texts that
are numbers; one end may be left out. `answered` takes its first moment in and leaves its last one out. A `label` is
held by every item to which somebody gave it: such a slice is chosen by its answers, and its agreement cannot be
compared with the whole (AGREEMENT 8.1).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, cast
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Expression, Func
from django.db.models.fields import DecimalField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import GreaterThanOrEqual, IContains, In, IsNull, LessThanOrEqual

from annotation.models import Annotation
from annotation.selectors import annotations_at, counting_rounds
from intake.models import Item
from projects.models import Membership, Project

By = Literal["field", "metadata", "batch", "label", "team", "annotators", "guideline_version", "answered"]
Definition = Mapping[str, Any]
Members = Mapping[UUID, frozenset[UUID]]
"""The people of teams as they were when a run was asked for. A team that is not in it is looked up."""

OF_ITEMS: Final = ("field", "metadata", "batch", "label")
KINDS: Final = ("person", "model", "imported")
IS: Final = ("one_of", "between", "contains", "missing")
MOST_CONDITIONS, MOST_VALUES, LONGEST = 10, 50, 500
NUMBER = r"'^\s*([-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?)\s*$'"
CHOSEN_BY_ANSWERS: Final = "chosen by its answers: not comparable with the whole"


def conditions(definition: Definition) -> Sequence[Mapping[str, Any]]:
    """The conditions of a definition; none of them keeps everything."""
    return cast("Sequence[Mapping[str, Any]]", definition.get("where", ()))


def is_by_answers(definition: Definition) -> bool:
    """Whether it chooses items by how they were answered."""
    return any(condition["by"] == "label" for condition in conditions(definition))


def tells_answers(definition: Definition) -> bool:
    """Whether belonging to it tells anything of how, when or by whom an item was answered."""
    return any(condition["by"] not in ("field", "metadata", "batch") for condition in conditions(definition))


# --- as a filter of the database ---------------------------------------------------------------------------------


def answers_kept(
    rows: QuerySet[Annotation], definition: Definition, *, project: Project, as_of: int | None, members: Members
) -> QuerySet[Annotation]:
    """The annotations that a definition keeps, as the cut `as_of` has them."""
    for condition in conditions(definition):
        rows = rows.filter(
            _item_filter(condition, "item__", project, as_of)
            if condition["by"] in OF_ITEMS
            else _answer_filter(condition, members)
        )
    return rows


def items_kept(rows: QuerySet[Item], definition: Definition, *, project: Project) -> QuerySet[Item]:
    """The items that a definition keeps now: where it is about answers, those with a current answer of that sort."""
    answers, about_answers = Annotation.objects.filter(item=OuterRef("pk"), ended_event=None), False
    answers = answers.filter(round__in=counting_rounds(project), blind=True)
    for condition in conditions(definition):
        if condition["by"] in OF_ITEMS:
            rows = rows.filter(_item_filter(condition, "", project, None))
        else:
            answers, about_answers = answers.filter(_answer_filter(condition, {})), True
    return rows.filter(Exists(answers)) if about_answers else rows


def people_of(team: UUID, members: Members) -> frozenset[UUID]:
    """The people of a team: as `members` keeps them, else as they are now."""
    if team in members:
        return members[team]
    return frozenset(Membership.objects.filter(team=team).values_list("user", flat=True))


def _answer_filter(condition: Mapping[str, Any], members: Members) -> Q:
    match condition["by"]:
        case "team":
            teams = [UUID(team) for team in condition["values"]]
            people = frozenset[UUID]().union(*(people_of(team, members) for team in teams))
            return Q(annotator__in=sorted(people))
        case "annotators":
            return Q(annotator__kind__in=condition["values"])
        case "guideline_version":
            numbers = [value for value in condition["values"] if value != "none"]
            unnamed = Q(guideline_version=None) if "none" in condition["values"] else Q(pk__in=[])
            return unnamed | Q(guideline_version__number__in=numbers)
    window = Q()
    if condition.get("from") is not None:
        window &= Q(created_at__gte=datetime.fromisoformat(condition["from"]))
    if condition.get("to") is not None:
        window &= Q(created_at__lt=datetime.fromisoformat(condition["to"]))
    return window


def _item_filter(condition: Mapping[str, Any], item: str, project: Project, as_of: int | None) -> Q:
    """`item` leads from the row to the item: "item__", or "" where the row is one."""
    match condition["by"]:
        case "batch":
            return Q(**{f"{item}batch__in": [UUID(batch) for batch in condition["values"]]})
        case "label":
            given = _given(project, as_of, condition["name"], condition["values"])
            return Q(**{f"{item}pk__in": given.values("item")})
    column = "fields" if condition["by"] == "field" else "metadata"
    return _value_filter(condition, KeyTextTransform(condition["name"], F(f"{item}{column}")))


def _value_filter(condition: Mapping[str, Any], text: Expression) -> Q:
    match condition["is"]:
        case "one_of":
            return Q(In(text, condition["values"]))
        case "contains":
            return Q(IContains(text, condition["value"]))
        case "missing":
            return Q(IsNull(text, True))
    found = Q()
    if condition.get("from") is not None:
        found &= Q(GreaterThanOrEqual(_Number(text), Value(condition["from"], DecimalField())))
    if condition.get("to") is not None:
        found &= Q(LessThanOrEqual(_Number(text), Value(condition["to"], DecimalField())))
    return found


class _Number(Func):
    """A text as a number; null where it is none."""

    template = f"substring(%(expressions)s FROM {NUMBER})::numeric"
    output_field = DecimalField()


def _given(project: Project, as_of: int | None, question: str, labels: Iterable[Any]) -> QuerySet[Annotation]:
    """The counted annotations that gave one of the labels: alone, in a list, or to a part of the item."""
    wanted = Q(pk__in=[])
    for label in labels:
        for answer in (label, [label], [{"label": label}]):
            wanted |= Q(answers__contains={question: answer})
    return annotations_at(project, as_of).filter(wanted, blind=True, round__in=counting_rounds(project))
