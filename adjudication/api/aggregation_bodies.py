"""The shapes of aggregation policies and of what their methods have computed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from adjudication.methods import is_model, suitable_methods
from adjudication.models import AggregatedAnswer, Aggregation, AggregationPolicy
from adjudication.selectors import schema_at
from adjudication.selectors.aggregations import strengths_for
from adjudication.selectors.policies import content_of_policy, policies_of
from core.canonical import rfc3339
from events.models import Job
from events.selectors import job_body
from guidelines.schema.schema import LabelSchema
from metrics.stats.aggregation.methods import Method
from metrics.stats.withholding import Minimums, show_annotator
from projects.access import Access
from projects.pseudonyms import shown_annotator


def version_body(access: Access, policy: AggregationPolicy) -> dict[str, Any]:
    """One version of a policy. Number 0 stands for none: nobody made it."""
    return content_of_policy(policy) | {
        "created_at": rfc3339(policy.created_at) if policy.number else None,
        "created_by": shown_annotator(access, policy.created_by_id) if policy.number else None,
    }


def policy_body(access: Access, policy: AggregationPolicy) -> dict[str, Any]:
    project = access.project
    schema = schema_at(project, None) or LabelSchema(())
    questions = [
        {
            "question": name,
            "kind": schema.question(name)["kind"],
            "method": policy.methods.get(name, {}).get("method"),
            "suitable": [_method_body(method) for method in suitable_methods(schema, name)],
        }
        for name in schema.question_names
    ]
    history = [version_body(access, row) for row in policies_of(project)]
    return version_body(access, policy) | {"questions": questions, "history": history}


def _method_body(method: Method) -> dict[str, Any]:
    return {
        "method": method.name,
        "title": method.title,
        "assumes": method.assumes,
        "needs": method.needs,
        "confidence": method.confidence,
        "is_model": is_model(method.name),
        "settings": [
            {
                "name": option.name, "title": option.title, "default": option.default, "lowest": option.lowest,
                "highest": option.highest, "choices": list(option.choices),
            }
            for option in method.options
        ],
    }  # fmt: skip


def run_head(run: Aggregation, job: Job | None, now: datetime) -> dict[str, Any]:
    """A run without what it says about annotators. One that a release has computed has no job of its own."""
    state = job_body(job, now) if job is not None else {"state": "done" if run.computed_at else "running"}
    return state | {
        "id": str(run.pk),
        "question": run.question,
        "as_of": run.as_of,
        "policy": run.policy,
        "method": run.method,
        "settings": run.settings,
        "software": run.software,
        "iterations": run.iterations,
        "converged": run.converged,
        "log_likelihood": run.log_likelihood,
        "n_units": run.n_units,
        "n_disputed": run.n_disputed,
        "n_decided": run.n_decided,
        "n_tied": run.n_tied,
        "comparisons": run.comparisons,
        "created_at": rfc3339(run.created_at),
        "computed_at": rfc3339(run.computed_at) if run.computed_at else None,
    }


def run_body(access: Access, run: Aggregation, job: Job | None, now: datetime) -> dict[str, Any]:
    return run_head(run, job, now) | {
        "labels": run.labels, "annotators": annotator_bodies(access, run), "strengths": strengths_for(access, run),
    }  # fmt: skip


def annotator_bodies(access: Access, run: Aggregation) -> list[dict[str, Any]]:
    """What a model found about each annotator, withheld where too few units were shared with others."""
    limits = Minimums.from_settings(access.project.minimums)
    found = []
    for row in run.annotators:
        named = row | {"annotator": shown_annotator(access, UUID(row["annotator"])), "reason": None, "needed": None}
        withheld = show_annotator(row["n"], minimums=limits).withheld
        if withheld is not None:
            named |= {
                "competence": None, "confusion": None, "reason": withheld.reason, "needed": withheld.needed,
            }  # fmt: skip
        found.append(named)
    return sorted(found, key=lambda row: str(row["annotator"]))


def answer_body(row: AggregatedAnswer) -> dict[str, Any]:
    return {
        "item": str(row.item_id),
        "external_id": row.item.external_id,
        "round": str(row.round_id),
        "answer": row.answer,
        "distribution": row.distribution,
        "tied": row.tied,
        "decided": row.decided,
        "others": row.others,
    }
