"""Releases, their diffs, uses and exports as the API shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.canonical import rfc3339
from events.models import Job
from events.selectors import job_body
from releases.building.compare import Comparison
from releases.gates.links import gate_link
from releases.models import Contract, Export, Release, Use
from releases.selectors import withdrawal_of


def contract_tag(contract: Contract) -> dict[str, Any]:
    """What the ETag of a contract covers, whether it is sent as JSON or as YAML."""
    return {"number": contract.number, "document": contract.document}


def release_body(release: Release, slug: str) -> dict[str, Any]:
    return {
        "version": release.version,
        "state": release.state,
        "note": release.note,
        "as_of": release.as_of,
        "guideline_versions": release.guideline_versions,
        "gates": [gate_body(gate, slug) for gate in release.gates],
        "content_hash": release.content_hash or None,
        "counts": release.counts,
        "previous": release.previous.version if release.previous else None,
        "contract": release.contract.number,
        "cut_at": rfc3339(release.cut_at),
        "published_at": rfc3339(release.published_at) if release.published_at else None,
        "withdrawn": withdrawal_of(release),
    }


def gate_body(gate: Mapping[str, Any], slug: str) -> dict[str, Any]:
    """A gate with the page where its failure can be mended."""
    return {**gate, "link": gate_link(gate["name"], slug)}


def diff_body(release: Release, against: Release, found: Comparison) -> dict[str, Any]:
    return {
        "version": release.version,
        "against": against.version,
        "added": found.added,
        "removed": found.removed,
        "relabelled": found.relabelled,
        "counts": {word: found.counts[word] for word in ("added", "removed", "relabelled")},
    }


def use_body(use: Use) -> dict[str, Any]:
    return {
        "id": str(use.pk), "release": use.release.version, "model": use.model, "run": use.run, "purpose": use.purpose,
        "recorded_at": rfc3339(use.recorded_at),
    }  # fmt: skip


def export_body(export: Export, job: Job, now: datetime) -> dict[str, Any]:
    """The job, the cut, and where the bytes are once they are there."""
    ready = bool(export.stored_as)
    return job_body(job, now) | {
        "as_of": export.as_of,
        "export": {"kind": export.kind, "format": export.format, "spreadsheet_safe": export.spreadsheet_safe},
        "bytes": export.size if ready else None,
        "sha256": export.sha256 if ready else None,
        "content_url": f"/api/v1/exports/{export.pk}/content" if ready else None,
    }
