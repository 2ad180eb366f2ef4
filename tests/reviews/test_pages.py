"""The pages of reviews, without JavaScript."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone

from adjudication.models import Case, Decision
from annotation.models import Annotation
from config.urls import urlpatterns as every
from guidelines.selectors import current_version
from projects.selectors import members_of
from reviews import selectors, services
from reviews.models import AgreementReview
from tests import factories
from tests.reviews.build import DEFINITION, first_evidence, make_run, make_setting, open_review, propose, publish

pytestmark = pytest.mark.django_db
TEXTS = {"definition": DEFINITION, "use_when": "There is an insult.", "avoid_when": "The words are even."}
PUBLISH = {"do": "publish", "note": "Threats.", "change": "semantic", "stale_policy": "keep", "confirmed": "on"}


def _elsewhere(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse("elsewhere")


def _missing() -> list[Any]:
    """Stand-ins for pages of higher rooms, where this room is tested alone."""
    stubs = []
    for name in ("project", "items", "releases", "members"):
        try:
            reverse(name, args=["p"], urlconf="config.urls")
        except NoReverseMatch:
            stubs.append(path(f"p/<slug:slug>/{name}/", _elsewhere, name=name))
    return stubs


urlpatterns = [*every, *_missing()]


@pytest.fixture(autouse=True)
def _mounted(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def html(response: Any) -> str:
    return response.content.decode()


def page(project: Any, rest: str = "") -> str:
    return f"/p/{project.slug}/reviews/{rest}"


def decide(setting: Any, rationale: str) -> Case:
    """A decided case of the first item that found a gap in “angry”."""
    annotation = Annotation.objects.filter(project=setting.project).first()
    assert annotation is not None
    now = timezone.now()
    case = Case.objects.create(
        project=setting.project, round=annotation.round, item=annotation.item, question="tone", state="decided",
        pattern="angry | calm", opened_at=now,
    )  # fmt: skip
    Decision.objects.create(
        case=case, outcome="answer", answer="angry", rationale=rationale, confidence="high", clauses=["angry"],
        cause="guideline_gap", guideline_gap=True, decided_by=setting.adjudicator, decided_at=now, event=1,
    )  # fmt: skip
    return case


def test_a_review_is_opened_from_a_run() -> None:
    setting = make_setting()
    client = browser(setting.manager)
    assert "No agreement run is finished" in html(client.get(page(setting.project, "new/")))
    run = make_run(setting.project)
    shown = html(client.get(page(setting.project, f"new/?run={run.pk}&question=tone")))
    assert f'value="{run.pk}" selected' in shown
    given = {"run": str(run.pk), "question": "tone", "title": "Calm or angry?"}
    answer = client.post(page(setting.project, "new/"), given)
    made = AgreementReview.objects.get(project=setting.project)
    assert answer["Location"] == page(setting.project, f"{made.pk}/")
    again = client.post(page(setting.project, "new/"), given)
    assert again.status_code == 422
    assert "is not closed yet" in html(again)
    assert "Calm or angry?" in html(client.get(page(setting.project)))


def test_the_page_goes_from_evidence_to_a_published_version() -> None:
    setting = make_setting((("angry", "calm"), ("calm", "calm")))
    decide(setting, "A threat is heat, too.")
    review = open_review(setting)
    client, url = browser(setting.manager), page(setting.project, f"{review.pk}/")
    shown = html(client.get(url))
    assert "0.100 to 0.300" in shown
    assert "A threat is heat, too." in shown
    assert "What it touches" not in shown
    edit = f"{url}clauses/angry/"
    assert "Heat or insult." in html(client.get(edit))
    wrong = client.post(edit, {**TEXTS, "rationale": "Why."})
    assert wrong.status_code == 422
    assert "at least one piece of evidence" in html(wrong)
    given = {**TEXTS, "rationale": "Split.", "evidence": [str(first_evidence(review).pk)],
             "example-0-text": "You <b>!", "example-0-answer": "angry"}  # fmt: skip
    assert client.post(edit, given).status_code == 302
    shown = html(client.get(url))
    assert "<ins>" in shown
    assert "What it touches" in shown
    assert "You &lt;b&gt;!" in shown
    unconfirmed = client.post(url, PUBLISH | {"confirmed": ""})
    assert unconfirmed.status_code == 422
    assert client.post(url, PUBLISH).status_code == 302
    version = current_version(setting.project)
    assert version is not None
    assert (version.number, version.review) == (2, review.pk)
    shown = html(client.get(url))
    assert "Different items." in shown
    assert "not enough data" in shown
    assert client.get(edit).status_code == 409
    assert client.post(url, {"do": "close"}).status_code == 302


def test_an_adjudicator_reads_and_adds_evidence_only() -> None:
    setting = make_setting()
    review = open_review(setting)
    client, url = browser(setting.adjudicator), page(setting.project, f"{review.pk}/")
    shown = html(client.get(url))
    assert "Add evidence" in shown
    assert "Close the review" not in shown
    assert client.post(url, {"do": "add_evidence", "kind": "note", "text": "Threats."}).status_code == 302
    assert client.post(url, {"do": "add_evidence", "kind": "note"}).status_code == 422
    assert client.post(url, PUBLISH).status_code == 403
    assert client.get(page(setting.project, "new/")).status_code == 403
    assert client.get(f"{url}clauses/angry/").status_code == 403


@pytest.mark.parametrize("rest", ["", "new/"])
def test_others_find_no_door(rest: str) -> None:
    setting = make_setting()
    assert browser(setting.annotators[0]).get(page(setting.project, rest)).status_code == 403
    assert browser(factories.make_user()).get(page(setting.project, rest)).status_code == 404
    foreign = open_review(make_setting())
    assert browser(setting.manager).get(page(setting.project, f"{foreign.pk}/")).status_code == 404


def test_a_quoted_decision_is_hidden_from_who_labelled_the_item_and_bars_who_reads_it() -> None:
    setting = make_setting((("angry",), ("calm",)))
    case = decide(setting, "A threat is heat, too.")
    review = open_review(setting)
    both = factories.make_member(setting.project, "adjudicator", user=factories.make_user())
    url = page(setting.project, f"{review.pk}/")
    assert "A threat is heat" in html(browser(both).get(url))
    assert selectors.unopened(both, [case]) == []
    labelled = setting.annotators[0]
    membership = next(m for m in members_of(setting.project) if m.user_id == labelled.pk)
    membership.roles = ["annotator", "adjudicator"]
    membership.save()
    assert "A threat is heat" not in html(browser(labelled).get(url))


def test_improved_is_said_only_where_the_interval_leaves_zero_out() -> None:
    setting = make_setting()
    review = open_review(setting)
    propose(setting, review)
    publish(setting, review)
    found = services.close_review(by=setting.by, review=review, now=timezone.now())
    outcome = selectors.outcome_of(AgreementReview.objects.get(pk=found.pk))
    assert outcome is not None
    assert (outcome.before, outcome.after, outcome.verdict) == (1, 2, "not_enough_data")
