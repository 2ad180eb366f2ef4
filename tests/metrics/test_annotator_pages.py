"""The pages about annotators: what they say, whom they let in, and what they keep from whom."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from annotation.models import Annotation
from metrics.models import AgreementRun
from projects.models import Membership
from projects.pseudonyms import pseudonym
from tests import factories as make
from tests.metrics.people import Crew, browser, make_crew, team, text_of

pytestmark = pytest.mark.django_db(transaction=True)
ITEM_LINK = re.compile(r"/items/[0-9a-f-]{36}/")


@pytest.fixture
def crew(transactional_db: None) -> Crew:
    return make_crew()


def who(crew: Crew, place: int) -> str:
    return pseudonym(crew.project.id, crew.people[place].pk)


def addresses(crew: Crew) -> list[str]:
    person = f"{crew.page}annotators/{who(crew, 2)}/"
    return [f"{crew.page}annotators/", person, f"{person}?format=csv", f"{crew.page}annotators/?format=json"]


def test_the_table_names_everybody_to_a_manager(crew: Crew) -> None:
    team(crew.project, "Vendor one", *crew.people[:2])
    crew.run()
    page = text_of(browser(crew.manager), f"{crew.page}annotators/")
    for user in crew.people:
        assert user.name in page
    assert "Vendor one" in page
    assert "no quality verdict" in page
    assert "agrees less" in page
    assert "outside the limits in the last two windows" in page
    assert "This project lowered its minimum samples" in page
    assert 'aria-sort="ascending"' in page
    assert "style=" not in page
    by_number = text_of(browser(crew.manager), f"{crew.page}annotators/?sort=n")
    assert by_number.count("<tr>") == page.count("<tr>")


def test_an_adjudicator_meets_pseudonyms_and_no_teams_of_two(crew: Crew) -> None:
    team(crew.project, "Vendor one", *crew.people[:2])
    crew.run()
    client = browser(crew.adjudicator)
    for address in addresses(crew):
        body = client.get(address).content.decode()
        for user in crew.people:
            assert user.name not in body
            assert user.email not in body
            assert str(user.pk) not in body
        assert "Vendor one" not in body
    page = text_of(client, f"{crew.page}annotators/")
    assert who(crew, 0) in page
    assert "team of one or two people is left out" in page
    person = text_of(client, f"{crew.page}annotators/{who(crew, 2)}/")
    assert not ITEM_LINK.search(person)
    assert "/annotators/" + who(crew, 2) + "/items/" not in person
    assert "Gold items right" not in person
    assert client.get(f"{crew.page}annotators/{who(crew, 2)}/items/?window=0").status_code == 403


def test_whom_the_pages_let_in(crew: Crew) -> None:
    crew.run()
    items = f"{crew.page}annotators/{who(crew, 2)}/items/?window=0"
    for address in [*addresses(crew), items]:
        assert browser(crew.manager).get(address).status_code == 200
        assert browser(crew.people[2]).get(address).status_code == 403, "not even about himself"
        assert browser(crew.consumer).get(address).status_code == 403
        assert browser(crew.stranger).get(address).status_code == 404
        assert Client().get(address).status_code == 302
    own = f"{crew.page}me/"
    assert browser(crew.people[2]).get(own).status_code == 200
    for user in (crew.manager, crew.adjudicator, crew.consumer):
        assert browser(user).get(own).status_code == 403
    assert browser(crew.stranger).get(own).status_code == 404


def test_one_annotators_page_says_what_changed(crew: Crew) -> None:
    run = crew.run()
    page = text_of(browser(crew.manager), f"{crew.page}annotators/{who(crew, 2)}/")
    assert crew.people[2].name in page
    assert "agrees less" in page
    assert 'class="point alarm"' in page
    assert "alarm, below the limits" in page
    assert "The others among themselves" in page
    assert f"annotators/{who(crew, 2)}/items/?question=tone&amp;run={run.pk}&amp;by=units&amp;window=0" in page
    assert "Given more or less often than by the others" in page
    assert "Where this person and the others differ" in page
    assert "never, so nothing says how far this person agrees with themselves" in page
    weeks = text_of(browser(crew.manager), f"{crew.page}annotators/{who(crew, 2)}/?by=weeks")
    assert "Windows of" in weeks
    for missing in ("annotator-aaaaaaaa", str(crew.people[2].pk)):
        assert browser(crew.manager).get(f"{crew.page}annotators/{missing}/").status_code == 404


def test_a_point_leads_to_the_items_of_its_window(crew: Crew) -> None:
    crew.run()
    client, base = browser(crew.manager), f"{crew.page}annotators/{who(crew, 2)}/items/"
    page = text_of(client, f"{base}?by=units&window=3")
    assert len(ITEM_LINK.findall(page)) == 10
    assert page.count(">different</span>") == 7
    assert crew.people[0].name in page
    for wrong in ("", "?window=99", "?window=x"):
        assert client.get(base + wrong).status_code == 404


def test_a_manager_who_labels_sees_no_item_that_he_may_still_be_given(crew: Crew) -> None:
    Membership.objects.filter(project=crew.project, user=crew.manager).update(roles=["manager", "annotator"])
    crew.run()
    page = text_of(browser(crew.manager), f"{crew.page}annotators/{who(crew, 2)}/items/?window=3")
    assert not ITEM_LINK.search(page)
    assert "No items to show" in page


def test_files_carry_n_interval_and_snapshot(crew: Crew) -> None:
    team(crew.project, "=Vendor", *crew.people[:2])
    run = crew.run()
    client = browser(crew.manager)
    rows = list(csv.DictReader(io.StringIO(client.get(f"{crew.page}annotators/?format=csv").content.decode())))
    assert {row["name"] for row in rows} == {user.name for user in crew.people}
    for row in rows:
        assert row["n"] == "40"
        assert float(row["ci_low"]) < float(row["with_rest"]) < float(row["ci_high"])
        assert row["as_of"] == str(run.as_of)
        assert row["run"] == str(run.pk)
    told = json.loads(client.get(f"{crew.page}annotators/?format=json&part=teams").content)
    assert told["rows"][0]["n_annotators"] == 2
    assert told["rows"][0]["within_n"] == 40
    teams = client.get(f"{crew.page}annotators/?format=csv&part=teams").content.decode()
    assert "'=Vendor" in teams, "no cell is a formula"
    person = f"{crew.page}annotators/{who(crew, 2)}/"
    windows = json.loads(client.get(f"{person}?format=json").content)["rows"]
    assert [row["alarm"] for row in windows] == [False, False, False, True]
    assert all(row["n"] == 10 for row in windows)
    assert {(row["reason"], row["warning"]) for row in windows} == {(None, "few_units")}
    for part in ("bias", "mixed"):
        assert client.get(f"{person}?format=csv&part={part}").content.decode().count("\n") > 2
    shown = json.loads(browser(crew.adjudicator).get(f"{crew.page}annotators/?format=json").content)
    assert {row["name"] for row in shown["rows"]} == {who(crew, place) for place in range(3)}


def test_my_figures_are_mine_alone(crew: Crew) -> None:
    crew.run()
    page = text_of(browser(crew.people[2]), f"{crew.page}me/")
    assert "What to look at" in page
    assert "of the items you said" in page
    assert "Read again:" in page
    assert "#clause-" in page
    assert "agrees less" in page
    assert not ITEM_LINK.search(page)
    for other in (*crew.people[:2], crew.manager):
        assert other.name not in page
        assert str(other.pk) not in page
    for place in range(3):
        assert who(crew, place) not in page
    for forbidden in ("Alpha without", "quality verdict", "Gold items"):
        assert forbidden not in page
    rows = json.loads(browser(crew.people[2]).get(f"{crew.page}me/?format=json").content)["rows"]
    assert [(row["question"], row["n"]) for row in rows] == [("tone", 40)]
    assert "name=" not in browser(crew.people[2]).get(f"{crew.page}me/?format=csv").content.decode()


def test_my_figures_wait_for_enough_items_and_say_how_many(transactional_db: None) -> None:
    crew = make_crew(12, low={})
    assert "There are no figures about you yet" in text_of(browser(crew.people[0]), f"{crew.page}me/")
    crew.run()
    page = text_of(browser(crew.people[0]), f"{crew.page}me/")
    assert "12 of the 30 items needed that others have answered too. 18 more" in page
    assert "Alpha with the others" not in page
    assert (
        json.loads(browser(crew.people[0]).get(f"{crew.page}me/?format=json").content)["rows"][0]["with_rest"] is None
    )


def test_a_low_minimum_does_not_unblind_single_items(transactional_db: None) -> None:
    crew = make_crew(4, low={"annotator_units": 1, "drift_units": 0, "alpha_units": 1})
    crew.run()
    page = text_of(browser(crew.people[2]), f"{crew.page}me/")
    assert "4 of the 10 items needed" in page
    assert "you said" not in page
    assert "<svg" not in page.split("<main", 1)[-1]
    assert "withheld" not in text_of(browser(crew.manager), f"{crew.page}annotators/{who(crew, 2)}/").split("dl")[0]


def test_windows_of_few_items_are_not_drawn_for_oneself(transactional_db: None) -> None:
    crew = make_crew(12, low={"annotator_units": 1, "drift_units": 3})
    crew.run()
    page = text_of(browser(crew.people[2]), f"{crew.page}me/")
    assert "Alpha with the others" in page
    assert 'class="week-chart"' not in page
    assert 'class="week-chart"' in text_of(browser(crew.manager), f"{crew.page}annotators/{who(crew, 2)}/")


def test_pages_without_a_run_say_what_comes_first(crew: Crew) -> None:
    assert "No full run knows the people" in text_of(browser(crew.manager), f"{crew.page}annotators/")
    empty = make.make_project()
    address = f"/p/{empty.slug}/agreement/annotators/"
    assert "There is nothing to measure yet" in text_of(browser(empty.created_by), address)
    assert browser(crew.manager).get(f"{crew.page}annotators/?question=nope").status_code == 404
    assert browser(crew.manager).get(f"{crew.page}annotators/?run={empty.pk}").status_code == 404


def test_runs_over_a_part_are_named_and_stand_behind_the_whole(crew: Crew) -> None:
    whole = crew.run()
    narrow = crew.run(guideline_version=1)
    AgreementRun.objects.filter(pk=narrow.pk).update(slice="hard ones")
    client = browser(crew.manager)
    page = text_of(client, f"{crew.page}annotators/")
    assert f"/agreement/runs/{whole.pk}/" in page
    assert "Other runs" in page
    other = text_of(client, f"{crew.page}annotators/?run={narrow.pk}")
    assert "This run looked at a part of the answers only: v1, slice “hard ones”." in other
    assert text_of(browser(crew.people[0]), f"{crew.page}me/").count("As of entry") == 1


def test_a_run_over_one_version_is_a_part(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    one = crew.run(guideline_version=1)
    manager, me = browser(crew.manager), browser(crew.people[0])
    assert "This run looked at a part of the answers only: v1." in text_of(manager, f"{crew.page}annotators/")
    assert f"As of entry {one.as_of}" in text_of(me, f"{crew.page}me/"), "better than nothing"
    whole = crew.run()
    crew.run(guideline_version=1)
    monkeypatch.setattr("metrics.selectors.annotators.MOST_RUNS", 1)
    page = text_of(manager, f"{crew.page}annotators/")
    assert f"/agreement/runs/{whole.pk}/" in page
    assert "looked at a part" not in page
    assert "all versions" in text_of(me, f"{crew.page}me/")


def test_a_page_costs_the_same_for_few_and_many_people(crew: Crew, django_assert_max_num_queries: Any) -> None:
    crew.run()
    client, counts = browser(crew.manager), []
    pages = [f"{crew.page}annotators/", f"{crew.page}annotators/{who(crew, 2)}/",
             f"{crew.page}annotators/{who(crew, 2)}/items/?window=3"]  # fmt: skip
    for page in pages:
        client.get(page)
        with django_assert_max_num_queries(15) as few:
            client.get(page)
        counts.append(len(few))
    more = [make.make_member(crew.project, "annotator") for _ in range(3)]
    make.acknowledge(crew.project, *more)
    Annotation.objects.filter(project=crew.project, annotator=crew.people[2], slot=3).count()
    make.make_items(crew.project, 6)
    for user in more:
        make.label(user, crew.project, {"tone": "calm"}, 6)
    crew.run()
    for page, few in zip(pages, counts, strict=True):
        with django_assert_max_num_queries(few):
            assert client.get(page).status_code == 200
    own = browser(crew.people[0])
    own.get(f"{crew.page}me/")
    with django_assert_max_num_queries(15):
        own.get(f"{crew.page}me/")
