"""The figures of one question as a page shows them: from the live counts, or from the newest runs."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.utils import timezone

from core.canonical import rfc3339
from metrics.heatmap import Table, confusion_rows, table_of, table_of_run
from metrics.measure import Heading, label_rows, waiting_row
from metrics.questions import ALL_VERSIONS, NO_VERSION, Measured, Version, version_key, version_name
from metrics.selectors.found import Found, found_by_version
from metrics.selectors.scores import Live, empty_live, live_as_of, live_rows, live_samples, minimums_of
from metrics.stats.withholding import Minimums
from metrics.verdict import Target, judged
from metrics.wanted import Wanted
from projects.models import Project


class Figures(Protocol):
    """What the dashboard needs of one question. Every row has the API's shape."""

    project: Project
    measured: Measured
    target: Target
    is_live: bool

    def versions(self) -> list[Version]:
        """The versions that hold labels, oldest first."""

    def usual_version(self) -> Version:
        """The one to show where none is named."""

    def rows(self, version: Version) -> list[dict[str, Any]]:
        """The scores, alpha first."""

    def label_rows(self, version: Version) -> list[dict[str, Any]]:
        """Each label against all others."""

    def table(self, version: Version) -> Table | None:
        """The coincidences of labels."""

    def confusion_rows(self, version: Version) -> list[dict[str, Any]]:
        """The pairs of labels with most mass."""


class LiveFigures:
    """From the counts that the consumer keeps, read at one time.

    Where there are too many different answers for a page, the newest run over the same stands in.
    """

    is_live = True

    def __init__(
        self, project: Project, measured: Measured, *, slice_: str, numbers: Sequence[int], target: Target,
        only: Version | None = None,
    ) -> None:  # fmt: skip
        self.project, self.measured, self.target, self.slice = project, measured, target, slice_
        self.current = numbers[-1] if numbers else None
        self.as_of = live_as_of(project)
        keys = [ALL_VERSIONS, NO_VERSION, *numbers] if only is None else [version_key(only)]
        name = measured.name
        found = live_samples(project, measured={name: measured}, question=name, keys=keys, slice=slice_)
        self.samples = {version_key(live.version): live for live in found}
        waits = any(live.waits for live in found)
        wanted = Wanted(question=name, version="all", slice=slice_)
        self.runs: dict[int, Found] = found_by_version(project, wanted) if waits else {}

    @property
    def minimums(self) -> Minimums:
        return minimums_of(self.project)

    def live(self, version: Version) -> Live:
        key = version_key(version)
        return self.samples.get(key) or empty_live(self.project, self.measured, key, self.slice)

    def versions(self) -> list[Version]:
        return [version_name(key) for key in sorted(self.samples) if key != ALL_VERSIONS]

    def usual_version(self) -> Version:
        """The current version where anything was labelled under it, else all together."""
        if self.current is not None:
            live = self.live(self.current)
            if live.waits or live.sample.patterns.n_items:
                return self.current
        return "all"

    def rows(self, version: Version) -> list[dict[str, Any]]:
        live = self.live(version)
        if not live.waits:
            return judged(live_rows(self.project, live, labels=None, as_of=self.as_of), self.target)
        found = self.runs.get(version_key(version))
        if found is not None:
            return judged(found.rows, self.target)
        heading = Heading(
            question=self.measured.name, version=version, round=None, n_annotators=live.n_annotators,
            as_of=self.as_of, computed_at=rfc3339(timezone.now()), slice=self.slice or None,
        )  # fmt: skip
        return judged([waiting_row(live.sample, heading, 0)], self.target)

    def label_rows(self, version: Version) -> list[dict[str, Any]]:
        live = self.live(version)
        if live.waits:
            return _of_run(self.runs.get(version_key(version)), "labels")
        return label_rows(live.sample, live.seed, self.minimums)

    def table(self, version: Version) -> Table | None:
        live = self.live(version)
        if live.waits:
            found = self.runs.get(version_key(version))
            return table_of_run(found.first, self.measured) if found else None
        return table_of(live.sample)

    def confusion_rows(self, version: Version) -> list[dict[str, Any]]:
        live = self.live(version)
        if live.waits:
            return _of_run(self.runs.get(version_key(version)), "confusions")
        return confusion_rows(live.sample, live.seed, self.minimums)


class RunFigures:
    """From the newest runs over a selection that no live counts are kept of."""

    is_live = False

    def __init__(self, project: Project, measured: Measured, *, wanted: Wanted, current: int | None, target: Target):
        self.project, self.measured, self.target, self.wanted = project, measured, target, wanted
        self.current = current
        self.runs = found_by_version(project, wanted)

    def versions(self) -> list[Version]:
        return [found.version for key, found in sorted(self.runs.items()) if key != ALL_VERSIONS]

    def usual_version(self) -> Version:
        return self.current if self.current in self.runs and self.current is not None else "all"

    def rows(self, version: Version) -> list[dict[str, Any]]:
        found = self.runs.get(version_key(version))
        if found is not None:
            return judged(found.rows, self.target)
        return judged([self._unmeasured(version)], self.target)

    def label_rows(self, version: Version) -> list[dict[str, Any]]:
        return _of_run(self.runs.get(version_key(version)), "labels")

    def table(self, version: Version) -> Table | None:
        found = self.runs.get(version_key(version))
        return table_of_run(found.first, self.measured) if found else None

    def confusion_rows(self, version: Version) -> list[dict[str, Any]]:
        return _of_run(self.runs.get(version_key(version)), "confusions")

    def _unmeasured(self, version: Version) -> dict[str, Any]:
        live = empty_live(self.project, self.measured, version_key(version), self.wanted.slice)
        heading = Heading(
            question=self.measured.name, version=version, round=None, n_annotators=0, as_of=None,
            computed_at=rfc3339(timezone.now()), slice=self.wanted.slice or None,
        )  # fmt: skip
        row = waiting_row(live.sample, heading, 0)
        return row | {"undefined": "not_measured", "reason": "No run has measured just this yet."}


def _of_run(found: Found | None, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = list(found.first.get(name, ())) if found else []
    return rows
