"""Building a release in the worker: everything unseen in a folder of this attempt, then one flip."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from adjudication.services.aggregating import ensure_aggregations
from core.errors import ConcordError
from events.actor import Actor
from events.jobs import JobRun
from events.services import append_event
from metrics.services.heartbeat import beating
from releases.building.files import Written, hash_file
from releases.building.package import SUMS, Built, build_package
from releases.models import Release, ReleaseFile
from releases.selectors import files_of, stored_path

FOLDER = "releases"


def build_release(run: JobRun) -> None:
    """Carry out one attempt. Safe to run again at any time: only the attempt that flips leaves a trace."""
    release = _wanted(run)
    if release is None:
        with transaction.atomic():
            run.finish()
        return
    place = f"{FOLDER}/{release.pk}/{run.id}-{run.attempt}"
    folder = Path(settings.FILES_DIR) / place
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        built = _build(run, release, folder)
    except BaseException:  # also a dying process: nothing names these files yet
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        with transaction.atomic():
            items = built.counts["items"] + built.counts["left_out"]
            run.beat(items, items)
            is_kept = _end(run, release, place, built)
    except ConcordError:  # cancelled or overtaken. After any other error the commit may have taken place: files stay
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _tidy(run, release, keep=folder if is_kept else None)


def _build(run: JobRun, release: Release, folder: Path) -> Built:
    with beating(run, 0) as heart:

        def beat(done: int, total: int | None) -> None:
            heart.total = heart.total if total is None else total
            heart.step(done)

        _aggregate(release, heart.check)
        return build_package(release, folder, beat)


def _aggregate(release: Release, alive: Callable[[], None]) -> None:
    """Have the models of the release's policy fitted over its cut, unless they are."""
    asked = release.requested.get("aggregation")
    if asked is not None:
        ensure_aggregations(
            project=release.project, as_of=release.as_of, methods=asked["methods"], policy=asked["policy"], alive=alive
        )


def _wanted(run: JobRun) -> Release | None:
    """The release that waits for this job, or None where it has come to its end already."""
    rows = Release.objects.select_related("project", "contract", "previous")
    return rows.filter(pk=run.arguments["release"], state=Release.State.BUILDING, job=run.id).first()


def _end(run: JobRun, release: Release, place: str, built: Built) -> bool:
    """Everything at once: the state, the files, the event and the end of the job. Returns whether the files stay."""
    locked = Release.objects.select_for_update().get(pk=release.pk)
    run.finish()
    if locked.state != Release.State.BUILDING or locked.job != run.id:
        return False
    locked.gates, locked.counts, locked.guideline_versions = built.gates, built.counts, built.versions
    by = Actor(locked.cut_by, run.request_id)
    if built.is_blocked:
        locked.state, action = Release.State.BLOCKED, "release.blocked"
    else:
        locked.state, action = Release.State.PUBLISHED, "release.published"
        locked.manifest, locked.content_hash = built.manifest, built.content_hash
        locked.published_at = timezone.now()
        ReleaseFile.objects.bulk_create(_file_row(locked, place, written) for written in built.files)
    locked.save()
    append_event(
        by=by, action=action, project=locked.project_id, object_type="release", object_id=locked.pk,
        version=locked.version,
        after={"content_hash": locked.content_hash, "as_of": locked.as_of, "gates": built.gates},
    )  # fmt: skip
    return not built.is_blocked


def _file_row(release: Release, place: str, written: Written) -> ReleaseFile:
    return ReleaseFile(
        release=release, path=written.path, stored_as=f"{place}/{written.path}", size=written.size,
        sha256=written.sha256, rows=written.rows,
    )  # fmt: skip


def _tidy(run: JobRun, release: Release, *, keep: Path | None) -> None:
    """Remove the folders of attempts that did not come to be the release.

    A blocked one may be cut again at once: what its new job writes is left alone. The folders are listed before that
    job is looked up, so whatever is listed was begun by it or by an earlier one.
    """
    home = Path(settings.FILES_DIR) / FOLDER / str(release.pk)
    entries = list(home.iterdir()) if home.is_dir() else []
    current = Release.objects.values_list("job", flat=True).get(pk=release.pk)
    for entry in entries:
        is_others = current != run.id and entry.name.startswith(f"{current}-")
        if entry != keep and not is_others:
            shutil.rmtree(entry, ignore_errors=True)


def note_failure(run: JobRun, error: ConcordError) -> None:
    """A build that broke off blocks its release, so that people see why and may cut it again."""
    release = Release.objects.select_for_update().filter(pk=run.arguments["release"], job=run.id).first()
    if release is None or release.state != Release.State.BUILDING:
        return
    release.state = Release.State.BLOCKED
    release.gates = [{
        "name": "build", "title": "The files could be built", "result": "fail", "operator": "mustBe", "expected": 1,
        "actual": 0, "detail": error.detail, "waiver": None,
    }]  # fmt: skip
    release.save()
    append_event(by=Actor(None, run.request_id), action="release.blocked", project=release.project_id,
                 object_type="release", object_id=release.pk, version=release.version,
                 after={"error": error.code})  # fmt: skip


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="concord-verify-") as name:
        yield Path(name)


def verify_release(*, release: Release, rebuild: bool = True) -> list[str]:
    """What is wrong with a published release: every stored byte is hashed, and the cut is built again.

    Returns sentences; none means that the bytes are those that were published and can be made again.
    """
    if not release.is_final or release.manifest is None:
        return [f"{release.version} is {release.state}, so there are no published bytes."]
    problems, stored = [], files_of(release)
    for row in stored:
        size, digest = hash_file(stored_path(row.stored_as))
        if (size, digest) != (row.size, row.sha256):
            problems.append(f"{row.path} is not what was published: its hash is {digest}.")
    listed = {f["path"]: (f["bytes"], f["sha256"]) for f in release.manifest["files"]}
    if listed != {row.path: (row.size, row.sha256) for row in stored if row.path != SUMS}:
        problems.append("The manifest does not list the files that are stored.")
    sums = "".join(f"{row.sha256}  {row.path}\n" for row in stored if row.path != SUMS)
    named = next((row for row in stored if row.path == SUMS), None)
    if named is None or stored_path(named.stored_as).read_text() != sums or named.sha256 != release.content_hash:
        problems.append("SHA256SUMS and the content hash do not cover the stored files.")
    if rebuild and not problems:
        problems += _rebuilt_otherwise(release)
    return problems


def _silent(done: int, total: int | None) -> None:
    """Nobody watches a check."""


def _rebuilt_otherwise(release: Release) -> list[str]:
    _aggregate(release, lambda: None)
    with _scratch() as folder:
        again = build_package(release, folder, _silent)
    if again.content_hash == release.content_hash:
        return []
    before = {row.path: row.sha256 for row in files_of(release)}
    after = {f.path: f.sha256 for f in again.files}
    differing = sorted(path for path in before | after if before.get(path) != after.get(path) and path != SUMS)
    return [f"Built again from cut {release.as_of}, these files differ: {', '.join(differing) or 'all'}."]
