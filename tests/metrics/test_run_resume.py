"""A run is kept question by question: a killed worker's run is taken up again there, a cancelled one leaves nothing."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from events import jobs
from events.models import Job
from events.services import database_now, wait_for_cut
from metrics.models import AgreementRun, RunAnnotator
from metrics.services import request_run, runs
from tests import factories as make
from tests.metrics.conftest import TONES

pytestmark = pytest.mark.django_db(transaction=True)
N = 20


class Killed(BaseException):
    """The worker is gone: nothing after it is carried out, no end is written."""


@pytest.fixture(name="project")
def two_questions(transactional_db: None) -> Any:
    project = make.make_project(overlap=2)
    make.publish_guideline(project, questions=[make.CHOICE, make.RATING])
    make.make_items(project, N)
    people = [make.make_member(project, "annotator") for _ in range(2)]
    make.acknowledge(project, *people)
    for place, user in enumerate(people):
        answers = [{"tone": TONES[(n + place * (n % 4 == 0)) % 3], "force": 1 + (n + place) % 5} for n in range(N)]
        make.label(user, project, answers, N)
    make.settle(2)
    return project


def ask(project: Any, cut: int) -> AgreementRun:
    return request_run(by=make.actor(project.created_by), project=project, as_of=cut, now=timezone.now())


def numbers(run: AgreementRun) -> list[dict[str, Any]]:
    run.refresh_from_db()
    return [{name: value for name, value in row.items() if name != "computed_at"} for row in run.scores]


def spied(monkeypatch: pytest.MonkeyPatch, at: Callable[[str, Any], None]) -> list[str]:
    """Which questions were measured; `at` is called before each with its name and the heart."""
    measured: list[str] = []
    whole = runs._measure

    def measure(asked: Any, question: Any, heart: Any) -> Any:
        at(question.name, heart)
        measured.append(question.name)
        return whole(asked, question, heart)

    monkeypatch.setattr(runs, "_measure", measure)
    return measured


def test_a_killed_run_is_taken_up_from_the_question_it_had_finished(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = wait_for_cut(project=project.id)
    undisturbed = ask(project, cut)
    jobs.run(undisturbed.pk)
    killed, alive = ask(project, cut), [False]

    def die(question: str, heart: Any) -> None:
        if question == "force" and not alive[0]:
            raise Killed

    measured = spied(monkeypatch, die)
    with pytest.raises(Killed):
        jobs.run(killed.pk)
    killed.refresh_from_db()
    assert (killed.scores, killed.computed_at, list(killed.parts)) == ([], None, ["tone"])
    body = make.client_for(project.created_by).get(f"/api/v1/agreement-runs/{killed.pk}").json()
    assert (body["scores"], body["state"], body["progress"]) == ([], "running", {"done": 1, "total": 2})
    assert "parts" not in body
    Job.objects.filter(pk=killed.pk).update(heartbeat_at=database_now() - timedelta(minutes=5))
    jobs.sweep_jobs(now=database_now())
    alive[0] = True
    jobs.run(killed.pk)
    assert measured == ["tone", "force"]
    assert numbers(killed) == numbers(undisturbed)
    killed.refresh_from_db()
    assert killed.parts == {}
    assert Job.objects.get(pk=killed.pk).attempt == 2
    people = RunAnnotator.objects.filter(run=killed)
    assert people.count() == RunAnnotator.objects.filter(run=undisturbed).count() > 0


def test_an_overtaken_attempt_keeps_nothing(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(project, wait_for_cut(project=project.id))

    def overtake(question: str, heart: Any) -> None:
        if question == "force":
            Job.objects.filter(pk=run.pk).update(attempt=7)

    spied(monkeypatch, overtake)
    jobs.run(run.pk)
    run.refresh_from_db()
    assert (list(run.parts), run.scores, run.computed_at) == (["tone"], [], None)


def test_a_cancelled_run_ends_soon_and_leaves_nothing(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run, began = ask(project, wait_for_cut(project=project.id)), [0.0]

    def cancel(question: str, heart: Any) -> None:
        if question == "force":
            jobs.cancel_job(job=Job.objects.get(pk=run.pk))
            began[0] = time.monotonic()
            for _ in range(100):
                time.sleep(0.1)
                heart.check()

    spied(monkeypatch, cancel)
    jobs.run(run.pk)
    assert time.monotonic() - began[0] < 5
    run.refresh_from_db()
    assert (run.parts, run.scores, run.computed_at) == ({}, [], None)
    assert Job.objects.get(pk=run.pk).state == "cancelled"
    assert not RunAnnotator.objects.filter(run=run).exists()
    monkeypatch.undo()
    jobs.resume_job(job=Job.objects.get(pk=run.pk), now=timezone.now())
    jobs.run(run.pk)
    assert len(numbers(run)) > 2


def test_a_failed_run_is_resumed_from_what_is_done(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run, broken = ask(project, wait_for_cut(project=project.id)), [True]

    def fail(question: str, heart: Any) -> None:
        if question == "force" and broken[0]:
            raise RuntimeError("no memory")

    measured = spied(monkeypatch, fail)
    jobs.run(run.pk)
    assert Job.objects.get(pk=run.pk).state == "failed"
    broken[0] = False
    jobs.resume_job(job=Job.objects.get(pk=run.pk), now=timezone.now())
    jobs.run(run.pk)
    assert measured == ["tone", "force"]
    assert {row["question"] for row in numbers(run)} == {"tone", "force"}
