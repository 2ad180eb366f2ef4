"""An aggregation policy travels into releases and exports, and what it made there stays what it was."""

import json

import pytest
from django.utils import timezone

from adjudication.models import AggregatedAnswer, Aggregation
from events.services import wait_for_cut
from guidelines.schema.schema import LabelSchema
from releases import services
from releases.building.aggregation import aggregates_of
from releases.building.compare import compare_rows
from releases.models import Release
from releases.selectors import stored_path
from tests.adjudication.test_aggregation import MAJORITY, MODEL, compute, policy, sided
from tests.factories import actor, label, settle
from tests.releases.build import agreeing, cut

pytestmark = pytest.mark.django_db(transaction=True)
WAIVED = [{"gate": "cases_decided", "reason": "The policy answers them."}]


def read(release, path):
    return stored_path(release.files.get(path=path).stored_as).read_bytes()


def items(release):
    return [json.loads(line) for line in read(release, "data/items.jsonl").splitlines()]


def test_a_model_is_fitted_on_the_way_and_said_in_manifest_card_and_data():
    setting = sided()
    policy(setting, MODEL, note="Three people, eight items.")
    release = cut(setting, waivers=WAIVED)
    assert release.state == "published", release.gates
    rows = items(release)
    assert [row["tone_source"] for row in rows].count("model") == 4
    made = next(row for row in rows if row["tone_source"] == "model")
    assert made["tone"] == "angry"
    assert sum(made["tone_dist"]) == pytest.approx(1)
    assert made["tone_dist"] != [1 / 3, 2 / 3, 0]
    assert made["tone_agreement"] == pytest.approx(1 / 3)
    found = Aggregation.objects.get(project=setting.project)
    said = release.manifest["aggregation"]
    assert (said["policy"], said["note"]) == (1, "Three people, eight items.")
    assert said["questions"]["tone"] == {
        "method": "dawid_skene", "settings": MODEL_SETTINGS, "software": found.software, "labels_made": 4,
        "iterations": found.iterations, "converged": True, "log_likelihood": found.log_likelihood, "n_units": 8,
        "n_disputed": 4, "n_decided": 0, "n_tied": 0,
    }  # fmt: skip
    data = json.loads(read(release, "aggregation.json"))["questions"]["tone"]
    assert data["annotators"][0]["annotator_id"].startswith("annotator-")
    assert [row["competence"] for row in data["annotators"]] == [None] * 3  # fewer than 30 units
    assert str(setting.annotators[0].pk) not in read(release, "aggregation.json").decode()
    card = read(release, "README.md").decode()
    assert "## Aggregation" in card
    assert "err independently" in card


MODEL_SETTINGS = {"smoothing": 1.0, "smooth_below": 30, "max_iterations": 2000}


def test_the_bytes_stay_whatever_becomes_of_the_policy_and_whoever_fits_again():
    setting = sided()
    policy(setting, MODEL)
    first = cut(setting, waivers=WAIVED)
    policy(setting, {})
    assert services.verify_release(release=first) == []
    Aggregation.objects.filter(project=setting.project).delete()
    assert services.verify_release(release=first) == []
    assert AggregatedAnswer.objects.count() == 4


def test_a_release_of_an_earlier_cut_takes_the_policy_of_then():
    setting = sided()
    policy(setting, MAJORITY)
    before = compute(setting, method="dawid_skene").as_of
    policy(setting, {})
    release = cut(setting, waivers=WAIVED, as_of=before)
    assert release.requested["aggregation"]["policy"] == 1
    assert [row["tone_source"] for row in items(release)].count("majority") == 4


def test_without_a_policy_nothing_is_said():
    release = cut(agreeing(2))
    assert "aggregation" not in release.manifest
    assert not release.files.filter(path="aggregation.json").exists()
    assert "Aggregation" not in read(release, "README.md").decode()


def test_a_release_from_before_policies_is_built_as_it_was():
    setting = agreeing(2)
    release = cut(setting)
    kept = {key: value for key, value in release.requested.items() if key != "aggregation"}
    old = Release(project=setting.project, as_of=release.as_of, requested=kept)
    assert aggregates_of(old, LabelSchema(())).sources == {}


def test_a_label_that_the_method_makes_is_told_as_such_in_the_comparison():
    setting = sided()
    cut(setting, waivers=WAIVED)
    policy(setting, MAJORITY)
    second = cut(setting, "1.1.0", waivers=WAIVED)
    assert second.counts["sources"] == {"majority": 4, "unanimous": 4}
    assert (second.counts["changes"]["added"], second.counts["labels"]["tone"]) == (4, {"angry": 4, "calm": 4})
    before = {"item_id": "1", "tone": "calm", "tone_source": "majority"}
    found = compare_rows(iter([before]), iter([before | {"tone": "angry", "tone_source": "model"}]), ["tone"])
    assert found.relabelled[0]["cause"] == "aggregation"


def test_two_exports_of_one_cut_are_equal_though_a_model_was_fitted_in_between():
    setting = sided()
    policy(setting, MODEL)
    as_of = wait_for_cut(project=setting.project.id)
    found = [export(setting, as_of)]
    compute(setting)
    label(setting.annotators[0], setting.project, {"tone": "calm"}, 0)
    found.append(export(setting, as_of))
    assert found[0] == found[1]
    rows = [json.loads(line) for line in found[0].splitlines()]
    assert {row["source"] for row in rows} == {"unanimous", "model"}
    assert {row["aggregation"]["as_of"] for row in rows if row["aggregation"]} == {as_of}


def export(setting, as_of):
    made = services.request_export(
        by=actor(setting.manager), project=setting.project, kind="gold", format="jsonl", as_of=as_of,
        now=timezone.now(),
    )  # fmt: skip
    settle()
    made.refresh_from_db()
    return stored_path(made.stored_as).read_bytes()
