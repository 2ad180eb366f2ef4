"""Tests of models as members may read them: people under pseudonyms for whoever may not identify them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.canonical import rfc3339
from events.models import Job
from events.selectors import job_body
from metrics.models import ModelTest
from metrics.questions import version_name
from metrics.stats.alt_test import ASSUMPTIONS
from projects.access import Access
from projects.pseudonyms import shown_annotator

SOURCE = (
    "Calderon, Reichart & Dror (2025), The Alternative Annotator Test for LLM-as-a-Judge, ACL 2025, pp. 16051–16081"
)
COLUMNS = (
    "annotator", "n", "model", "person", "difference", "p_value", "adjusted", "test", "replaces", "items_needed",
    "undefined", "needed", "alpha", "alpha_low", "alpha_high", "percent", "n_shared",
)  # fmt: skip


def model_test_head(
    test: ModelTest, names: Mapping[UUID, str], job: Job | None, access: Access, *, now: datetime
) -> dict[str, Any]:
    """What a test is about, and how far its job has come. `names` are those of the project's models."""
    version = test.settings.get("guideline_version")
    return {
        **(job_body(job, now) if job is not None else {}),
        "id": str(test.pk),
        "question": test.question,
        "model": shown_annotator(access, test.model),
        "model_name": names.get(test.model, ""),
        "epsilon": test.settings.get("epsilon"),
        "epsilon_reason": test.settings.get("reason", ""),
        "guideline_version": "all" if version is None else version_name(version),
        "as_of": test.as_of,
        "created_at": rfc3339(test.created_at),
        "computed_at": rfc3339(test.computed_at) if test.computed_at else None,
        "answer": (test.result or {}).get("answer"),
    }


def model_test_body(
    test: ModelTest, names: Mapping[UUID, str], job: Job | None, access: Access, *, now: datetime, looks: int
) -> dict[str, Any]:
    """A test whole. `looks` is how often the same was tested before."""
    return model_test_head(test, names, job, access, now=now) | {
        "looks_before": looks,
        "result": test.result and shown_result(test.result, access),
        "assumptions": list(ASSUMPTIONS),
        "source": SOURCE,
    }


def shown_result(result: dict[str, Any], access: Access) -> dict[str, Any]:
    rows = [row | {"annotator": shown_annotator(access, UUID(row["annotator"]))} for row in result["annotators"]]
    return result | {"annotators": rows}


def flat_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The annotators of a shown result as rows of a file, alpha with the model beside the test."""
    rows = []
    for row in result["annotators"]:
        pair = row["agreement"]
        beside = {
            "alpha": pair["value"], "alpha_low": pair["ci_low"], "alpha_high": pair["ci_high"],
            "percent": pair["percent"], "n_shared": pair["n_items"],
        }  # fmt: skip
        rows.append({name: beside[name] if name in beside else row[name] for name in COLUMNS})
    return rows
