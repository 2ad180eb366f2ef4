"""Samples whose units belong together: whole groups of them are drawn in every bootstrap. Pure."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from core.canonical import content_hash
from metrics.measure import Sample
from metrics.stats.groups import FEW_GROUPS
from metrics.stats.splits import Part, Scale
from metrics.stats.table import AnswerTable, Codes


def grouped(sample: Sample, table: AnswerTable, clusters: Codes | None) -> Sample:
    """The sample with whole clusters drawn in every bootstrap of it."""
    if clusters is None:
        return sample
    part = Part.of(table, Scale(sample.level, sample.categories), clusters=clusters)
    groups = part.patterns.groups
    if groups is None:
        return sample
    key = sha256(b"".join(groups.key)).hexdigest()
    return replace(sample, patterns=part.patterns, digest=content_hash([sample.digest, key]))


def say_groups(rows: list[dict[str, Any]], sample: Sample) -> None:
    """Say beside each figure of a run how many groups there are to be drawn."""
    groups = sample.patterns.groups
    if groups is None:
        return
    for row in rows:
        row["n_groups"] = groups.number
        if groups.number < FEW_GROUPS and row["ci_low"] is not None:
            row["warning"] = "few_groups"
