"""The agreement dashboard: marks lead to their items, parts of a run are drawn, addresses keep what was asked."""

import csv
import io
import re
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from annotation import services as annotation
from annotation.models import Annotation
from intake.services import NewItem, create_batch, create_items
from metrics.models import AgreementRun
from tests import factories as make
from tests.metrics.conftest import Stage, make_stage
from tests.metrics.test_pages import ITEM_LINK, browser, text_of

pytestmark = pytest.mark.django_db(transaction=True)
WEEKS = [
    {"start": "2026-08-03", "value": 0.55, "ci_low": 0.4, "ci_high": 0.7, "n_items": 40},
    {"start": "2026-08-10", "value": None, "ci_low": None, "ci_high": None, "n_items": 3},
    {"start": "2026-08-17", "value": -0.1, "ci_low": -0.3, "ci_high": 0.1, "n_items": 44},
]
SPLITS = [
    {"by": "field:lang", "name": f"Language {n}", "address": None, "n_items": 10 * n, "value": 0.3 + n / 100,
     "ci_low": 0.1, "ci_high": 0.5, "delta": -0.2, "observed_share": 0.1, "undefined": None, "needed": None}
    for n in range(1, 26)
]  # fmt: skip


@pytest.fixture
def measured(stage: Stage) -> Stage:
    """With a finished run over all versions."""
    browser(stage.manager).post(stage.page, {"question": "tone"})
    make.settle()
    return stage


def add_to_run(**more: Any) -> AgreementRun:
    """Write into the first row of the run what other stages of its computation add."""
    run = AgreementRun.objects.get()
    run.scores[0] |= more
    run.save()
    return run


def test_a_point_leads_to_its_items_and_how_it_is_measured(stage: Stage) -> None:
    client = browser(stage.manager)
    page = client.get(stage.page).content.decode()
    assert 'href="items/?question=tone&amp;version=1" aria-label="v1: alpha' in page
    found = text_of(client, f"{stage.page}items/?question=tone&version=1")
    assert "Items with different answers" in found
    assert len(ITEM_LINK.findall(found)) == 4
    assert "Krippendorff’s alpha, nominal distance" in found
    assert "20 items with two or more answers, 60 answers by 3 annotators" in found
    every = text_of(client, f"{stage.page}items/?question=tone&version=1&show=all")
    assert len(ITEM_LINK.findall(every)) == 20


def test_items_of_a_week_are_those_answered_in_it(stage: Stage) -> None:
    client = browser(stage.manager)
    day = timezone.now().date()
    this = text_of(client, f"{stage.page}items/?question=tone&version=1&week={day.isoformat()}&show=all")
    assert len(ITEM_LINK.findall(this)) == 20
    none = text_of(client, f"{stage.page}items/?question=tone&version=1&week=2020-01-06&show=all")
    assert "No items to show" in none


def test_the_heat_map_is_a_grid_with_names(stage: Stage) -> None:
    page = text_of(browser(stage.manager), stage.page)
    assert 'role="grid" data-grid' in page
    assert 'aria-label="Calm against Angry: 2 coincidences"' in page
    assert 'aria-label="Calm with itself: agreement, not shown"' in page
    with_it = text_of(browser(stage.manager), f"{stage.page}?question=tone&version=1&diagonal=on&cells=row")
    assert re.search(r'aria-label="Calm with itself: [\d.]+ % of the row Calm"', with_it)
    assert "Hide agreement" in with_it
    assert "The pairs as a table" in page


def test_few_items_have_counts_but_no_percentages(transactional_db: None) -> None:
    stage = make_stage(6)
    page = text_of(browser(stage.manager), f"{stage.page}?question=tone&version=1&cells=row")
    assert "% of the row" not in page
    assert "coincidences" in page


def test_pairs_of_people_lead_to_the_items_both_answered(measured: Stage) -> None:
    client = browser(measured.manager)
    page = client.get(measured.page).content.decode()
    assert 'class="pair-matrix" role="grid"' in page
    names = [user.name for user in measured.annotators]
    assert re.search(rf'aria-label="{names[0]} and {names[1]}: alpha 0.\d+, \d+ % equal, 20 items"', page)
    assert f"{names[1]} and {names[0]}: 20 items compared of 20 available" in page
    [first, *_] = re.findall(r'href="(items/\?[^"]*left=[^"]*)"', page)
    found = text_of(client, measured.page + first.replace("&amp;", "&"))
    assert len(ITEM_LINK.findall(found)) == 20
    # those answered differently come first
    marks = re.findall(r'<span class="badge (?:warn|plain)">(\w+)</span>', found)
    assert marks == sorted(marks, key=lambda mark: mark == "equal")
    assert "different" in marks
    assert f"{names[0]}: " in found


def test_an_adjudicator_reads_pseudonyms_in_pages_addresses_and_files(measured: Stage) -> None:
    client = browser(measured.adjudicator)
    for address in ("", "?format=csv&part=pairs", "?format=json", "?format=csv&part=people"):
        content = client.get(measured.page + address).content.decode()
        assert "annotator-" in content
        for user in measured.annotators:
            assert user.name not in content
            assert str(user.pk) not in content
            assert user.email not in content


def test_weeks_are_drawn_with_a_table_and_files(measured: Stage) -> None:
    run = add_to_run(weeks=WEEKS)
    client = browser(measured.manager)
    page = text_of(client, measured.page)
    assert "week-chart" in page
    assert 'aria-label="Week from 3 August 2026: alpha 0.550, 95 % interval 0.400 to 0.700, 40 items"' in page
    assert 'aria-label="Week from 10 August 2026: alpha withheld, 3 items"' in page
    assert "items/?question=tone&amp;version=1&amp;week=2026-08-17" in page
    assert f"run over entry {run.as_of} of the log" in page
    assert "Answers may have come in since" not in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"{measured.page}?format=csv&part=weeks").content.decode())))
    assert [row["start"] for row in rows] == [week["start"] for week in WEEKS]
    assert rows[0]["ci_low"] == "0.4"
    assert rows[0]["n_items"] == "40"
    assert rows[0]["as_of"] == str(run.as_of)
    assert rows[0]["computed_at"]


def test_a_run_that_more_answers_have_followed_says_so(measured: Stage) -> None:
    add_to_run(weeks=WEEKS)
    make.make_items(measured.project, 1)
    for user in measured.annotators:
        make.label(user, measured.project, {"tone": "calm"})
    make.settle()
    assert "Answers may have come in since" in text_of(browser(measured.manager), measured.page)


def test_very_many_weeks_are_cut_and_it_is_said(measured: Stage) -> None:
    add_to_run(weeks=[WEEKS[0] | {"start": f"20{26 + n // 12}-{n % 12 + 1:02}-01"} for n in range(30)])
    client = browser(measured.manager)
    assert "26 of 30 weeks shown" in text_of(client, measured.page)
    assert "30 of 30 weeks shown" in text_of(client, f"{measured.page}?question=tone&version=1&weeks=all")


def test_splits_are_ranked_filtered_and_counted(measured: Stage) -> None:
    add_to_run(splits=SPLITS, slices_looked_at=31)
    client = browser(measured.manager)
    page = text_of(client, measured.page)
    assert "Where annotators split" in page
    assert "20 of 25 shown" in page
    assert "31 parts were looked at" in page
    assert page.index("Language 1<") < page.index("Language 2<")
    few = text_of(client, f"{measured.page}?question=tone&version=1&at_least=200")
    assert "6 of 6 shown, 19 with fewer items left out" in few
    assert "Language 1<" not in few


def test_a_run_with_very_many_people_lists_each_against_the_rest(measured: Stage) -> None:
    run = AgreementRun.objects.get()
    one = run.scores[0]["annotators"][0]
    people = [str(make.make_user().pk) for _ in range(30)]
    rows = [one | {"annotator": user, "with_rest": 0.9 - n / 100} for n, user in enumerate(people)]
    pairs = [run.scores[0]["pairs"][0] | {"a": a, "b": b} for a, b in pairwise(people)]
    add_to_run(annotators=rows, pairs=pairs)
    page = text_of(browser(measured.manager), measured.page)
    assert "There are 30 people: too many for a matrix of pairs" in page
    assert "30 of 30 shown" in page
    assert "pair-matrix" not in page


def test_the_label_page_has_definition_disputes_and_unclear_reports(stage: Stage) -> None:
    make.make_items(stage.project, 1)
    user = stage.annotators[0]
    [given] = annotation.next_assignments(
        user=user, project=stage.project, count=1, by=make.actor(user), now=timezone.now()
    ).assignments
    annotation.submit_annotation(
        by=make.actor(user), assignment_id=given.id, fence=given.fence, answers={"tone": "calm"}, lead_time_ms=10,
        unclear={"clause": "calm", "note": "Irony is not mentioned."}, now=timezone.now(),
    )  # fmt: skip
    make.settle()
    client = browser(stage.manager)
    page = client.get(stage.page).content.decode()
    assert 'href="label/?question=tone&amp;version=1&amp;label=calm"' in page
    found = text_of(client, f"{stage.page}label/?question=tone&version=1&label=calm")
    assert "No heat at all." in found
    assert "Irony is not mentioned." in found
    assert "../items/?question=tone&amp;version=1&amp;a=calm&amp;b=angry" in found
    assert f"/p/{stage.project.slug}/reviews/clause/calm/?question=tone" in found
    assert "Change this clause" not in text_of(
        browser(stage.adjudicator), f"{stage.page}label/?question=tone&version=1&label=calm"
    )
    assert client.get(f"{stage.page}label/?question=tone&version=1&label=other").status_code == 404


def test_what_no_run_has_measured_says_so_and_is_measured_by_the_button(stage: Stage) -> None:
    client = browser(stage.manager)
    page = text_of(client, f"{stage.page}?question=tone&version=1&who=models")
    assert "No run has measured this part yet." in page
    assert "Figures of models alone come from full runs" in page
    assert '<input type="hidden" name="who" value="models">' in page
    assert "data-live hx-get" not in page
    assert "By guideline version" not in page  # nothing is drawn of what was not measured
    assert client.get(f"{stage.page}?question=tone&slice=nobody").status_code == 404
    assert client.get(f"{stage.page}?question=tone&batch=x").status_code == 404


def test_an_unchanged_headline_answers_with_nothing(stage: Stage) -> None:
    client = browser(stage.manager)
    page = client.get(stage.page).content.decode()
    [poll] = re.findall(r'data-live hx-get="([^"]+)"', page)
    poll = poll.replace("&amp;", "&")
    assert client.get(poll).status_code == 204
    make.make_items(stage.project, 1)
    for user in stage.annotators:
        make.label(user, stage.project, {"tone": "calm"})
    make.settle()
    answer = client.get(poll)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "from 21 items" in text
    assert "Answers have come in since this page was drawn" in text
    [again] = re.findall(r'data-live hx-get="([^"]+)"', text)
    assert client.get(again.replace("&amp;", "&")).status_code == 204


def test_one_label_alone_is_undefined_on_page_and_in_files(transactional_db: None) -> None:
    project = make.make_project(overlap=2)
    make.publish_guideline(project)
    make.make_items(project, 25)
    for _ in range(2):
        user = make.make_member(project, "annotator")
        make.acknowledge(project, user)
        make.label(user, project, {"tone": "calm"}, 25)
    make.settle()
    client, page = browser(project.created_by), f"/p/{project.slug}/agreement/"
    shown = text_of(client, page)
    assert "Every answer is the same, so chance agreement is total and alpha is undefined." in shown
    assert ">undefined<" in shown
    assert "NaN" not in shown
    [row, *_] = csv.DictReader(io.StringIO(client.get(f"{page}?format=csv").content.decode()))
    assert (row["value"], row["undefined"], row["n_items"]) == ("", "no_variation", "25")


def test_work_is_said_by_batch(stage: Stage) -> None:
    make.make_items(stage.project, 2, name="Waiting batch")
    client = browser(stage.manager)
    whole = text_of(client, f"{stage.page}work/")
    assert "Waiting batch" in whole
    assert "60 of 66 planned answers" in whole
    part = client.get(f"{stage.page}work/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert browser(stage.annotators[0]).get(f"{stage.page}work/").status_code == 403


def test_the_side_that_was_shown_left_is_counted_by_a_run(transactional_db: None) -> None:
    names = ("text", "left", "right")
    fields = [{"name": name, "type": "text", "title": name.title(), "required": True} for name in names]
    question = {
        "name": "better", "kind": "preference", "title": "Better", "required": True, "fields": list(names[1:]),
        "extra": ["tie"],
    }  # fmt: skip
    project = make.make_project(overlap=2, fields=fields)
    make.publish_guideline(project, [question], clauses=[])
    rows = [NewItem(str(n), {"text": "Q", "left": "one", "right": "two"}, {}) for n in range(6)]
    by = make.actor(project.created_by)
    batch = create_batch(by=by, project=project, name="Pairs")
    create_items(by=by, project=project, batch=batch, rows=rows)
    annotation.open_production_round(by=by, batch=batch, now=timezone.now())
    for answers in (["left"] * 6, ["left", "right", "tie", "left", "right", "tie"]):
        user = make.make_member(project, "annotator")
        make.acknowledge(project, user)
        make.label(user, project, [{"better": answer} for answer in answers], 6)
    make.settle()
    client, page = browser(project.created_by), f"/p/{project.slug}/agreement/"
    client.post(page, {"question": "better"})
    make.settle()
    counts = AgreementRun.objects.get().scores[0]["sides"]
    wins = [
        answers["better"] == sides["better"][0]
        for answers, sides in Annotation.objects.values_list("answers", "sides")
        if answers["better"] != "tie"
    ]
    assert counts == {"left": sum(wins), "right": len(wins) - sum(wins), "ties": 2}
    shown = text_of(client, page)
    assert "Does the side decide?" in shown
    assert f"of {len(wins)} decided answers, 95 % interval" in shown
