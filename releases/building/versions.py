"""The guideline as a cut holds it: its versions, its schema, and which labels it has made stale."""

from itertools import pairwise
from typing import Any

from events.selectors import held_at
from guidelines.models import GuidelineVersion
from guidelines.schema.lists import labels_in
from guidelines.schema.schema import LabelSchema
from guidelines.selectors import affected_between, label_schema_of, versions_of
from projects.models import Project


class GuidelineAt:
    """The published versions of a cut, oldest first."""

    def __init__(self, project: Project, as_of: int) -> None:
        rows = held_at(versions_of(project), project=project.id, as_of=as_of, ended=None)
        self.versions: list[GuidelineVersion] = list(rows.order_by("number"))
        self._stale: dict[int, frozenset[tuple[str, str | None]]] = {}

    @property
    def schema(self) -> LabelSchema | None:
        return label_schema_of(self.versions[-1]) if self.versions else None

    @property
    def number(self) -> int | None:
        return self.versions[-1].number if self.versions else None

    def is_stale(self, question: str, value: Any, version: int | None) -> bool:
        """Whether a semantic version after `version` changed what this label means. Unstamped ones never are."""
        if version is None:
            return False
        stale = self._stale_from(version)
        return (question, None) in stale or any((question, label) in stale for label in labels_in(value))

    def _stale_from(self, number: int) -> frozenset[tuple[str, str | None]]:
        if number not in self._stale:
            later = [v for v in self.versions if v.number is not None and v.number >= number]
            steps = [
                affected_between(before, after)
                for before, after in pairwise(later)
                if after.change == GuidelineVersion.Change.SEMANTIC
            ]
            self._stale[number] = frozenset().union(*steps)
        return self._stale[number]
