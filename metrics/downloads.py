"""The figures of the page as files, each with its n and its interval."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from core.canonical import canonical_json
from metrics.dashboard import Dashboard, Question

SCORE_COLUMNS = (
    "question", "guideline_version", "coefficient", "distance", "value", "ci_low", "ci_high", "ci_level", "replicates",
    "n_items", "n_annotations", "n_annotators", "opt_outs", "undefined", "needed", "reason", "warning", "lowered_from",
    "as_of", "computed_at", "slice", "target", "verdict", "units_needed",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "value", "ci_low", "ci_high", "n_values", "n_items", "prevalence", "specific_agreement", "undefined",
    "needed",
)  # fmt: skip


def scores_of(question: Question) -> list[dict[str, Any]]:
    """Every version's scores, all versions together first."""
    return [row for version in ("all", *question.versions()) for row in question.rows(version)]


def as_json(question: Question, shown: Dashboard) -> bytes:
    return canonical_json({"scores": scores_of(question), "labels": [line.row for line in shown.labels]})


def scores_csv(question: Question) -> bytes:
    return _csv(SCORE_COLUMNS, (row | {"target": (row["target"] or {}).get("alpha")} for row in scores_of(question)))


def labels_csv(shown: Dashboard) -> bytes:
    return _csv(LABEL_COLUMNS, (line.row for line in shown.labels))


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(row[column]) for column in columns])
    return out.getvalue().encode()


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is made plain."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
