"""Gold items from decided cases, from files and by name: over REST and on the training page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from adjudication.models import Case
from annotation import services as annotation
from annotation.models import GoldItem, Qualification
from annotation.training import current_policy
from intake.audiences import Audience, write_audience
from tests.adjudication.build import decide, disagree, make_setting
from tests.annotation.test_training import WRONG, hidden, make_gold
from tests.factories import (
    actor,
    client_for,
    label,
    make_items,
    make_member,
    make_project,
    make_user,
    publish_guideline,
    settle,
)

pytestmark = pytest.mark.django_db(transaction=True)


def settle_case(setting, case):
    decide(case, setting.adjudicator, answer="angry", rationale="There is an insult.", clauses=["angry"])


def url_of(project, rest=""):
    return f"/api/v1/projects/{project.slug}/gold-items{rest}"


def send(client, project, *items):
    return client.post(url_of(project), {"items": list(items)}, format="json")


@pytest.fixture
def known():
    project = make_project()
    publish_guideline(project)
    _, items, _ = make_items(project, 3)
    return project, items, client_for(project.created_by)


def test_gold_items_are_made_listed_and_removed(known):
    project, items, api = known
    made = send(api, project, {"external_id": items[0].external_id, "answers": {"tone": "angry"}, "clauses": ["angry"]},
                {"item": str(items[1].id), "answers": {"tone": "calm"}, "use": "hidden"})  # fmt: skip
    assert made.status_code == 201, made.content
    first, second = made.json()["items"]
    assert (first["use"], first["source"], first["case"], second["use"]) == ("both", "given", None, "hidden")
    assert [g["id"] for g in api.get(url_of(project)).json()["results"]] == [second["id"], first["id"]]
    one = api.get(url_of(project, f"/{first['id']}"))
    assert api.delete(url_of(project, f"/{first['id']}")).status_code == 428
    assert api.delete(url_of(project, f"/{first['id']}"), HTTP_IF_MATCH='"x"').status_code == 412
    assert api.delete(url_of(project, f"/{first['id']}"), HTTP_IF_MATCH=one["ETag"]).status_code == 204
    assert api.get(url_of(project, f"/{first['id']}")).status_code == 404


def test_what_is_wrong_is_named_by_its_place(known):
    project, items, api = known
    foreign = make_items(make_project(), 1)[1][0]
    refused = send(
        api,
        project,
        {"item": str(foreign.id), "answers": {"tone": "calm"}},
        {"external_id": "none", "answers": {"tone": "calm"}},
    )
    assert [e["pointer"] for e in refused.json()["errors"]] == ["#/items/0/item", "#/items/1/external_id"]
    wrong = send(api, project, {"item": str(items[0].id), "answers": {"tone": "loud"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/items/0/answers/tone")
    both = send(api, project, {"item": str(items[0].id), "external_id": "x", "answers": {"tone": "calm"}})
    assert both.status_code == 422
    assert api.post(url_of(project), {"from": "elsewhere"}, format="json").status_code == 422
    assert not GoldItem.objects.exists()


def test_gold_items_are_for_managers(known):
    project, _, _ = known
    for role in ("annotator", "adjudicator", "consumer"):
        assert client_for(make_member(project, role)).get(url_of(project)).status_code == 403
    assert client_for(make_user(), ["tokens:manage"]).get(url_of(project)).status_code == 404


def test_decided_cases_are_handed_down():
    setting = make_setting(items=3)
    cases = disagree(setting, count=3)
    settle_case(setting, cases[0])
    settle_case(setting, cases[1])
    api = client_for(setting.manager)
    made = api.post(url_of(setting.project), {"from": "decided_cases", "limit": 1, "use": "training"}, format="json")
    assert made.status_code == 201, made.content
    [first] = made.json()["items"]
    assert (first["source"], first["case"], first["use"]) == ("decided", str(cases[1].id), "training")
    assert (first["answers"], first["explanation"], first["clauses"]) == (
        {"tone": "angry"},
        "There is an insult.",
        ["angry"],
    )
    again = api.post(url_of(setting.project), {"from": "decided_cases"}, format="json").json()["items"]
    assert [g["case"] for g in again] == [str(cases[0].id)]
    assert api.post(url_of(setting.project), {"from": "decided_cases"}, format="json").json()["items"] == []


def test_a_file_brings_gold_items_and_its_bad_rows_are_named(known, client):
    project, items, _ = known
    client.force_login(project.created_by)
    text = (
        "external_id,text,tone,explanation,clauses\n"
        f"{items[0].external_id},ignored,angry,An insult.,angry\n"
        "new-1,Something new,calm,,\n"
        "new-2,Something else,loud,,\n"
        "new-3,Third,,,\n"
        "new-4,Fourth,calm,,none\n"
        "new-1,Again,calm,,\n"
    )
    page = client.post(
        f"/p/{project.slug}/training/file/",
        {"file-file": SimpleUploadedFile("gold.csv", text.encode()), "file-use": "both"},
    )
    shown = page.content.decode()
    assert "2 gold items are added" in shown
    for line in (4, 5, 6, 7):
        assert f"Line {line}:" in shown
    rows = {g.item.external_id: g for g in GoldItem.objects.select_related("item__batch")}
    assert set(rows) == {items[0].external_id, "new-1"}
    assert (rows["new-1"].source, rows["new-1"].item.batch.name) == ("file", "Gold items")
    old = rows[items[0].external_id]
    assert (old.explanation, old.clauses, old.item.fields) == ("An insult.", ["angry"], items[0].fields)
    lines = '{"text": "A line", "tone": "calm"}\n{"text": "Two", "tone": "angry"}\n'
    done = client.post(
        f"/p/{project.slug}/training/file/",
        {"file-file": SimpleUploadedFile("gold.jsonl", lines.encode()), "file-use": "hidden"},
    )
    assert done.status_code == 302
    assert GoldItem.objects.filter(use="hidden").count() == 2
    empty = client.post(
        f"/p/{project.slug}/training/file/",
        {"file-file": SimpleUploadedFile("gold.csv", b"external_id,text\na,b\n"), "file-use": "both"},
    )
    assert empty.status_code == 422
    assert "no column of answers" in empty.content.decode()


def test_the_page_sets_the_policy_and_shows_where_people_stand(client):
    project, user, _, _ = hidden(window=10)
    label(user, project, WRONG, 60)
    make_gold(project, 3, prefix="more")
    client.force_login(project.created_by)
    url = f"/p/{project.slug}/training/"
    page = client.get(url)
    shown = page.content.decode()
    assert "paused" in shown
    assert "0 of the last 5 checked answers were right" in shown
    assert "33 to be hidden" in shown
    form = {"training_items": "2", "pass_mark": "75", "hidden_rate": "10", "pause_below": "60", "window": "20"}
    assert client.post(url, form | {"seen": "0"}).status_code == 422
    assert client.post(url, form | {"seen": "1", "existing_qualified": "on"}).status_code == 302
    policy = current_policy(project)
    assert (policy.number, policy.pass_mark, policy.hidden_rate) == (2, 0.75, 0.1)
    many = client.post(url, form | {"seen": "2", "training_items": "99"})
    assert "Add more of them, or ask for fewer" in many.content.decode()
    back = client.post(f"{url}annotators/{user.id}/reinstate/", {"reason": "We talked."}, follow=True)
    assert "may go on" in back.content.decode()
    assert Qualification.objects.get(user=user).state == "qualified"
    gold = GoldItem.objects.first()
    assert client.post(f"{url}gold/{gold.id}/remove/").status_code == 302
    gold.refresh_from_db()
    assert gold.ended_event is not None
    assert (
        "No decided case is left"
        in client.post(f"{url}cases/", {"cases-limit": "5", "cases-use": "both"}, follow=True).content.decode()
    )


def test_the_page_is_for_managers(client, known):
    project, _, _ = known
    client.force_login(make_member(project, "annotator"))
    assert client.get(f"/p/{project.slug}/training/").status_code == 403
    client.force_login(make_user())
    assert client.get(f"/p/{project.slug}/training/").status_code == 404


def test_all_who_may_are_those_whom_the_batch_is_reserved_for():
    setting = make_setting(items=1, annotators=2)
    first, _ = setting.annotators
    batch = setting.round.batch
    write_audience(batch, Audience({}, frozenset({first.id})))
    held = annotation.next_assignments(
        user=first, project=setting.project, by=actor(first), now=timezone.now()
    ).assignments[0]  # fmt: skip
    annotation.skip_assignment(by=actor(first), assignment_id=held.id, fence=held.fence, reason="x")
    settle()
    assert Case.objects.get(project=setting.project).pattern == "skipped"
