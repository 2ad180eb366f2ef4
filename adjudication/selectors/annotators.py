"""One annotator's answers against what was decided about the same items."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KeyTransform

from adjudication.models import Case, Decision
from adjudication.rules import NEVER_COMPARED
from annotation.models import Annotation
from annotation.selectors import counting_rounds
from guidelines.schema.schema import LabelSchema
from metrics.stats.shares import Share, wilson
from projects.models import Project


@dataclass(frozen=True)
class Decided:
    """How often a decision was what the annotator had said, and of all answers how many were decided otherwise.

    `causes` counts the decisions that differ, by what the adjudicator named as the cause.
    """

    upheld: Share
    overturned: Share
    causes: Counter[str]


def decided_about(project: Project, question: str, annotator: UUID, schema: LabelSchema) -> Decided | None:
    """From the decisions in force that name an answer; None where answers to this question are never compared.

    Only answers given blind count, and those in force: whoever corrected himself is held by what he says now.
    """
    kind, settings = schema.kind(question), schema.question(question)
    if kind.name in NEVER_COMPARED:
        return None
    mine = Annotation.objects.filter(
        round__in=counting_rounds(project), annotator=annotator, ended_event=None, blind=True, answers__has_key=question
    )
    here = mine.filter(round=OuterRef("case__round"), item=OuterRef("case__item"))
    rows = Decision.objects.filter(
        case__project=project, case__question=question, case__state=Case.State.DECIDED, ended_event=None,
        outcome=Decision.Outcome.ANSWER,
    )  # fmt: skip
    rows = rows.annotate(own=Subquery(here.values_list(KeyTransform(question, "answers"))[:1])).exclude(own=None)
    same, causes = 0, Counter[str]()
    for answer, own, cause in rows.values_list("answer", "own", "cause"):
        if kind.same(settings, kind.canonical(settings, own), kind.canonical(settings, answer)):
            same += 1
        else:
            causes[cause] += 1
    return Decided(
        upheld=wilson(same, same + causes.total()),
        overturned=wilson(causes.total(), max(mine.count(), causes.total())),
        causes=causes,
    )
