"""Runs as members may read them: people under pseudonyms, and no hint about items one may still be given."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core.canonical import rfc3339
from events.models import Job
from events.selectors import job_body
from metrics.models import AgreementRun
from metrics.questions import version_name
from metrics.selectors.items import open_items
from projects.access import Access
from projects.pseudonyms import shown_annotator

DETAILS = (
    "labels", "confusions", "pairs", "annotators", "items_disputed", "splits", "weeks", "jackknife",
    "teams", "team_pairs",
)  # fmt: skip


def run_head(run: AgreementRun, job: Job | None, now: datetime) -> dict[str, Any]:
    """What a run is about, and how far its job has come."""
    state = job_body(job, now) if job is not None else {}
    return {
        **state,
        "id": str(run.pk),
        "question": run.question or None,
        "slice": run.slice or None,
        "guideline_version": "all" if run.guideline_version is None else version_name(run.guideline_version),
        "round": str(run.round) if run.round else None,
        "where": run.definition.get("where"),
        "batch": str(run.batch) if run.batch else None,
        "team": str(run.team) if run.team else None,
        "who": run.who,
        "resample_by": run.resample_by or None,
        "as_of": run.as_of,
        "created_at": rfc3339(run.created_at),
        "computed_at": rfc3339(run.computed_at) if run.computed_at else None,
    }


def run_row(run: AgreementRun, job: Job | None, now: datetime) -> dict[str, Any]:
    """A run in a list: its scores without the diagnostics."""
    scores = [{key: value for key, value in score.items() if key not in DETAILS} for score in run.scores]
    return run_head(run, job, now) | {"scores": scores}


def run_body(run: AgreementRun, job: Job | None, access: Access, now: datetime) -> dict[str, Any]:
    """A run whole."""
    return run_head(run, job, now) | {"scores": [_shown(score, access) for score in run.scores]}


def _shown(score: dict[str, Any], access: Access) -> dict[str, Any]:
    if "pairs" not in score:
        return score
    return score | {
        "pairs": [row | {"a": _name(access, row["a"]), "b": _name(access, row["b"])} for row in score["pairs"]],
        "annotators": [row | {"annotator": _name(access, row["annotator"])} for row in score["annotators"]],
        "items_disputed": open_disputed(score, access),
        **open_teams(score, access),
        **open_splits(score, access),
    }


SMALLEST_TEAM = 3
"""A smaller team would be a person with a name: only who may identify people reads its figures."""


def open_teams(score: dict[str, Any], access: Access) -> dict[str, list[dict[str, Any]]]:
    """The figures of teams that this reader may know of; nothing where the run is older than such figures."""
    teams: list[dict[str, Any]] = score.get("teams", [])
    kept = {row["team"] for row in teams if access.may_identify or row["n_annotators"] >= SMALLEST_TEAM}
    pairs = [row for row in score.get("team_pairs", []) if row["a"] in kept and row["b"] in kept]
    return {"teams": [row for row in teams if row["team"] in kept], "team_pairs": pairs}


def open_splits(score: dict[str, Any], access: Access) -> dict[str, list[dict[str, Any]]]:
    """The parts of a run without those of teams that this reader may not know of."""
    if access.may_identify or "splits" not in score:
        return {}
    kept = {row["team"] for row in open_teams(score, access)["teams"]}
    return {
        "splits": [row for row in score["splits"] if row["by"] != "team" or (row["address"] or {}).get("team") in kept]
    }


def open_disputed(score: dict[str, Any], access: Access) -> list[dict[str, Any]]:
    """The disputed items that this reader may know of."""
    disputed: list[dict[str, Any]] = score["items_disputed"]
    items = open_items(access, (row["item"] for row in disputed))
    return [row for row in disputed if row["item"] in items]


def _name(access: Access, user: str) -> str:
    return shown_annotator(access, UUID(user))
