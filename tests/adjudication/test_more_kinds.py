"""Cases about sets and numbers, and own answers to them on the page of a case."""

from typing import Any

import pytest
from django.test import Client

from adjudication.models import Case, Decision
from adjudication.selectors import gold_rows
from tests.adjudication.build import Setting, make_setting
from tests.factories import label, settle

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = [{"value": v, "title": v.title()} for v in ("work", "home", "money", "none")]
TOPICS = {"name": "topics", "kind": "multichoice", "title": "Topics", "required": True, "labels": LABELS,
          "min": 1, "exclusive": ["none"]}  # fmt: skip
WEIGHT = {"name": "weight", "kind": "number", "title": "Weight", "required": True, "level": "ratio", "min": 0}
WHY = {"name": "why", "kind": "text", "title": "Why?", "required": False}
FORM = {"action": "decide", "outcome": "answer", "rationale": "So it says.", "cause": "slip", "confidence": "high"}


def setting_of(question: dict[str, Any], *answers: Any) -> Setting:
    setting = make_setting(questions=[question, WHY], clauses=[])
    for place, (person, answer) in enumerate(zip(setting.annotators, answers, strict=True)):
        label(person, setting.project, {question["name"]: answer, "why": f"reason {place}"})
    settle()
    return setting


def test_sets_agree_whatever_their_order_and_texts_are_never_compared() -> None:
    setting = setting_of(TOPICS, ["work", "home"], ["home", "work"])
    assert not Case.objects.exists()
    (row,) = gold_rows(setting.project, as_of=None)
    assert (row.question, row.answer, row.source) == ("topics", ["work", "home"], "unanimous")


def test_equal_numbers_agree_and_unequal_ones_have_no_gold() -> None:
    (row,) = gold_rows(setting_of(WEIGHT, 3, 3.0).project, as_of=None)
    assert row.answer == 3
    setting = setting_of(WEIGHT, 3, 4)
    (case,) = Case.objects.all()
    assert case.pattern == "3 | 4"
    assert list(gold_rows(setting.project, as_of=None)) == []


@pytest.mark.parametrize(
    ("question", "answers", "typed", "kept"),
    [
        (TOPICS, (["work"], ["work", "home"]), ["money", "home"], ["money", "home"]),
        (WEIGHT, (3, 4), [" 3.5 "], 3.5),
    ],
)
def test_an_own_answer_is_read_by_its_kind(question: Any, answers: Any, typed: list[str], kept: Any) -> None:
    setting = setting_of(question, *answers)
    (case,) = Case.objects.all()
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    client.post(url, {"action": "claim"})
    assert 'name="own"' in client.get(url).content.decode()
    fence = Case.objects.get().fence
    done = client.post(url, FORM | {"fence": fence, "answer": "own", "own": typed})
    assert done.status_code == 302, done.content.decode()
    assert Decision.objects.get().answer == kept


@pytest.mark.parametrize(
    ("question", "answers", "typed", "words"),
    [
        (TOPICS, (["work"], ["home"]), ["work", "none"], "stands alone"),
        (TOPICS, (["work"], ["home"]), [], "Choose at least 1"),
        (WEIGHT, (3, 4), ["heavy"], "a number of at least 0"),
        (WEIGHT, (3, 4), ["-1"], "a number of at least 0"),
        (WEIGHT, (3, 4), [], "a number of at least 0"),
    ],
)
def test_a_wrong_own_answer_is_named_and_kept(question: Any, answers: Any, typed: list[str], words: str) -> None:
    setting = setting_of(question, *answers)
    (case,) = Case.objects.all()
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    client.post(url, {"action": "claim"})
    refused = client.post(url, FORM | {"fence": Case.objects.get().fence, "answer": "own", "own": typed})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert words in page
    assert 'id="answer-own" value="own" checked' in page
    assert not Decision.objects.exists()
    if question is TOPICS and typed:
        assert page.count('name="own"') == 4
        assert page.count('data-option="1" checked') == 1
    elif typed:
        assert f'value="{typed[0]}"' in page


def test_an_answer_is_adopted_whatever_order_it_was_given_in() -> None:
    setting = setting_of(TOPICS, ["home", "work"], ["money"])
    (case,) = Case.objects.all()
    client, url = browser(setting.adjudicator), f"/p/{setting.project.slug}/cases/{case.pk}/"
    client.post(url, {"action": "claim"})
    adopted = '["work","home"]'
    assert adopted.replace('"', "&quot;") in client.get(url).content.decode()
    client.post(url, FORM | {"fence": Case.objects.get().fence, "answer": adopted})
    assert Decision.objects.get().answer == ["work", "home"]
    assert {tuple(row["answer"]) for row in Decision.objects.get().distribution} == {("work", "home"), ("money",)}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
