"""The pages of agreement: what they say, whom they let in, what they keep to themselves."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from metrics.models import AgreementRun
from metrics.services.targets import Wanted, set_targets
from tests import factories as make
from tests.metrics.conftest import Stage, make_stage, tones

ITEM_LINK = re.compile(r"/items/[0-9a-f-]{36}/")
pytestmark = pytest.mark.django_db(transaction=True)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def test_the_page_answers_one_question_first(stage: Stage) -> None:
    page = text_of(browser(stage.manager), stage.page)
    assert "Is “What is the tone?” ready to release under guideline v1?" in page
    assert "Rule: yes when the lower limit" in page
    assert "from 20 items and 3 annotators" in page
    assert "Items with two or more answers" in page
    assert "0.667 tentative" in page
    assert 'class="whisker"' in page
    assert "Arrow keys move between the numbers" in page
    assert "style=" not in page
    assert "No full run has measured this yet. A run adds" in page


def test_the_headline_alone_is_what_the_page_asks_for_again(stage: Stage) -> None:
    part = text_of(browser(stage.manager), f"{stage.page}headline/?question=tone&version=1")
    assert part.startswith("<section")
    assert "<html" not in part


def test_a_target_of_the_project_decides(transactional_db: None) -> None:
    low = make_stage()
    wanted = {"tone": Wanted(0.2, "taste differs")}
    set_targets(by=make.actor(low.manager), project=low.project, wanted=wanted, now=timezone.now())
    page = text_of(browser(low.manager), low.page)
    assert '<span class="badge ok">yes</span>' in page
    assert "taste differs" in page


def test_small_samples_are_withheld_in_words(transactional_db: None) -> None:
    stage = make_stage(4)
    page = text_of(browser(stage.manager), stage.page)
    assert "4 of the 20 items needed with two or more answers." in page
    assert "not enough data" in page
    assert "withheld" in page


def test_without_a_guideline_the_page_says_what_comes_first(db: None) -> None:
    project = make.make_project()
    page = text_of(browser(project.created_by), f"/p/{project.slug}/agreement/")
    assert "There is no agreement to measure yet" in page


def test_versions_are_compared_as_different_items(transactional_db: None) -> None:
    stage = make_stage(12, settings={"minimums": {"alpha_units": 5, "side_units": 5}})
    make.publish_guideline(stage.project)
    make.acknowledge(stage.project, *stage.annotators)
    make.make_items(stage.project, 12)
    for shift, user in enumerate(stage.annotators):
        make.label(user, stage.project, tones(shift if shift < 2 else 0, 12), 12)
    make.settle()
    page = text_of(browser(stage.manager), stage.page)
    assert "ready to release under guideline v2?" in page
    assert "v1 to v2" in page
    assert "different items, 3 people in common" in page
    assert "not comparable: the items come from other batches" in page
    assert "This project lowered its minimum samples" in page


def test_downloads_carry_n_and_interval(stage: Stage) -> None:
    client = browser(stage.manager)
    rows = list(csv.DictReader(io.StringIO(client.get(f"{stage.page}?format=csv").content.decode())))
    assert [(row["guideline_version"], row["coefficient"], row["n_items"]) for row in rows] == [
        ("all", "alpha", "20"), ("all", "percent", "20"), ("1", "alpha", "20"), ("1", "percent", "20"),
    ]  # fmt: skip
    assert float(rows[0]["ci_low"]) < float(rows[0]["value"]) < float(rows[0]["ci_high"])
    labels = list(csv.DictReader(io.StringIO(client.get(f"{stage.page}?format=csv&part=labels").content.decode())))
    assert {row["label"] for row in labels} == {"calm", "angry", "unsure"}
    whole = client.get(f"{stage.page}?format=json").json()
    assert whole["scores"][0]["n_items"] == 20
    assert len(whole["labels"]) == 3


def test_who_may_open_the_pages(stage: Stage) -> None:
    for user, status in (
        (stage.manager, 200), (stage.adjudicator, 200), (stage.annotators[0], 403), (stage.consumer, 403),
        (stage.stranger, 404),
    ):  # fmt: skip
        for address in (stage.page, f"{stage.page}headline/", f"{stage.page}items/?a=calm&b=angry"):
            assert browser(user).get(address).status_code == status, (user, address)
    assert Client().get(stage.page).status_code == 302
    assert browser(stage.adjudicator).post(stage.page).status_code == 403


def test_a_cell_leads_to_the_items_that_hold_both_labels(stage: Stage) -> None:
    client = browser(stage.manager)
    page = client.get(stage.page).content.decode()
    assert "items/?question=tone&amp;version=1&amp;a=calm&amp;b=angry" in page
    found = text_of(client, f"{stage.page}items/?question=tone&version=1&a=calm&b=angry")
    assert "Calm against Angry" in found
    assert len(ITEM_LINK.findall(found)) == 4
    assert "v1" in found


def test_a_value_is_not_taken_for_a_count(transactional_db: None) -> None:
    project = make.make_project(overlap=3)
    make.publish_guideline(project, [make.RATING], clauses=[])
    make.make_items(project, 1)
    for force in (1, 4, 4):
        user = make.make_member(project, "annotator")
        make.acknowledge(project, user)
        make.label(user, project, {"force": force})
    make.settle()
    client, address = browser(project.created_by), f"/p/{project.slug}/agreement/items/?question=force&version=all"
    assert "No items to show" in text_of(client, f"{address}&a=1&b=2")
    assert "1 × 1, 2 × 4" in text_of(client, f"{address}&a=1&b=4")


def test_no_hint_about_items_one_may_still_be_given(stage: Stage) -> None:
    address = f"{stage.page}items/?question=tone&version=1&a=calm&b=angry"
    make.make_member(stage.project, "manager", "annotator", user=stage.stranger)
    assert "No items to show" in text_of(browser(stage.stranger), address)
    both = make.make_member(stage.project, "adjudicator", "annotator")
    assert "No items to show" in text_of(browser(both), address)
    assert len(ITEM_LINK.findall(text_of(browser(stage.adjudicator), address))) == 4


def test_a_run_is_started_followed_and_shown(stage: Stage) -> None:
    client = browser(stage.manager)
    answer = client.post(stage.page, {"question": "tone"})
    run = AgreementRun.objects.get()
    assert answer["Location"] == f"{stage.page}runs/{run.pk}/"
    waiting = text_of(client, answer["Location"])
    assert 'hx-trigger="every 2s"' in waiting
    make.settle()
    part = client.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "every 2s" not in part
    done = text_of(client, answer["Location"])
    assert f"/p/{stage.project.slug}/reviews/new/?run={run.pk}&amp;question=tone" in done
    assert "Calm and Angry" in done
    assert "n 20" in done
    assert stage.annotators[0].name in done
    shown = text_of(browser(stage.adjudicator), answer["Location"])
    assert stage.annotators[0].name not in shown
    assert "annotator-" in shown
    assert "Open an agreement review" not in shown
    assert browser(stage.stranger).get(answer["Location"]).status_code == 404
    assert browser(stage.annotators[0]).get(answer["Location"]).status_code == 403


@pytest.mark.parametrize("query", ["question=other", "version=9", "version=x"])
def test_an_address_of_nothing_is_not_found(stage: Stage, query: str) -> None:
    assert browser(stage.manager).get(f"{stage.page}?{query}").status_code == 404


def test_a_page_costs_the_same_for_few_and_many_items(stage: Stage, django_assert_max_num_queries: Any) -> None:
    client = browser(stage.manager)
    client.get(stage.page)
    with django_assert_max_num_queries(15) as few:
        client.get(stage.page)
    make.make_items(stage.project, 6)
    for user in stage.annotators:
        make.label(user, stage.project, {"tone": "calm"}, 6)
    make.settle()
    with django_assert_max_num_queries(15) as many:
        client.get(stage.page)
    assert len(many) == len(few)
