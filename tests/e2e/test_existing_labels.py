"""The how-to "Bring your existing labels", carried out over the API against published data sets."""

import json
import uuid

import pytest

from tests.live import join
from tests.paths import shared

NEAR, INTERVAL = 0.0001, 0.01


@pytest.fixture(scope="module")
def lead(installation):
    return join(
        installation,
        f"lead-{uuid.uuid4().hex[:8]}@example.org",
        "Lead",
        "a long enough password 1",
        "--can-create-projects",
    )


def make(api, slug, fields, question):
    """A project with a published guideline that asks one question."""
    api.ok("POST", "/projects", {"slug": slug, "name": slug, "fields": fields})
    draft = api.call("GET", f"/projects/{slug}/guidelines/draft")
    saved = api.call(
        "PUT", f"/projects/{slug}/guidelines/draft",
        {"clauses": [], "label_schema": {"questions": [question]}, "note": "as in the data"},
        If_Match=draft.headers["ETag"],
    )  # fmt: skip
    assert saved.status == 200, saved.data
    api.ok(
        "POST", f"/projects/{slug}/guidelines/draft/publish", {"change": "semantic", "note": "as in the data"},
        If_Match=saved.headers["ETag"],
    )  # fmt: skip


def bring(api, slug, file, mapping, file_format, batch):
    job = api.upload(
        f"/projects/{slug}/imports", file, format=file_format, mapping=json.dumps(mapping), mode="commit", batch=batch
    )
    done = api.wait(f"/projects/{slug}/imports/{job['id']}")
    assert done["state"] == "done", done["error"]
    assert done["rows_read"] == done["rows_kept"] + done["rows_reported"]
    return done


def measured(api, slug, question):
    job = api.ok("POST", f"/projects/{slug}/agreement-runs", {"question": question})
    done = api.wait(f"/agreement-runs/{job['id']}")
    assert done["state"] == "done", done["error"]
    return done["scores"][0]


def cases(api, slug, wanted, patience=60):
    """Count the cases; they are raised by the worker, so wait until they are there."""
    import time  # only here

    until = time.monotonic() + patience
    while (found := api.ok("GET", f"/projects/{slug}")["counts"]["cases_open"]) != wanted and time.monotonic() < until:
        time.sleep(0.5)
    return found


def test_factuality_labels_give_their_published_agreement(lead):
    file = shared("data", "xsum_hallucination", "factuality_annotations_xsum_summaries.csv")
    slug = f"xsum-{uuid.uuid4().hex[:8]}"
    make(
        lead, slug, [{"name": "summary", "type": "text", "title": "Summary", "required": True}],
        {"name": "factual", "kind": "choice", "title": "Is the summary factual?", "required": True,
         "labels": [{"value": "yes", "title": "Yes"}, {"value": "no", "title": "No"}]},
    )  # fmt: skip
    mapping = {
        "external_id": ["bbcid", "system"], "fields": {"summary": "summary"}, "annotator": "worker_id",
        "answers": {"factual": "is_factual"}, "identity": "slot", "null_values": ["NULL", ""],
    }  # fmt: skip
    done = bring(lead, slug, file, mapping, "csv", "xsum")
    assert (done["rows_read"], done["rows_kept"], done["rows_reported"]) == (5597, 5564, 33)
    report = lead.call("GET", f"/projects/{slug}/imports/{done['id']}/report").data.decode().strip().splitlines()
    assert {json.loads(line)["code"] for line in report} == {"no_answer"}
    assert len(report) == 33
    score = measured(lead, slug, "factual")
    assert score["value"] == pytest.approx(0.7736, abs=NEAR)
    assert (score["ci_low"], score["ci_high"]) == pytest.approx((0.732, 0.811), abs=INTERVAL)
    assert cases(lead, slug, 118) == 118
    again = bring(lead, slug, file, mapping, "csv", "xsum")
    assert (again["rows_kept"], again["items_created"], again["annotations_created"]) == (5564, 0, 0)
    assert again["round"] == done["round"]


def test_sarcasm_ratings_give_their_published_agreement(lead):
    slug = f"csc-{uuid.uuid4().hex[:8]}"
    fields = [{"name": n, "type": "text", "title": n, "required": True} for n in ("context", "response")]
    make(
        lead,
        slug,
        fields,
        {"name": "sarcasm", "kind": "rating", "title": "How sarcastic?", "required": True, "min": 1, "max": 6},
    )
    for part in ("dev", "test"):
        mapping = {
            "external_id": ["split", "$key"], "fields": {"context": "text.context", "response": "text.response"},
            "annotators": {"answers": {"sarcasm": "annotations"}}, "identity": "person",
        }  # fmt: skip
        done = bring(lead, slug, shared("data", "csc_sarcasm", f"CSC_{part}.json"), mapping, "json", part)
        assert (done["rows_read"], done["rows_kept"], done["items_created"]) == (704, 704, 704)
    score = measured(lead, slug, "sarcasm")
    assert (score["coefficient"], score["distance"]) == ("alpha", "ordinal")
    assert score["value"] == pytest.approx(0.3517, abs=NEAR)
    assert (score["ci_low"], score["ci_high"]) == pytest.approx((0.324, 0.377), abs=INTERVAL)
    assert score["n_annotators"] == 872
    assert cases(lead, slug, 1302) == 1302
