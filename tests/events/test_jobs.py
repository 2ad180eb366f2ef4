"""Jobs: claimed once, swept when silent, fenced by their attempt, cancelled and resumed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Invalid
from core.ids import new_id
from events import jobs, tasks
from events.errors import JobLost, JobNotRunning, QueueFull
from events.models import Job
from tests.factories import actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kind():
    calls = []

    @jobs.register_job("test-job")
    def work(run):
        calls.append(run.attempt)
        if run.arguments.get("fail"):
            raise Invalid("It cannot be done.")
        run.beat(1, 2)
        run.finish()

    yield calls
    jobs._kinds.pop("test-job")


def enqueue(**arguments):
    return jobs.enqueue(kind="test-job", project=new_id(), arguments=arguments, by=actor(), now=timezone.now())


def test_a_job_runs_once_however_often_it_is_announced(kind):
    job = enqueue()
    for _ in range(3):
        jobs.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, kind) == ("done", 1, 2, [1])


def test_a_failed_job_says_why_and_can_be_resumed(kind):
    job = enqueue(fail=True)
    jobs.run(job.id)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error["detail"] == "It cannot be done."
    Job.objects.filter(pk=job.pk).update(arguments={})
    jobs.resume_job(job=job, now=timezone.now())
    jobs.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("done", 2)


def test_a_silent_job_is_swept_and_its_old_attempt_can_no_longer_write(kind):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, heartbeat_at=timezone.now() - timedelta(minutes=5))
    old = jobs.JobRun(job.id, job.kind, job.project, 1, {}, None, "")
    jobs.sweep_jobs(now=timezone.now())
    jobs.run(job.id)
    with pytest.raises(JobLost):
        old.beat(1)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("done", 2)


def test_a_job_past_its_deadline_fails_visibly(kind):
    job = enqueue()
    Job.objects.filter(pk=job.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    jobs.sweep_jobs(now=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "deadline")


def test_cancel_stops_a_queued_job_and_refuses_a_finished_one(kind):
    job = enqueue()
    jobs.cancel_job(job=job)
    job.refresh_from_db()
    assert job.state == "cancelled"
    jobs.run(job.id)
    assert kind == []
    with pytest.raises(JobNotRunning):
        jobs.cancel_job(job=job)


def test_the_queue_of_one_project_is_bounded(kind):
    project = new_id()
    for _ in range(jobs.MOST_WAITING):
        jobs.enqueue(kind="test-job", project=project, arguments={}, by=actor(), now=timezone.now())
    with pytest.raises(QueueFull):
        jobs.enqueue(kind="test-job", project=project, arguments={}, by=actor(), now=timezone.now())


@pytest.mark.parametrize(("end", "code"), [("deadline", "deadline"), ("cancel", "cancelled")])
def test_a_job_that_no_worker_ends_is_told_to_its_kind(end, code):
    told = []
    jobs.register_job("test-told", on_failure=lambda run, error: told.append((run.id, error.code)))(lambda run: None)
    try:
        job = jobs.enqueue(kind="test-told", project=new_id(), arguments={}, by=actor(), now=timezone.now())
        if end == "cancel":
            jobs.cancel_job(job=job)
        else:
            jobs.sweep_jobs(now=timezone.now() + timedelta(days=1))
    finally:
        jobs._kinds.pop("test-told")
    assert told == [(job.id, code)]
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("cancelled" if end == "cancel" else "failed", code)


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_server_with_a_wrong_clock_ends_no_job(kind, monkeypatch, hours):
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(hours=hours))
    job = enqueue()
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(hours=24))
    tasks.sweep()
    job.refresh_from_db()
    assert job.state == "queued"
    assert abs(job.deadline - right() - timedelta(hours=1)) < timedelta(minutes=1)
