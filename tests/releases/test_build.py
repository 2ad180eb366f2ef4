"""What is inside a release, and that its bytes are fixed."""

import hashlib
import json
import subprocess

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.utils import timezone

from adjudication.selectors import gold_rows
from annotation.services import change_overlap
from events.models import Event
from events.services import wait_for_cut
from metrics.services import request_run
from projects.models import Project
from releases import services
from releases.building.agreement import alphas_at
from releases.models import Release, ReleaseFile
from releases.selectors import files_of, manifest_bytes, stored_path
from tests.adjudication.build import decide, disagree, make_setting
from tests.factories import actor, label, publish_guideline, settle
from tests.releases.build import agreeing, cut, reread

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = (IntegrityError, InternalError)


def read(release, path):
    return stored_path(release.files.get(path=path).stored_as).read_bytes()


def rows(release, path):
    return [json.loads(line) for line in read(release, path).splitlines()]


def test_agreeing_items_are_published_with_all_files():
    setting = agreeing(3)
    release = cut(setting, note="The first one.")
    assert release.state == "published", release.gates
    assert [f.path for f in files_of(release)] == [
        "CHANGELOG.md", "README.md", "SHA256SUMS", "adjudications/adjudications.jsonl",
        "annotations/annotations.jsonl", "contract-result.json", "contract.odcs.yaml", "data/items.jsonl",
        "guideline/1.json", "guideline/1.md",
    ]  # fmt: skip
    assert release.counts["items"] == 3
    assert release.counts["annotations"] == 6
    assert release.guideline_versions == [1]
    assert [g["result"] for g in release.gates] == ["pass", "pass", "pass"]
    assert "The first one." in read(release, "README.md").decode()
    assert list(Event.objects.filter(action="release.published").values_list("object_id", flat=True)) == [
        str(release.pk)
    ]


def test_rows_hold_hard_and_soft_labels_in_the_order_of_items():
    setting = agreeing(2)
    release = cut(setting)
    items = rows(release, "data/items.jsonl")
    assert [row["item_id"] for row in items] == sorted(str(item.pk) for item in setting.items)
    first = items[0]
    assert first["tone"] == first["label"] == "calm"
    assert first["tone_dist"] == [1.0, 0, 0]
    assert (first["tone_source"], first["tone_n"], first["agreement"]) == ("unanimous", 2, 1.0)
    assert first["text_sha256"] == hashlib.sha256(first["text"].encode()).hexdigest()
    assert (first["split"], first["guideline_version"]) == ("train", 1)


def test_annotator_rows_name_nobody_and_agree_with_the_soft_labels():
    setting = agreeing(2)
    release = cut(setting)
    annotations = rows(release, "annotations/annotations.jsonl")
    whole = b"".join(read(release, f.path) for f in files_of(release))
    for person in setting.annotators:
        for secret in (str(person.pk), person.name, person.email):
            assert secret.encode() not in whole
    assert len({row["annotator_id"] for row in annotations}) == 2
    other = cut(setting, "1.1.0")
    names = {row["annotator_id"] for row in rows(other, "annotations/annotations.jsonl")}
    assert not names & {row["annotator_id"] for row in annotations}


def test_hashes_chain_from_file_to_content_hash(tmp_path):
    release = cut(agreeing(2))
    manifest = json.loads(manifest_bytes(release))
    sums = read(release, "SHA256SUMS")
    assert manifest["content_hash"] == release.content_hash == hashlib.sha256(sums).hexdigest()
    listed = dict(reversed(line.split("  ")) for line in sums.decode().splitlines())
    assert listed == {f["path"]: f["sha256"] for f in manifest["files"]}
    for path, digest in listed.items():
        assert hashlib.sha256(read(release, path)).hexdigest() == digest
    home = stored_path(release.files.get(path="SHA256SUMS").stored_as).parent
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=home, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_cut_is_built_to_the_same_bytes_whatever_came_later():
    setting = agreeing(3)
    release = cut(setting)
    publish_guideline(setting.project, note="Later.")
    setting.project.name = "Another name"
    setting.project.save()
    assert services.verify_release(release=reread(release)) == []


def test_a_higher_overlap_later_on_changes_nothing_about_an_earlier_cut():
    setting = agreeing(2)
    release = cut(setting)
    change_overlap(by=actor(setting.manager), round=setting.round, overlap=3)
    assert services.verify_release(release=reread(release)) == []
    assert len(list(gold_rows(setting.project, as_of=release.as_of))) == 2
    assert list(gold_rows(setting.project, as_of=wait_for_cut(project=setting.project.id))) == []


def test_a_release_and_a_run_of_one_cut_show_the_same_interval():
    setting = make_setting(items=12)
    Project.objects.filter(pk=setting.project.pk).update(settings={"minimums": {"alpha_units": 2}})
    project = Project.objects.get(pk=setting.project.pk)
    tones = [[("calm", "angry", "unsure")[n % 3] for n in range(12)], [("calm", "angry")[n % 2] for n in range(12)]]
    for person, given in zip(setting.annotators, tones, strict=True):
        label(person, project, [{"tone": tone} for tone in given], count=12)
    as_of = wait_for_cut(project=project.id)
    run = request_run(by=actor(setting.manager), project=project, as_of=as_of, now=timezone.now())
    settle()
    run.refresh_from_db()
    row = alphas_at(project, as_of, project.minimums, lambda: None)["tone"]
    shown = ("value", "ci_low", "ci_high")
    assert [row[name] for name in shown] == [run.scores[0][name] for name in shown]
    assert None not in [row[name] for name in shown]


def test_a_flipped_byte_is_found():
    release = cut(agreeing(2))
    path = stored_path(release.files.get(path="data/items.jsonl").stored_as)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(bytes(data))
    assert "data/items.jsonl" in services.verify_release(release=release)[0]


def test_an_open_case_blocks_and_says_so_and_the_number_may_be_cut_again():
    setting = make_setting(items=1)
    (case,) = disagree(setting)
    release = cut(setting)
    assert release.state == "blocked"
    gate = next(g for g in release.gates if g["name"] == "cases_decided")
    assert (gate["result"], gate["expected"], gate["actual"]) == ("fail", 1, 0)
    assert not release.files.exists()
    decide(case, setting.adjudicator)
    again = cut(setting)
    assert again.pk == release.pk
    assert again.state == "published", again.gates
    assert again.counts["adjudications"] == 1
    (item,) = rows(again, "data/items.jsonl")
    assert (item["label"], item["label_source"]) == ("angry", "adjudicated")
    assert sum(item["label_dist"]) == 1
    actions = list(Event.objects.filter(action__startswith="release.").order_by("id").values_list("action", flat=True))
    assert actions == ["release.blocked", "release.published"]


def test_nothing_labelled_is_not_run_and_so_blocked():
    release = cut(make_setting(items=1))
    assert release.state == "blocked"
    assert {g["name"]: g["result"] for g in release.gates} == {
        "schema": "not_run", "cases_decided": "pass", "stale_share": "not_run",
    }  # fmt: skip


def test_a_waiver_turns_a_fail_into_a_warning_that_travels_along():
    setting = agreeing(2)
    changed = [dict(clause, definition="Quite another meaning.") for clause in publish_clauses()]
    publish_guideline(setting.project, clauses=changed)
    assert cut(setting).state == "blocked"
    release = cut(setting, waivers=[{"gate": "stale_share", "reason": "Looked at by hand."}])
    assert release.state == "published", release.gates
    gate = next(g for g in release.gates if g["name"] == "stale_share")
    assert (gate["result"], gate["actual"], gate["waiver"]["waived"]) == ("warn", 1, "fail")
    manifest = json.loads(manifest_bytes(release))
    assert manifest["contract"]["result"] == "warn"
    assert manifest["waivers"][0]["reason"] == "Looked at by hand."
    assert "Looked at by hand." in read(release, "README.md").decode()
    assert json.loads(read(release, "contract-result.json"))["result"] == "warn"
    assert all(row["is_stale"] for row in rows(release, "annotations/annotations.jsonl"))


def publish_clauses():
    from tests.factories import CLAUSES

    return CLAUSES


def test_splits_are_fixed_by_the_item_alone():
    setting = agreeing(8)
    splits = {"train": 0.5, "test": 0.5}
    first = {r["item_id"]: r["split"] for r in rows(cut(setting, splits=splits), "data/items.jsonl")}
    second = {r["item_id"]: r["split"] for r in rows(cut(setting, "1.0.1", splits=splits), "data/items.jsonl")}
    assert first == second
    assert set(first.values()) <= set(splits)


@pytest.mark.parametrize("table", ["releases_release", "releases_releasefile", "releases_contract"])
def test_the_database_refuses_to_change_what_is_published(table):
    from django.db import connection

    cut(agreeing(1))
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with pytest.raises(REFUSED), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Release.objects.count() == 1
    assert ReleaseFile.objects.count() == 10


def test_agreement_that_cannot_exist_is_called_undefined():
    """Everybody said the same of everything: a reason stands in the card, not a number, and not a perfect one."""
    setting = make_setting(items=20)
    for person in setting.annotators:
        label(person, setting.project, {"tone": "calm"}, count=20)
    settle()
    card = read(cut(setting), "README.md").decode()
    assert "- tone: undefined. Every answer is the same, so chance agreement is total and alpha is undefined." in card
