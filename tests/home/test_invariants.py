"""`check_invariants` finds what it is there to find: each promise is broken by hand once."""

import json

import pytest
from django.core.management import call_command
from django.db import connection

from adjudication.models import Case
from annotation.models import Annotation, QueueEntry
from metrics.models import Pattern
from tests.factories import (
    acknowledge,
    client_for,
    label,
    make_items,
    make_member,
    make_project,
    publish_guideline,
    settle,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    """Two annotators, four items with labels, one disagreement, and one label that came over HTTP."""
    project = make_project(overlap=2)
    first, second = make_member(project, "annotator"), make_member(project, "annotator")
    publish_guideline(project)
    acknowledge(project, first, second)
    make_items(project, 4)
    label(first, project, {"tone": "calm"}, 3)
    label(second, project, [{"tone": "angry"}, {"tone": "calm"}], 3)
    client = client_for(first)
    given = client.post(f"/api/v1/projects/{project.slug}/next", {}, format="json").json()["assignments"][0]
    body = {"assignment": given["id"], "fence": given["fence"], "answers": {"tone": "calm"}, "lead_time_ms": 5}
    assert client.post("/api/v1/annotations", body, format="json", HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
    settle()
    return project


def found(capsys, *flags):
    """The names of the invariants that are broken."""
    code = 0
    try:
        call_command("check_invariants", "--json", *flags)
    except SystemExit as stop:
        code = stop.code
    body = json.loads(capsys.readouterr().out)
    assert body["ok"] is (code in {0, None})
    return {v["name"] for v in body["violations"]}


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # past the triggers, as a broken disk would be
        cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def test_a_sound_installation_has_no_violation(world, capsys):
    assert found(capsys) == set()


def test_a_changed_acknowledged_label_is_found(world, capsys):
    newest = Annotation.objects.order_by("-pk").first()
    run("UPDATE annotation_annotation SET answers = %s WHERE id = %s", json.dumps({"tone": "unsure"}), newest.pk)
    assert "I1" in found(capsys)


def test_a_label_without_its_event_is_found(world, capsys):
    run("DELETE FROM events_seal WHERE event_id = %s", Annotation.objects.first().event)
    run("DELETE FROM events_event WHERE id = %s", Annotation.objects.first().event)
    assert {"I2", "I9"} <= found(capsys)


def test_a_wrong_counter_is_found_and_repaired(world, capsys):
    QueueEntry.objects.filter(free=0).update(free=1)
    assert "I3" in found(capsys)
    assert found(capsys, "--repair") == set()


def test_a_missing_case_is_found(world, capsys):
    Case.objects.all().delete()
    assert found(capsys) == {"I4"}


def test_a_case_without_a_disagreement_is_found(world, capsys):
    calm = Annotation.objects.filter(answers={"tone": "calm"}).exclude(item__in=Case.objects.values("item")).first()
    Case.objects.update(item=calm.item)
    assert "I4" in found(capsys)


def test_a_forged_log_is_found(world, capsys):
    run("UPDATE events_event SET action = 'nothing.happened' WHERE id = (SELECT min(id) FROM events_event)")
    assert "I9" in found(capsys)


def test_a_drifted_count_is_found_and_repaired(world, capsys):
    Pattern.objects.update(units=7)
    assert "I12" in found(capsys)
    assert found(capsys, "--repair") == set()
