"""A build delivered six times, overtaken, or killed at any of its steps ends as one release with one hash."""

import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from events import jobs
from events.models import Event, Job
from releases.building import package
from releases.models import Release
from releases.services import building, verify_release
from tests.releases.build import agreeing, cut, queue_again, reread

pytestmark = pytest.mark.django_db(transaction=True)


def published_events():
    return Event.objects.filter(action="release.published").count()


class Killed(BaseException):
    """The worker is gone."""


def test_six_deliveries_at_once_make_one_release():
    release = cut(agreeing(3), build=False)

    def deliver():
        try:
            jobs.run(release.job)
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reread(release).state == "published"
    assert published_events() == 1
    assert Job.objects.get(pk=release.job).attempt == 1


def test_six_runs_one_after_the_other_change_nothing():
    release = cut(agreeing(3))
    before = reread(release).content_hash
    for _ in range(6):
        jobs.run(queue_again(release).pk)
        assert Job.objects.get(pk=release.job).state == "done"
    assert reread(release).content_hash == before
    assert published_events() == 1
    assert verify_release(release=reread(release)) == []


STEPS = [
    (package, "_write_rows"), (package, "alphas_at"), (package, "judge"), (package, "_finish"),
    (package, "sync_folders"), (building, "_end"), (building, "append_event"), (building, "_tidy"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name"), STEPS, ids=[name for _, name in STEPS])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_each_step_it_is_whole_or_not_there(monkeypatch, module, name, after):
    release = cut(agreeing(2), build=False)
    real = getattr(module, name)

    def dying(*args, **kwargs):
        if after:
            real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(module, name, dying)
    with pytest.raises(Killed):
        jobs.run(release.job)
    monkeypatch.setattr(module, name, real)
    found = reread(release)
    if found.state == "published":
        assert verify_release(release=found) == []
    else:
        assert (found.state, found.files.count(), published_events()) == ("building", 0, 0)
    if Job.objects.get(pk=release.job).state == "running":
        jobs.run(queue_again(release).pk)
    found = reread(release)
    assert (found.state, published_events()) == ("published", 1)
    assert verify_release(release=found) == []


def test_an_overtaken_attempt_writes_nothing(monkeypatch):
    release = cut(agreeing(2), build=False)
    real = package.judge
    overtaken = []

    def slow(*args):
        if not overtaken:
            overtaken.append(True)
            jobs.run(queue_again(release).pk)  # the sweep gave the job to another worker, which is done first
        return real(*args)

    monkeypatch.setattr(package, "judge", slow)
    jobs.run(release.job)
    found = reread(release)
    assert (found.state, published_events()) == ("published", 1)
    assert verify_release(release=found) == []


def test_a_build_that_broke_off_blocks_the_release_with_the_reason(monkeypatch):
    setting = agreeing(1)
    release = cut(setting, build=False)

    def broken(*args):
        raise OSError("disk full at /secret/place")

    monkeypatch.setattr(package, "judge", broken)
    jobs.run(release.job)
    monkeypatch.undo()
    found = reread(release)
    assert (found.state, found.gates[0]["name"]) == ("blocked", "build")
    assert "/secret" not in str(found.gates)
    assert cut(setting).state == "published"
    assert Release.objects.count() == 1


def folders(release):
    home = Path(settings.FILES_DIR) / "releases" / str(release.pk)
    return sorted(entry.name for entry in home.iterdir()) if home.is_dir() else []


def test_a_blocked_release_that_is_cut_again_at_once_keeps_the_files_of_its_new_build(monkeypatch):
    setting = agreeing(2)
    release = cut(setting, build=False)
    real, again = building._tidy, []

    def recut(run, built, **kept):
        """Between the end of the blocked build and its tidying, the next job has begun to write."""
        monkeypatch.undo()
        again.append(cut(setting, build=False))
        begun = Path(settings.FILES_DIR) / "releases" / str(release.pk) / f"{again[0].job}-1"
        begun.mkdir(parents=True)
        real(run, built, **kept)

    monkeypatch.setattr(building, "_tidy", recut)
    monkeypatch.setattr(package, "judge", lambda *args: [{"name": "x", "result": "fail"}])
    jobs.run(release.job)
    assert folders(release) == [f"{again[0].job}-1"]


def test_a_build_that_broke_off_or_was_cancelled_leaves_no_file(monkeypatch):
    release = cut(agreeing(1), build=False)

    def cancelled(*args):
        jobs.cancel_job(job=Job.objects.get(pk=release.job))
        return real(*args)

    real = package.judge
    monkeypatch.setattr(package, "judge", cancelled)
    jobs.run(release.job)
    assert (reread(release).state, folders(release)) == ("blocked", [])
