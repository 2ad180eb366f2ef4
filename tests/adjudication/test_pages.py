"""The pages of cases, as a browser without scripts sees them."""

import pytest
from django.test import Client

from adjudication.models import Case, Decision
from annotation.models import Annotation
from tests.adjudication.build import decide, disagree, make_setting
from tests.factories import make_member, make_user

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {
    "action": "decide", "outcome": "answer", "answer": '"angry"', "rationale": "It holds an insult.",
    "clauses": ["angry"], "cause": "slip", "confidence": "high",
}  # fmt: skip


def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_deciding_leads_to_the_next_case():
    setting = make_setting(items=2)
    disagree(setting, count=2)
    client, queue = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/"
    assert b"Decide next case" in client.get(queue).content
    taken = client.post(f"{queue}next/")
    page = client.get(taken.url)
    assert b"Angry | Calm" in page.content
    case = Case.objects.get(holder=setting.adjudicator)
    refused = client.post(taken.url, FORM | {"fence": case.fence, "rationale": ""})
    assert refused.status_code == 422
    assert b"Say why in a sentence" in refused.content
    done = client.post(taken.url, FORM | {"fence": case.fence})
    assert done.status_code == 302
    assert done.url != taken.url
    decision = Decision.objects.get()
    assert (decision.answer, decision.clauses, decision.case_id) == ("angry", ["angry"], case.pk)
    assert b"Decided: Angry | Calm" in client.get(done.url).content
    second = Case.objects.get(holder=setting.adjudicator)
    last = client.post(done.url, FORM | {"fence": second.fence})
    assert last.url == queue
    assert b"Every case is decided" in client.get(queue).content


def test_answers_are_shown_once_the_case_is_taken():
    setting = make_setting()
    (case,) = disagree(setting)
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    assert b"What the annotators answered" not in client.get(url).content
    client.post(url, {"action": "claim"})
    page = client.get(url).content.decode()
    assert "What the annotators answered" in page
    people = setting.annotators
    secrets = [t for p in people for t in (str(p.pk), p.name, p.email)]
    secrets += [str(pk) for pk in Annotation.objects.values_list("pk", flat=True)]
    assert [s for s in secrets if s in page] == []
    other = browser(make_member(setting.project, "adjudicator"))
    assert b"Somebody else is deciding this case" in other.get(url).content
    assert other.post(url, {"action": "claim"}, follow=True).redirect_chain
    client.post(url, {"action": "release", "fence": Case.objects.get().fence})
    assert Case.objects.get().holder is None


def test_a_decided_case_shows_its_history_and_can_be_reopened():
    setting = make_setting()
    (case,) = disagree(setting)
    decide(case, setting.adjudicator)
    client, url = browser(setting.manager), f"/p/{setting.project.slug}/cases/{case.pk}/"
    assert b"in force" in client.get(url).content
    client.post(url, {"action": "reopen", "reason": "Read again."})
    case.refresh_from_db()
    assert case.state == "open"
    assert b"Read again." in client.get(url).content


def test_escalating_asks_somebody_else():
    setting = make_setting()
    (case,) = disagree(setting)
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    client.post(url, {"action": "claim"})
    fence = Case.objects.get().fence
    client.post(url, {"action": "escalate", "fence": fence, "question": "Is it irony?"})
    page = client.get(f"/p/{setting.project.slug}/cases/?state=escalated").content
    assert b"escalated" in page
    assert b"Is it irony?" in client.get(url).content


def test_doors():
    setting = make_setting()
    (case,) = disagree(setting)
    queue, url = f"/p/{setting.project.slug}/cases/", f"/p/{setting.project.slug}/cases/{case.pk}/"
    assert {browser(make_user()).get(path).status_code for path in (queue, url)} == {404}
    assert {browser(setting.annotators[0]).get(path).status_code for path in (queue, url)} == {403}
    assert Client().get(queue).status_code == 302
    assert browser(setting.adjudicator).get(f"{queue}next/").status_code == 405


def test_empty_states():
    setting = make_setting()
    client, queue = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/"
    assert b"There are no cases yet" in client.get(queue).content
    disagree(setting)
    page = client.get(f"{queue}?pattern=Angry+%7C+Calm").content
    assert b"Pairs that differ" in page
    assert b"No case fits" in client.get(f"{queue}?pattern=other").content
    for state in ("escalated", "decided", "dissolved"):
        assert client.get(f"{queue}?state={state}").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"cause": ""}, "cause", "Cause: choose what led to the disagreement."),
        ({"cause": "whim"}, "cause", "Cause: choose what led to the disagreement."),
        ({"outcome": ""}, "outcome", "Outcome: choose one of the four."),
        ({"confidence": ""}, "confidence", "Confidence: choose how sure you are."),
        ({"rationale": " "}, "rationale", "Rationale: Say why in a sentence"),
        ({"answer": ""}, "answer", "The right answer: Give the answer that is right, or choose another outcome."),
        ({"answer": "{"}, "answer", "The right answer: choose one of the answers, or another outcome."),
    ],
)
def test_what_is_required_is_marked_and_an_error_names_its_field(changes, field, words):
    setting = make_setting()
    (case,) = disagree(setting)
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    client.post(url, {"action": "claim"})
    page = client.get(url).content.decode()
    assert page.count("(required)") == 4
    assert 'name="cause" id="id_cause" required' in page
    assert "Needed with every outcome" in page
    refused = client.post(url, FORM | {"fence": Case.objects.get().fence} | changes)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert f'<a href="#id_{field}">{words}' in page
    assert f'id="id_{field}"' in page
    assert not Decision.objects.exists()
