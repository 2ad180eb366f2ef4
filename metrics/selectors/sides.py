"""What the figures of a question and version rest on: which batches the items came from, and who answered."""

from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field

from annotation.models import Round
from annotation.selectors import counting_rounds
from intake.models import Batch
from metrics.counting import ALONE
from metrics.models import Rater
from projects.models import Project


@dataclass
class Origin:
    """Answers to pairable items, by batch and by annotator.

    `people` holds those of rounds that know their annotators as persons; what is missing to all answers was given by
    slots or by nobody in particular. `drawn` is False where a batch was given out in the order of its file.
    """

    frames: Counter[Hashable] = field(default_factory=Counter)
    people: Counter[Hashable] = field(default_factory=Counter)
    drawn: bool = True


def origins_of(project: Project, question: str, keys: Collection[int], slice_: str = ALONE) -> dict[int, Origin]:
    """By version key, in one query whose cost does not grow with the items."""
    found = {key: Origin() for key in keys}
    rows = Rater.objects.filter(
        project=project, question=question, version__in=list(found), slice=slice_, round__in=counting_rounds(project)
    )
    columns = ("version", "round__batch", "round__batch__order", "round__kind", "round__identity", "annotator", "units")
    for key, batch, order, kind, identity, annotator, units in rows.values_list(*columns):
        origin = found[key]
        origin.frames[batch] += units
        if identity == Round.Identity.PERSON:
            origin.people[annotator] += units
        if kind == Round.Kind.PRODUCTION and order != Batch.Order.RANDOM:
            origin.drawn = False
    return found
