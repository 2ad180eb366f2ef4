"""May this model replace an annotator? Asked, computed, read over the API and on its pages."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotation.services import NewGold, add_gold_items
from events.models import Event
from metrics.models import AgreementRun, ModelTest
from projects.agents import add_agent
from tests import factories as make
from tests.metrics.conftest import TONES, Stage, make_stage

pytestmark = pytest.mark.django_db(transaction=True)
N = 40
WHY = "People are cheap here."


def add_model(stage: Stage, name: str, answers: list[dict[str, str]]) -> Any:
    """A model that has answered the first items of the stage."""
    member, _ = add_agent(
        by=make.actor(stage.manager), project=stage.project, kind="model", name=name, roles=["annotator"],
        now=timezone.now(),
    )  # fmt: skip
    make.acknowledge(stage.project, member.user)
    make.settle()
    make.label(member.user, stage.project, answers, len(answers))
    make.settle()
    return member.user


def said(number: int, odd: int = 0) -> list[dict[str, str]]:
    """The answers of the first person of a stage, another label on every `odd`-th item."""
    return [{"tone": TONES[(n + (1 if odd and n % odd == 0 else 0)) % 3]} for n in range(number)]


@pytest.fixture
def rivals(transactional_db: None) -> Stage:
    return make_stage(N)


def ask(stage: Stage, model: Any, key: str = "one", user: Any = None, **fields: Any) -> Any:
    body = {"question": "tone", "model": str(model.pk), "epsilon": 0.2, "reason": WHY} | fields
    client = make.client_for(user or stage.manager)
    return client.post(f"{stage.url}/model-tests", body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def outcome_of(stage: Stage, model: Any, **fields: Any) -> Any:
    answer = ask(stage, model, **fields)
    assert answer.status_code == 202, answer.content
    assert answer.json()["result"] is None
    make.settle()
    found = make.client_for(stage.manager).get(answer["Location"])
    assert found.status_code == 200
    return found.json()


def test_a_model_as_good_as_people_may_replace_one(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N))
    body = outcome_of(rivals, model)
    result = body["result"]
    assert (body["model_name"], body["epsilon"], body["epsilon_reason"], body["answer"]) == ("tagger", 0.2, WHY, "yes")
    assert (result["answer"], result["n_items"], result["n_tested"], result["model_items"]) == ("yes", N, 3, N)
    assert result["winning_rate"] >= 0.5
    assert result["lowered_from"] is None
    assert [row["n"] for row in result["annotators"]] == [N] * 3
    assert {row["annotator"] for row in result["annotators"]} == {str(person.pk) for person in rivals.annotators}
    same = next(row for row in result["annotators"] if row["annotator"] == str(rivals.annotators[0].pk))
    assert (same["model"], same["person"], same["difference"]) == (1.0, 1.0, 0.0)
    assert same["agreement"]["value"] == pytest.approx(1.0)
    assert (same["agreement"]["percent"], same["agreement"]["n_items"]) == (1.0, N)
    assert body["source"].startswith("Calderon")
    assert len(body["assumptions"]) >= 6
    assert body["looks_before"] == 0


def test_alpha_of_people_alone_is_that_of_a_run_over_the_same_items(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N))
    result = outcome_of(rivals, model)["result"]
    client = make.client_for(rivals.manager)
    live = client.get(f"{rivals.url}/agreement?question=tone").json()["scores"][0]
    assert result["people"]["value"] == pytest.approx(live["value"])
    assert (result["people"]["n_items"], result["people"]["n_annotators"]) == (N, 3)
    body = {"question": "tone", "who": "together"}
    run = client.post(f"{rivals.url}/agreement-runs", body, format="json", HTTP_IDEMPOTENCY_KEY="run")
    make.settle()
    together = AgreementRun.objects.get(pk=run.json()["id"]).scores[0]
    assert result["together"]["value"] == pytest.approx(together["value"])
    assert result["together"]["n_annotators"] == 4


def test_a_model_that_is_mostly_wrong_may_not(rivals: Stage) -> None:
    wrong = [{"tone": TONES[(n + 1 + n % 2) % 3]} for n in range(N)]
    result = outcome_of(rivals, add_model(rivals, "guesser", wrong))["result"]
    assert (result["answer"], result["n_replaced"]) == ("no", 0)
    assert result["together"]["value"] < result["people"]["value"]
    assert "too small for more items" in page_of(rivals, ModelTest.objects.get().pk)


def test_a_model_that_comes_near_is_told_how_many_items_might_show_it(rivals: Stage) -> None:
    result = outcome_of(rivals, add_model(rivals, "near", said(N, odd=8)), epsilon=0.1)["result"]
    assert result["answer"] == "no"
    needed = [row["items_needed"] for row in result["annotators"]]
    assert all(number is None or number > N for number in needed)
    assert "items of each annotator might show it" in page_of(rivals, ModelTest.objects.get().pk)


def test_too_few_items_are_withheld_with_their_reason(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(25))
    result = outcome_of(rivals, model)["result"]
    assert (result["answer"], result["undefined"], result["needed"]) == ("not_enough_data", "too_few_annotators", 3)
    assert (result["winning_rate"], result["advantage"]) == (None, None)
    row = result["annotators"][0]
    assert (row["n"], row["model"], row["undefined"], row["needed"]) == (25, None, "too_few_shared_units", 30)
    assert row["agreement"]["value"] is not None
    page = page_of(rivals, ModelTest.objects.get().pk)
    assert "not enough data" in page
    assert "0 of the 3 annotators needed" in page


def test_a_lowered_minimum_is_said_and_ranks_are_tested(transactional_db: None) -> None:
    stage = make_stage(N, settings={"minimums": {"annotator_units": 20}})
    model = add_model(stage, "tagger", said(25))
    result = outcome_of(stage, model)["result"]
    assert (result["answer"], result["lowered_from"], result["least_items"]) == ("yes", 30, 20)
    assert {row["test"] for row in result["annotators"]} == {"wilcoxon"}
    assert "lowered the items needed" in page_of(stage, ModelTest.objects.get().pk)


def test_gold_items_say_how_often_model_and_people_are_right(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N, odd=2))
    rows = [NewGold(item=item, answers={"tone": TONES[n % 3]}) for n, item in enumerate(rivals.items[:10])]
    add_gold_items(by=make.actor(rivals.manager), project=rivals.project, rows=rows, now=timezone.now())
    gold = outcome_of(rivals, model)["result"]["gold"]
    assert (gold["model"]["n"], gold["model"]["right"]) == (10, 5)
    assert gold["model"]["ci_low"] < gold["model"]["share"] == 0.5 < gold["model"]["ci_high"]
    assert gold["people"]["n"] == 30
    assert "5 of 10 answers" in page_of(rivals, ModelTest.objects.get().pk)


def test_other_models_are_no_measure(rivals: Stage) -> None:
    add_model(rivals, "first", said(N, odd=3))
    second = add_model(rivals, "second", said(N))
    result = outcome_of(rivals, second)["result"]
    assert result["n_annotators"] == 3
    assert result["people"]["n_annotators"] == 3


def test_the_same_question_twice_is_counted(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N))
    first = outcome_of(rivals, model, epsilon=0.0)
    again = outcome_of(rivals, model, key="two")
    assert (first["looks_before"], again["looks_before"]) == (0, 1)
    assert "1 time before" in page_of(rivals, again["id"])
    listed = make.client_for(rivals.manager).get(f"{rivals.url}/model-tests").json()["results"]
    assert {row["id"] for row in listed} == {first["id"], again["id"]}
    assert "result" not in listed[0]


def test_the_key_makes_one_test_and_one_event(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N))
    assert ask(rivals, model).json()["id"] == ask(rivals, model).json()["id"]
    assert ModelTest.objects.count() == 1
    assert Event.objects.filter(project=rivals.project.pk, object_type="model_test").count() == 1
    client = make.client_for(rivals.manager)
    assert client.post(f"{rivals.url}/model-tests", {}, format="json").json()["code"] == "idempotency_key_required"


@pytest.mark.parametrize(
    ("fields", "pointer", "words"),
    [
        ({"question": "mood"}, "#/question", "Measured: tone"),
        ({"model": "nobody"}, "#/model", "Models: tagger"),
        ({"epsilon": 0.7}, "#/epsilon", "from 0 to 0.5"),
        ({"epsilon": -0.1}, "#/epsilon", "from 0 to 0.5"),
        ({"reason": " "}, "#/reason", "why this epsilon"),
        ({"guideline_version": 9}, "#/guideline_version", "no published version 9"),
        ({"strange": 1}, "#/strange", "not known"),
    ],
)
def test_an_error_names_the_field_and_the_mend(rivals: Stage, fields: Any, pointer: str, words: str) -> None:
    model = add_model(rivals, "tagger", said(1))
    body = {"question": "tone", "model": str(model.pk), "epsilon": 0.2, "reason": WHY} | fields
    client = make.client_for(rivals.manager)
    answer = client.post(f"{rivals.url}/model-tests", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
    assert answer.status_code == 422, answer.content
    (error,) = [error for error in answer.json()["errors"] if error["pointer"] == pointer]
    assert words in error["detail"]


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(stage: Stage, test: Any = "", user: Any = None) -> str:
    address = f"{stage.page}models/{test}/" if test else f"{stage.page}models/"
    answer = browser(user or stage.manager).get(address)
    assert answer.status_code == 200
    assert b"style=" not in answer.content
    return " ".join(answer.content.decode().split())


def test_the_page_asks_and_answers(rivals: Stage) -> None:
    assert "No model labels in this project" in page_of(rivals)
    model = add_model(rivals, "tagger", said(N))
    client = browser(rivals.manager)
    given = {"question": "tone", "model": str(model.pk), "epsilon": "0.2", "reason": WHY, "guideline_version": "1"}
    wrong = client.post(f"{rivals.page}models/", given | {"reason": "", "epsilon": "2"})
    assert wrong.status_code == 422
    assert "Say why this epsilon is right" in wrong.content.decode()
    answer = client.post(f"{rivals.page}models/", given)
    assert answer.status_code == 302
    assert "Waiting for its turn" in client.get(answer["Location"]).content.decode()
    make.settle()
    page = page_of(rivals, ModelTest.objects.get().pk)
    assert 'May it replace an annotator? <span class="badge ok">yes</span>' in page
    assert rivals.annotators[0].name in page
    assert "What this takes for granted" in page
    assert "guideline v1" in page
    part = client.get(answer["Location"], HTTP_HX_REQUEST="true").content.decode()
    assert part.startswith('<div id="model-test">')
    assert "tagger" in page_of(rivals)


def test_adjudicators_see_pseudonyms_and_ask_nothing(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N))
    test = outcome_of(rivals, model)["id"]
    page = page_of(rivals, test, rivals.adjudicator)
    seen = make.client_for(rivals.adjudicator).get(f"/api/v1/model-tests/{test}").content.decode()
    for person in rivals.annotators:
        assert person.name not in page
        assert str(person.pk) not in page + seen
    assert "Test a model" not in page_of(rivals, user=rivals.adjudicator)
    assert browser(rivals.adjudicator).post(f"{rivals.page}models/", {}).status_code == 403
    assert ask(rivals, model, user=rivals.adjudicator).status_code == 403
    for user, status in ((rivals.annotators[0], 403), (rivals.consumer, 403), (rivals.stranger, 404)):
        assert browser(user).get(f"{rivals.page}models/").status_code == status
        assert browser(user).get(f"{rivals.page}models/{test}/").status_code == status
        assert make.client_for(user).get(f"/api/v1/model-tests/{test}").status_code == status
    assert browser(rivals.manager).get(f"{rivals.page}models/nothing/").status_code == 404


def test_downloads_carry_n_and_interval(rivals: Stage) -> None:
    test = outcome_of(rivals, add_model(rivals, "tagger", said(N)))["id"]
    client, address = browser(rivals.manager), f"{rivals.page}models/{test}/"
    rows = list(csv.DictReader(io.StringIO(client.get(f"{address}?format=csv").content.decode())))
    assert [(row["n"], row["n_shared"], row["test"]) for row in rows] == [(str(N), str(N), "t")] * 3
    assert all(float(row["alpha_low"]) <= float(row["alpha"]) <= float(row["alpha_high"]) for row in rows)
    assert client.get(f"{address}?format=json").json()["result"]["answer"] == "yes"


def test_a_test_is_cancelled_and_resumed(rivals: Stage) -> None:
    model = add_model(rivals, "tagger", said(N))
    test, client = ask(rivals, model).json()["id"], make.client_for(rivals.manager)
    assert client.post(f"/api/v1/model-tests/{test}/cancel").json()["state"] == "cancelled"
    make.settle()
    assert "did not finish" in page_of(rivals, test)
    assert client.post(f"/api/v1/model-tests/{test}/resume").status_code == 202
    make.settle()
    assert client.get(f"/api/v1/model-tests/{test}").json()["answer"] == "yes"
