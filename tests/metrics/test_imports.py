"""The labels of an import are counted as a whole, and are invisible until then."""

import csv
import io
import json
from typing import Any

import pytest

from events import consumers, jobs
from events import services as log
from events.models import Job
from metrics.models import Pattern, Unit
from metrics.selectors import count_mismatches
from metrics.selectors import units as selectors
from metrics.services.repair import rebuild_project
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


def import_labels(project: Any, rows: list[tuple[str, str, str]], identity: str = "person") -> Job:
    """Commit a file of (item, annotator, tone) and carry out its import, but nothing that follows from it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([("id", "who", "tone"), *rows])
    file = io.BytesIO(out.getvalue().encode())
    file.name = "labels.csv"
    mapping = {
        "external_id": "id", "fields": {"text": "id"}, "annotator": "who", "answers": {"tone": "tone"},
        "identity": identity,
    }  # fmt: skip
    answer = make.client_for(project.created_by).post(
        f"/api/v1/projects/{project.slug}/imports",
        {"file": file, "format": "csv", "mapping": json.dumps(mapping), "mode": "commit"},
        headers={"Idempotency-Key": f"import-{identity}"},
    )
    assert answer.status_code == 202, answer.content
    job = Job.objects.get(pk=answer.json()["id"])
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def rows_of(number: int) -> list[tuple[str, str, str]]:
    tones = ("calm", "angry", "unsure")
    return [
        (f"i{n}", f"w{who}", tones[(n + (who if n % 4 == 0 else 0)) % 3]) for n in range(number) for who in range(3)
    ]


def live(project: Any) -> dict[str, Any]:
    row: dict[str, Any] = make.client_for(project.created_by).get(
        f"/api/v1/projects/{project.slug}/agreement"
    ).json()["scores"][0]  # fmt: skip
    return row


def test_an_import_is_seen_at_once_when_all_of_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "ROWS", 10)
    project = make.make_project()
    make.publish_guideline(project)
    import_labels(project, rows_of(24))
    log.seal_events()
    consumers.run_consumers()
    consumers.run_consumers()
    [job] = Job.objects.filter(kind="metrics.units")
    assert (live(project)["n_items"], live(project)["as_of"]) == (0, None)
    assert count_mismatches(project) == []
    jobs.run(job.pk)
    row = live(project)
    assert (row["n_items"], row["n_annotations"], row["n_annotators"]) == (24, 72, 3)
    assert row["as_of"] > 0
    assert set(Pattern.objects.values_list("version", flat=True)) == {-1, 0}
    assert count_mismatches(project) == []


def test_counting_goes_on_where_an_attempt_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "ROWS", 10)
    project = make.make_project()
    make.publish_guideline(project)
    import_labels(project, rows_of(24))
    make.settle()
    kept = list(Unit.objects.order_by("item").values_list("item", flat=True))
    Unit.objects.filter(item__gt=kept[len(kept) // 2]).delete()
    Pattern.objects.all().delete()
    Job.objects.filter(kind="metrics.units").update(state=Job.State.QUEUED)
    make.settle()
    assert live(project)["n_items"] == 24
    assert count_mismatches(project) == []


def test_a_failed_count_is_mended_by_hand() -> None:
    project = make.make_project()
    make.publish_guideline(project)
    import_labels(project, rows_of(24))
    log.seal_events()
    consumers.run_consumers()
    Job.objects.filter(kind="metrics.units").update(state=Job.State.FAILED)
    assert live(project)["as_of"] is None
    assert len(count_mismatches(project)) > 0
    rebuild_project(project=project)
    assert count_mismatches(project) == []
    assert (live(project)["n_items"], live(project)["as_of"] is None) == (24, False)


def test_without_known_people_every_answer_is_somebody_and_pairs_are_off() -> None:
    project = make.make_project()
    make.publish_guideline(project)
    import_labels(project, rows_of(24), identity="none")
    make.settle()
    client = make.client_for(project.created_by)
    address = f"/api/v1/projects/{project.slug}/agreement-runs"
    answer = client.post(address, {}, format="json", headers={"Idempotency-Key": "r"})
    make.settle()
    score = client.get(answer["Location"]).json()["scores"][0]
    assert live(project)["n_annotators"] == score["n_annotators"] == 72
    assert (score["pairs"], score["annotators"]) == ([], [])
    assert score["value"] == pytest.approx(live(project)["value"], abs=1e-12)
