"""The page of targets: what it says, who sets them, and what a wrong form gets back."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from metrics.targets import target_of
from tests import factories as make
from tests.metrics.conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Labels train a filter that people look over."


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(stage: Stage, user: Any = None) -> str:
    answer = browser(user or stage.manager).get(f"{stage.page}targets/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def save(stage: Stage, **fields: Any) -> Any:
    given = {"question": "tone", "seen": "", "alpha": "0.7", "reason": WHY} | fields
    return browser(stage.manager).post(f"{stage.page}targets/", given)


def test_each_question_has_its_target_alpha_and_verdict(stage: Stage) -> None:
    page = page_of(stage)
    assert "customary; nobody has set one" in page
    assert '<span class="badge none">not yet decided</span>' in page
    assert "More items to decide it" in page
    assert "Nobody has set a target yet." in page
    assert "style=" not in page


def test_a_target_is_set_and_its_history_kept(stage: Stage) -> None:
    assert save(stage).status_code == 302
    assert save(stage, seen="1", alpha="0.05", reason="Taste differs.").status_code == 302
    page = page_of(stage)
    assert '<span class="badge ok">met</span>' in page
    assert WHY in page
    assert "Taste differs." in page
    assert target_of(stage.project, "tone").number == 2
    assert save(stage, seen="2", alpha="", reason="No use any more.").status_code == 302
    assert target_of(stage.project, "tone").number is None
    assert "ended" in page_of(stage)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"alpha": "1.5"}, "at most 1"),
        ({"alpha": "0"}, "above 0"),
        ({"alpha": "nan"}, "Enter a number"),
        ({"reason": " "}, "Say why"),
        ({"seen": "3"}, "Somebody else has set this target"),
    ],
)
def test_what_is_wrong_stands_at_its_field(stage: Stage, fields: dict[str, str], words: str) -> None:
    answer = save(stage, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert target_of(stage.project, "tone").number is None


def test_a_question_that_nobody_asks_is_not_there(stage: Stage) -> None:
    assert save(stage, question="mood").status_code == 404


def test_adjudicators_read_and_do_not_set(stage: Stage) -> None:
    page = page_of(stage, stage.adjudicator)
    assert "Set a target" not in page
    assert browser(stage.adjudicator).post(f"{stage.page}targets/", {"question": "tone"}).status_code == 403
    for user, status in ((stage.annotators[0], 403), (stage.consumer, 403), (stage.stranger, 404)):
        assert browser(user).get(f"{stage.page}targets/").status_code == status


def test_downloads_carry_n_and_interval(stage: Stage) -> None:
    client = browser(stage.manager)
    (row,) = csv.DictReader(io.StringIO(client.get(f"{stage.page}targets/?format=csv").content.decode()))
    assert (row["question"], row["verdict"], row["n_items"]) == ("tone", "not_yet_decided", "20")
    assert float(row["ci_low"]) < float(row["value"]) < float(row["ci_high"])
    (same,) = client.get(f"{stage.page}targets/?format=json").json()["targets"]
    assert same["target"] == pytest.approx(0.667)


def test_a_project_that_asks_nothing_yet(db: None) -> None:
    project = make.make_project()
    page = browser(project.created_by).get(f"/p/{project.slug}/agreement/targets/").content.decode()
    assert "nothing to set a target for" in page


def test_many_questions_cost_no_more_queries(transactional_db: None, django_assert_max_num_queries: Any) -> None:
    project = make.make_project()
    questions = [make.RATING | {"name": f"q{n}", "title": f"Question {n}"} for n in range(12)]
    make.publish_guideline(project, questions, clauses=[])
    client = browser(project.created_by)
    with django_assert_max_num_queries(15):
        assert client.get(f"/p/{project.slug}/agreement/targets/").status_code == 200
