"""The manager's pages of aggregation, as a browser without scripts sees them."""

import re

import pytest
from django.utils import timezone

from adjudication.models import Aggregation, AggregationPolicy, Case
from adjudication.services import aggregating
from annotation import services as annotation
from annotation.models import Annotation
from events.models import Job
from tests.adjudication.build import disagree, make_setting
from tests.adjudication.test_aggregation import MAJORITY, MODEL, compute, policy, sided
from tests.adjudication.test_pages import browser
from tests.factories import actor, client_for, make_member, settle

pytestmark = pytest.mark.django_db(transaction=True)


def at(setting, rest=""):
    return f"/p/{setting.project.slug}/aggregation/{rest}"


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_it_says_that_nothing_is_in_force_and_what_each_method_takes_for_granted():
    setting = make_setting()
    text = words(browser(setting.manager).get(at(setting)))
    assert "Disagreements have no label until somebody decides them." in text
    assert "Annotators err independently of each other" in text
    assert "None was ever set" in text
    assert "Nothing is computed yet" in text


def test_computing_shows_what_a_switch_would_change_and_leads_to_the_items():
    setting = make_setting(items=3, annotators=2)
    disagree(setting, count=3)
    client = browser(setting.manager)
    assert client.post(at(setting, "compute/"), {"question": "tone"}).url == at(setting)
    assert 'hx-trigger="every 2s"' in client.get(at(setting)).content.decode()
    settle()
    run = Aggregation.objects.get(project=setting.project)
    page = client.get(at(setting))
    assert "of 3 open" in words(page)
    changed = run.comparisons["dawid_skene"]["changed"]
    link = at(setting, f"{run.pk}/?method=dawid_skene")
    assert (f'href="{link}"' in page.content.decode()) == (changed > 0)
    listed = client.get(link)
    assert listed.status_code == 200
    assert listed.content.decode().count('data-label="Text"') == changed
    assert client.get(at(setting, f"{run.pk}/?method=guess")).status_code == 404


def test_a_policy_is_saved_with_its_settings_and_a_note_and_shown_among_the_versions():
    setting = make_setting()
    client = browser(setting.manager)
    form = {"seen": "0", "method.tone": "dawid_skene", "set.tone.dawid_skene.smoothing": "0.5", "note": "Sparse."}
    saved = client.post(at(setting), form)
    assert saved.url == at(setting)
    held = AggregationPolicy.objects.get(project=setting.project)
    assert held.methods["tone"]["settings"] == {"smoothing": 0.5, "smooth_below": 30, "max_iterations": 2000}
    text = words(client.get(saved.url))
    assert "Policy 1 is in force." in text
    assert "What is the tone? by Dawid–Skene" in text
    assert "Sparse." in text
    assert "a release computes them on its way" in text


def test_what_is_wrong_is_said_and_what_was_typed_stays():
    setting = make_setting()
    client = browser(setting.manager)
    wrong = {"seen": "0", "method.tone": "dawid_skene", "set.tone.dawid_skene.smoothing": "much", "note": "Keep me"}
    refused = client.post(at(setting), wrong)
    assert refused.status_code == 422
    text = words(refused)
    assert "What is the tone?: “smoothing” is a number" in text
    assert 'value="much"' in refused.content.decode()
    assert "Keep me" in text
    late = client.post(at(setting), {"seen": "7", "method.tone": "majority"})
    assert (late.status_code, "changed the policy meanwhile" in words(late)) == (412, True)
    assert not AggregationPolicy.objects.exists()


def test_choosing_no_method_takes_it_out_of_force():
    setting = make_setting()
    policy(setting, MAJORITY)
    browser(setting.manager).post(at(setting), {"seen": "1", "method.tone": ""})
    assert AggregationPolicy.objects.latest("number").methods == {}


def test_a_run_is_stopped_and_started_again_and_one_that_failed_says_so(monkeypatch):
    setting = sided(items=2)
    client = browser(setting.manager)
    client.post(at(setting, "compute/"), {"question": "tone"})
    run = Aggregation.objects.get()
    assert client.get(at(setting, f"{run.pk}/progress/")).status_code == 200
    client.post(at(setting, f"{run.pk}/steer/"), {"action": "cancel"})
    assert "the computation was stopped" in words(client.get(at(setting)))
    assert client.get(at(setting, f"{run.pk}/progress/"))["HX-Refresh"] == "true"

    def dies(*_args):
        raise RuntimeError

    monkeypatch.setattr(aggregating, "compute", dies)
    client.post(at(setting, f"{run.pk}/steer/"), {"action": "resume"})
    settle()
    assert Job.objects.get(pk=run.pk).state == Job.State.FAILED
    assert "the computation did not end" in words(client.get(at(setting)))


def test_competence_is_withheld_below_the_minimum_and_names_are_shown_to_managers():
    setting = sided()
    policy(setting, MODEL)
    compute(setting)
    text = words(browser(setting.manager).get(at(setting)))
    assert "30 shared items are needed" in text
    assert setting.annotators[0].name in text
    setting.project.settings["minimums"] = {"annotator_units": 5}
    setting.project.save()
    assert "30 shared items are needed" not in words(browser(setting.manager).get(at(setting)))


def test_others_do_not_come_in():
    setting = make_setting()
    for user in (setting.adjudicator, setting.annotators[0], make_member(setting.project, "consumer")):
        assert browser(user).get(at(setting)).status_code == 403
        assert browser(user).post(at(setting, "compute/"), {"question": "tone"}).status_code == 403
    run = compute(setting)
    elsewhere = make_setting()
    assert browser(elsewhere.manager).get(at(elsewhere, f"{run.pk}/?method=majority")).status_code == 404
    assert browser(elsewhere.manager).post(at(elsewhere, f"{run.pk}/steer/"), {}).status_code == 404


def test_the_item_page_says_where_its_gold_comes_from():
    setting = make_setting(items=1, annotators=3)
    disagree(setting, "calm", "angry", "angry")
    policy(setting, MAJORITY)
    page = browser(setting.manager).get(f"/p/{setting.project.slug}/items/{setting.items[0].pk}/")
    assert "made of its answers" in words(page)


def test_the_page_costs_no_more_for_more_labels(django_assert_max_num_queries):
    setting = sided()
    policy(setting, MODEL)
    compute(setting)
    client = browser(setting.manager)
    client.get(at(setting))
    with django_assert_max_num_queries(15):
        client.get(at(setting))


# --- Proposals on a case -----------------------------------------------------------------------------------------


def test_a_case_shows_what_a_model_proposes_once_its_answers_are_opened_and_names_nobody():
    setting = sided()
    run = compute(setting, method="dawid_skene")
    compute(setting, method="majority")
    case = Case.objects.filter(project=setting.project).first()
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    assert "What a model of the annotators would answer" not in client.get(url).content.decode()
    client.post(url, {"action": "claim"})
    page = client.get(url).content.decode()
    assert "What a model of the annotators would answer" in page
    assert "Dawid–Skene: <bdi>Angry</bdi>" in page
    assert "Majority vote:" not in page
    secrets = [text for person in setting.annotators for text in (str(person.pk), person.name, person.email)]
    assert [secret for secret in secrets if secret in page] == []
    body = client_for(setting.adjudicator).get(f"/api/v1/cases/{case.pk}").json()
    (proposal,) = body["proposals"]
    assert (proposal["method"], proposal["answer"], proposal["as_of"]) == ("dawid_skene", "angry", run.as_of)
    assert "independently" in proposal["assumes"]
    assert [secret for secret in secrets if secret in str(body)] == []


def test_a_model_that_has_not_seen_the_present_answers_proposes_nothing():
    setting = sided()
    compute(setting, method="dawid_skene")
    case = Case.objects.filter(project=setting.project).first()
    change_answer(setting.annotators[2], case)
    assert client_for(setting.adjudicator).get(f"/api/v1/cases/{case.pk}").json()["proposals"] == []


def change_answer(person, case):
    row = Annotation.objects.get(annotator=person, item=case.item_id, ended_event=None)
    annotation.supersede_annotation(
        by=actor(person), annotation_id=row.pk, changes={"tone": "unsure"}, now=timezone.now(),
        verify=lambda _held: None,
    )  # fmt: skip
    settle()
