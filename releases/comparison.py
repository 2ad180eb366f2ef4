"""Comparing two published releases by their stored rows."""

from guidelines.selectors import label_schema_of, versions_of
from releases.building.compare import Comparison, compare_rows, read_rows
from releases.building.package import ITEMS
from releases.models import Release
from releases.selectors import stored_path


def compare_releases(before: Release, after: Release) -> Comparison:
    """What was added, removed and relabelled; questions that neither release knows are not looked at."""
    rows = [read_rows(stored_path(release.files.get(path=ITEMS).stored_as)) for release in (before, after)]
    names = {name for v in versions_of(after.project) for name in label_schema_of(v).question_names}
    return compare_rows(rows[0], rows[1], sorted(names))
