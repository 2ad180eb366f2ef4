"""How a release says which method made one answer of several: as data, and in the words of its card."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adjudication.selectors.aggregates import Aggregates, Source, aggregates_at
from adjudication.selectors.policies import policy_at
from guidelines.schema.schema import LabelSchema
from metrics.stats.aggregation.methods import METHODS, Method, software
from metrics.stats.withholding import Minimums, show_annotator
from projects.models import Project
from releases.models import Release

PATH = "aggregation.json"
AGGREGATED = ("majority", "model")
"""The sources of labels that a method made."""


def asked_aggregation(project: Project, as_of: int) -> dict[str, Any]:
    """The policy in force at a cut, as a release fixes it when it is asked for; words and versions with it."""
    policy = policy_at(project, as_of)
    names = {chosen["method"] for chosen in policy.methods.values() if chosen["method"] in METHODS}
    said = {name: _said(METHODS[name]) for name in sorted(names)}
    return {"policy": policy.number, "note": policy.note, "methods": policy.methods, "said": said}


def _said(method: Method) -> dict[str, Any]:
    return {
        "title": method.title, "assumes": method.assumes, "source": method.source, "software": software(method),
    }  # fmt: skip


def aggregates_of(release: Release, schema: LabelSchema) -> Aggregates:
    """What the methods of a release read: of a model only what it has found over the very cut of the release."""
    asked = release.requested.get("aggregation")
    if asked is None:  # cut before there were policies
        return Aggregates()
    return aggregates_at(
        release.project, release.as_of, schema=schema, methods=asked["methods"], number=asked["policy"], exact=True
    )


def aggregation_record(
    release: Release, aggregates: Aggregates, answered: Mapping[str, int], name_of: Any
) -> dict[str, Any] | None:
    """The policy with what came of it; None without a method. `answered` counts the labels by question."""
    if not aggregates.sources:
        return None
    asked = release.requested["aggregation"]
    questions = {
        name: _record(release, source, answered.get(name, 0), name_of) for name, source in aggregates.sources.items()
    }
    return {"policy": asked["policy"], "note": asked["note"], "questions": questions}


def _record(release: Release, source: Source, answered: int, name_of: Any) -> dict[str, Any]:
    found = source.computed
    row: dict[str, Any] = release.requested["aggregation"]["said"][source.method] | {
        "method": source.method, "settings": source.settings, "labels_made": answered,
    }  # fmt: skip
    if found is None:
        return row
    limits = Minimums.from_settings(release.requested["minimums"])
    annotators = [_annotator(entry, limits, name_of) for entry in found.annotators]
    more = {"strengths": found.strengths} if found.strengths else {}
    return row | more | {
        "software": found.software, "iterations": found.iterations, "converged": found.converged,
        "log_likelihood": found.log_likelihood, "n_units": found.n_units, "n_disputed": found.n_disputed,
        "n_decided": found.n_decided, "n_tied": found.n_tied, "comparisons": found.comparisons,
        "labels": found.labels, "annotators": sorted(annotators, key=lambda entry: str(entry["annotator_id"])),
    }  # fmt: skip


def _annotator(entry: Mapping[str, Any], limits: Minimums, name_of: Any) -> dict[str, Any]:
    """Under the pseudonym of the release; withheld where too few units were shared with others."""
    withheld = show_annotator(entry["n"], minimums=limits).withheld is not None
    return {
        "annotator_id": name_of("annotator", UUID(entry["annotator"])), "n": entry["n"],
        "competence": None if withheld else entry["competence"],
        "confusion": None if withheld else entry["confusion"],
    }  # fmt: skip


def in_manifest(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record without what is only in its file: figures of annotators and comparisons."""
    left_out = ("annotators", "strengths", "labels", "comparisons", "title", "assumes", "source")
    questions = {
        name: {key: value for key, value in row.items() if key not in left_out}
        for name, row in record["questions"].items()
    }
    return {**record, "questions": questions}


def card_lines(record: Mapping[str, Any]) -> list[str]:
    """The section of the card."""
    policy = f"policy {record['policy']} of the project made one answer of them"
    names = f"`<question>_source` says `majority` or `model`. All of it is data in `{PATH}`. Ties have no label."
    lines = ["## Aggregation", "", f"Where answers differed and nobody had decided, {policy}; {names}", ""]
    for name, row in record["questions"].items():
        lines.append(f"- {name}: {row['title']} ({row['source']}), {row['labels_made']} labels. {row['assumes']}")
        if "iterations" in row:
            lines.append(f"  {_fitted(row)} `{name}_dist` of its labels is the posterior, not the share of annotators.")
    return [*lines, ""]


def _fitted(row: Mapping[str, Any]) -> str:
    if row["iterations"] is None:
        return "It could not be fitted to these answers."
    ended = "converged" if row["converged"] else "did not converge"
    likelihood = f"log-likelihood {row['log_likelihood']:.4f}"
    return f"It {ended} after {row['iterations']} rounds, {likelihood}; {row['n_tied']} ties."
