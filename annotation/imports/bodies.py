"""Imports, their report, batches and rounds as the API shows them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from annotation.models import Round
from core.canonical import canonical_json, rfc3339
from events.models import Job
from events.selectors import job_body
from intake.audiences import audience_of
from intake.models import Batch, Import, Item, RejectedRow


def import_body(source: Import, job: Job, now: datetime, *, report_url: str) -> dict[str, Any]:
    """The job, what was asked, how far it is. Batch and round are named once they can be seen."""
    seen = source.event is not None
    body = job_body(job, now)
    if job.error is not None:
        body["error"] = {"code": job.error["code"], "detail": job.error["detail"]}
    return body | {
        "file_name": source.file_name,
        "format": source.format,
        "mode": source.mode,
        "sha256": source.sha256,
        "created_at": rfc3339(source.created_at),
        "batch": str(source.batch_id) if seen and source.batch_id else None,
        "round": str(source.round) if seen and source.round else None,
        "rows_read": source.rows_read,
        "rows_kept": source.rows_kept,
        "rows_reported": source.rows_reported,
        "items_created": source.items_created,
        "annotations_created": source.annotations_created,
        "schema_drift": source.schema_drift,
        "report_url": report_url,
    }


def report_lines(rows: Iterable[RejectedRow]) -> Iterator[bytes]:
    """One JSON line for each reported row."""
    for row in rows:
        line = {"line": row.line, "pointer": row.pointer, "code": row.code, "detail": row.detail}
        yield canonical_json(line) + b"\n"


def item_body(item: Item) -> dict[str, Any]:
    """What everybody who may open an item is shown of it; its batch must be loaded."""
    return {
        "id": str(item.id),
        "external_id": item.external_id,
        "batch": str(item.batch_id),
        "fields": item.fields,
        "metadata": item.metadata,
    }


def pushed_body(items: Sequence[Item]) -> list[dict[str, str]]:
    return [{"id": str(item.id), "external_id": item.external_id} for item in items]


def batch_body(batch: Batch, *, items: int) -> dict[str, Any]:
    """`overlap` null means the project's, `quota` null none; `reserved_for` with two empty lists everybody."""
    return {
        "id": str(batch.id),
        "name": batch.name,
        "overlap": batch.overlap,
        "priority": batch.priority,
        "order": batch.order,
        "quota": batch.quota,
        "reserved_for": audience_of(batch).body,
        "items": items,
        "created_at": rfc3339(batch.created_at),
    }


def round_body(labels: Round) -> dict[str, Any]:
    return {
        "id": str(labels.id),
        "kind": labels.kind,
        "state": labels.state,
        "batch": str(labels.batch_id) if labels.batch_id else None,
        "overlap": labels.overlap,
        "identity": labels.identity,
        "priority": labels.priority,
        "created_at": rfc3339(labels.created_at),
    }
