"""The guideline's pages: read, compare, acknowledge, write, publish."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, path, reverse

from config.urls import urlpatterns as every
from core.ids import new_id
from guidelines import selectors, services
from guidelines.form_settings import has_labels
from guidelines.schema.registry import KINDS
from tests import factories

pytestmark = pytest.mark.django_db


def _elsewhere(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse("elsewhere")


def _missing() -> list[Any]:
    """Stand-ins for pages of higher rooms, where this room is tested alone."""
    stubs = []
    for name in ("project", "label", "items", "agreement", "cases", "reviews", "releases", "members"):
        try:
            reverse(name, args=["p"], urlconf="config.urls")
        except NoReverseMatch:
            stubs.append(path(f"p/<slug:slug>/{name}/", _elsewhere, name=name))
    return stubs


urlpatterns = [*every, *_missing()]


@pytest.fixture(autouse=True)
def _mounted(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def project() -> Any:
    return factories.make_project()


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(project: Any, rest: str = "") -> str:
    return f"/p/{project.slug}/guideline/{rest}"


def html(response: Any) -> str:
    return response.content.decode()


CHANGED = [factories.CLAUSES[0], {**factories.CLAUSES[1], "definition": "Heat, not insult.", "avoid_when": "Never."}]


def two_versions(project: Any, **second: Any) -> None:
    factories.publish_guideline(project, note="The first words.")
    factories.publish_guideline(project, note="Tighter.", **{"clauses": CHANGED, "review": new_id(), **second})


# --- reading --------------------------------------------------------------------------------------------------------


def test_before_version_1_everybody_is_told_what_comes(project: Any) -> None:
    assert page(project, "draft/") in html(browser(project.created_by).get(page(project)))
    shown = html(browser(factories.make_member(project, "annotator")).get(page(project)))
    assert "still writing it" in shown
    assert page(project, "draft/") not in shown


def test_the_current_version_is_shown_with_its_history(project: Any) -> None:
    two_versions(project)
    shown = html(browser(project.created_by).get(page(project)))
    assert "Guideline v2" in shown
    assert 'id="clause-angry"' in shown
    assert 'href="#clause-angry"' in shown
    assert "<p>Heat, not insult.</p>" in shown
    assert "The first words." in shown
    assert project.created_by.name in shown
    old = html(browser(project.created_by).get(page(project, "1/")))
    assert "earlier version" in old
    assert "<p>Heat or insult.</p>" in old


def test_an_annotator_is_told_to_read_and_sees_no_names(project: Any) -> None:
    two_versions(project)
    annotator = factories.make_member(project, "annotator")
    shown = html(browser(annotator).get(page(project)))
    assert page(project, "acknowledge/") in shown
    assert project.created_by.name not in shown
    factories.acknowledge(project, annotator)
    assert page(project, "acknowledge/") not in html(browser(annotator).get(page(project)))


def test_pages_cost_the_same_with_many_versions(project: Any, django_assert_max_num_queries: Any) -> None:
    factories.publish_guideline(project)
    client = browser(project.created_by)
    client.get(page(project))
    with django_assert_max_num_queries(12) as queries:
        client.get(page(project))
        cost = len(queries)
    for _ in range(3):
        factories.publish_guideline(project)
    with django_assert_max_num_queries(cost):
        client.get(page(project))


def test_a_text_is_never_more_than_text(project: Any) -> None:
    bad = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    clauses = [{"key": "a", "title": bad, "definition": bad, "examples": [{"text": bad, "answer": bad, "why": bad}]}]
    factories.publish_guideline(project, clauses=clauses, note=bad, questions=[{**factories.RATING, "title": bad}])
    factories.publish_guideline(project, clauses=[{**clauses[0], "definition": bad * 2}], questions=[factories.RATING])
    client = browser(project.created_by)
    for where in ("", "1/", "compare/", "acknowledge/", "draft/"):
        shown = html(client.get(page(project, where)))
        assert "<script>alert" not in shown, where
        assert "<img" not in shown, where


def test_compare_marks_words(project: Any) -> None:
    two_versions(project)
    client = browser(factories.make_member(project, "adjudicator"))
    shown = html(client.get(page(project, "compare/")))
    assert "From v1 to v2" in shown
    assert "Heat<ins>" in shown
    assert "removed:</span>or<span" in shown
    assert 'id="change-calm"' not in shown
    assert "change-sides" in html(client.get(page(project, "compare/?from=1&to=2&view=side")))
    assert client.get(page(project, "compare/?from=x")).status_code == 404
    assert client.get(page(project, "compare/?to=7")).status_code == 404


# --- acknowledging --------------------------------------------------------------------------------------------------


def test_the_first_version_is_read_whole_and_leads_to_labeling(project: Any) -> None:
    factories.publish_guideline(project)
    annotator = factories.make_member(project, "annotator")
    client = browser(annotator)
    shown = html(client.get(page(project, "acknowledge/")))
    assert "No heat at all." in shown
    assert shown.count("I have read this") == 1
    answer = client.post(page(project, "acknowledge/"), {"version": "1"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("label", args=[project.slug]))
    assert selectors.unacknowledged_version(annotator, project) is None
    assert client.get(page(project, "acknowledge/"))["Location"] == reverse("label", args=[project.slug])


def test_later_only_what_changed_since_the_last_reading_is_shown(project: Any) -> None:
    annotator = factories.make_member(project, "annotator")
    factories.publish_guideline(project)
    factories.acknowledge(project, annotator)
    factories.publish_guideline(project, clauses=CHANGED, note="Tighter.")
    shown = html(browser(annotator).get(page(project, "acknowledge/")))
    assert 'id="change-angry"' in shown
    assert "No heat at all." not in shown
    assert "Tighter." in shown


def test_a_version_published_meanwhile_must_be_read_too(project: Any) -> None:
    annotator = factories.make_member(project, "annotator")
    two_versions(project)
    answer = browser(annotator).post(page(project, "acknowledge/"), {"version": "1"})
    assert answer["Location"] == page(project, "acknowledge/")
    for wrong in ("3", "", "x"):
        assert browser(annotator).post(page(project, "acknowledge/"), {"version": wrong}).status_code == 404


def test_managers_see_who_has_read(project: Any) -> None:
    factories.publish_guideline(project)
    reader, waiting = (factories.make_member(project, "annotator") for _ in range(2))
    factories.acknowledge(project, reader)
    shown = html(browser(project.created_by).get(page(project, "readers/")))
    assert "1 of 2 annotators" in shown
    assert shown.index(waiting.name) < shown.index(reader.name)


# --- writing --------------------------------------------------------------------------------------------------------


def form(client: Client, project: Any) -> dict[str, str]:
    """What a browser would send back from the editor as it stands."""
    return sent(client.get(page(project, "draft/")))


def sent(response: Any) -> dict[str, str]:
    editor, data = (
        response.context["editor"],
        {"etag": response.context["etag"], "note": response.context["editor"].note.value},
    )
    data |= {"questions-total": str(len(editor.questions)), "clauses-total": str(len(editor.clauses))}
    for box in editor.questions:
        data |= {f"{box.id}-kind": box.kind, f"{box.id}-labels-total": str(len(box.labels))}
        data |= {f.id: f.value for f in (*box.fields, *box.settings, *box.more)}
        data |= {f.id: f.value for label in box.labels for f in label.fields}
    for clause in editor.clauses:
        data |= {f"{clause.id}-examples-total": str(len(clause.examples))}
        data |= {f.id: f.value for f in (*clause.fields, *clause.texts)}
        data |= {f.id: f.value for example in clause.examples for f in example.fields}
    return {name: value for name, value in data.items() if value}


def press(client: Client, project: Any, do: str, data: dict[str, Any], **more: str) -> Any:
    return client.post(page(project, "draft/"), {**data, "do": do, **more})


def write(client: Client, project: Any) -> dict[str, str]:
    """Press the buttons that a manager would press for one choice, one rating and two clauses."""
    data = form(client, project)
    data = sent(press(client, project, "add-choice", data))
    data |= {"questions-0-title": "What is the tone?", "questions-0-name": "tone"}
    data |= {"questions-0-labels-0-title": "Calm", "questions-0-labels-0-clause": "calm",
             "questions-0-labels-1-title": "Angry", "questions-0-labels-1-value": "hot"}  # fmt: skip
    data = sent(press(client, project, "add:questions-0-labels", data))
    data |= {"questions-0-labels-2-title": "Cannot say", "questions-0-labels-2-opt_out": "on"}
    data = sent(press(client, project, "add-rating", data))
    data |= {"questions-1-title": "How strong?", "questions-1-steps": "1 = weak\n5 = strong"}
    data.pop("questions-1-required")
    data = sent(press(client, project, "add-clause", data))
    data |= {"clauses-0-title": "Calm", "clauses-0-about": "tone/calm", "clauses-0-definition": "No *heat*."}
    data = sent(press(client, project, "add:clauses-0-examples", data))
    return data | {"clauses-0-examples-0-text": "Thank you.", "clauses-0-examples-0-answer": "calm"}


def test_a_manager_writes_and_publishes_version_1(project: Any) -> None:
    client = browser(project.created_by)
    data = write(client, project)
    assert selectors.draft_of(project).clauses == []
    saved = press(client, project, "save", data)
    assert (saved.status_code, saved["Location"]) == (302, page(project, "draft/"))
    answer = press(client, project, "publish", form(client, project), note="The first.")
    assert (answer.status_code, answer["Location"]) == (302, page(project))
    version = selectors.get_version(project, "current")
    assert (version.number, version.note, version.change) == (1, "The first.", "semantic")
    tone, force = version.label_schema["questions"]
    assert tone["labels"] == [
        {"value": "calm", "title": "Calm", "clause": "calm"},
        {"value": "hot", "title": "Angry"},
        {"value": "cannot_say", "title": "Cannot say", "opt_out": True},
    ]
    assert force == {"name": "how_strong", "kind": "rating", "title": "How strong?", "required": False,
                     "min": 1, "max": 5, "labels": {"1": "weak", "5": "strong"}}  # fmt: skip
    clause = version.clauses[0]
    assert (clause["key"], clause["question"], clause["label"]) == ("calm", "tone", "calm")
    assert clause["examples"] == [{"text": "Thank you.", "answer": "calm", "why": ""}]
    assert "goes through" not in html(client.get(page(project, "draft/")))
    assert "go through an agreement review" in html(client.get(page(project, "draft/")))


def test_what_the_form_cannot_show_in_fields_is_kept(project: Any) -> None:
    when = {"question": "tone", "in": ["angry"]}
    questions = [factories.CHOICE, {**factories.RATING, "help": "Think.", "when": when}]
    services.save_draft(by=factories.actor(project.created_by), project=project, clauses=factories.CLAUSES,
                        label_schema={"questions": questions}, note="n", verify=lambda _: None)  # fmt: skip
    before = selectors.guideline_body(selectors.draft_of(project))
    client = browser(project.created_by)
    assert press(client, project, "save", form(client, project)).status_code == 302
    assert selectors.guideline_body(selectors.draft_of(project)) == before


def test_nine_kinds_are_written_in_fields_and_published() -> None:
    """What a manager's browser sends: no setting of any kind has to be written as JSON."""
    fields = [
        {"name": "text", "type": "chat", "title": "Talk", "required": True},
        {"name": "photo", "type": "image", "title": "Photo", "required": False},
        {"name": "left", "type": "text", "title": "Left", "required": False},
    ]
    project = factories.make_project(fields=fields)
    client = browser(project.created_by)
    data: dict[str, Any] = dict(form(client, project))
    for place, kind in enumerate(KINDS):
        data = sent(press(client, project, f"add-{kind}", data)) | {f"questions-{place}-title": f"A {kind}"}
        if has_labels(kind):
            data |= {f"questions-{place}-labels-{n}-title": title for n, title in enumerate(("Animal", "Cow"))}
            data |= {f"questions-{place}-labels-1-parent": "Animal"}
    place = {kind: f"questions-{index}" for index, kind in enumerate(KINDS)}
    data |= {
        f"{place['spans']}-crossing": "any", f"{place['ranking']}-options": "x\r\ny\r\n",
        f"{place['preference']}-extra": ["tie", "cannot_judge"], f"{place['text']}-when_question": "a_choice",
        f"{place['text']}-when_in": "Cow",
    }  # fmt: skip
    answer = press(client, project, "publish", data, note="All of them.")
    assert answer.status_code == 302, answer.context["editor"].problems
    schema = {q["kind"]: q for q in selectors.get_version(project, "current").label_schema["questions"]}
    assert list(schema) == list(KINDS)
    labels = [{"value": "animal", "title": "Animal"}, {"value": "cow", "title": "Cow", "parent": "animal"}]
    assert schema["choice"]["labels"] == schema["spans"]["labels"] == schema["boxes"]["labels"] == labels
    assert (schema["spans"]["field"], schema["spans"]["crossing"], schema["boxes"]["field"]) == ("text", "any", "photo")
    assert schema["ranking"]["options"] == ["x", "y"]
    assert (schema["preference"]["fields"], schema["preference"]["extra"]) == (
        ["text", "photo"],
        ["tie", "cannot_judge"],
    )
    assert schema["text"]["when"] == {"question": "a_choice", "in": ["cow"]}
    page_text = html(client.get(page(project)))
    assert "Stretches of “text”, which may overlap. Each has a label" in page_text


def test_a_question_about_no_field_is_not_published(project: Any) -> None:
    client = browser(project.created_by)
    data = sent(press(client, project, "add-boxes", form(client, project))) | {"questions-0-title": "Where?"}
    data |= {"questions-0-labels-0-title": "Car", "questions-0-field": "text"}
    assert press(client, project, "save", data).status_code == 302
    refused = press(client, project, "publish", form(client, project), note="n")
    assert refused.status_code == 422
    ((where, detail),) = refused.context["editor"].problems
    assert (where, "declare one of type image" in detail) == ("questions-0-field", True)


def test_problems_stand_at_their_fields_and_nothing_is_lost(project: Any) -> None:
    client = browser(project.created_by)
    data = write(client, project) | {
        "questions-0-labels-1-title": "", "clauses-0-about": "tone/none", "questions-1-min": "9", "note": "x",
    }  # fmt: skip
    answer = press(client, project, "save", data)
    assert answer.status_code == 422
    where = {place for place, _ in answer.context["editor"].problems}
    assert where == {"questions-0-labels-1-title", "questions-1-max"}
    for place in where:
        assert f'href="#{place}"' in html(answer)
        assert f'id="{place}"' in html(answer)
    assert "Thank you." in html(answer)
    mended = sent(answer) | {"questions-0-labels-1-title": "Angry", "questions-1-min": "1"}
    refused = press(client, project, "publish", mended)
    assert {place for place, _ in refused.context["editor"].problems} == {"clauses-0-about"}
    assert selectors.current_version(project) is None


@pytest.mark.parametrize("do", ["save", "publish"])
def test_boxes_without_a_title_are_told_and_shown_again(project: Any, do: str) -> None:
    client = browser(project.created_by)
    data = sent(press(client, project, "add-choice", write(client, project)))  # left as it is
    data = sent(press(client, project, "add-rating", data)) | {"questions-3-min": "0", "questions-3-max": "10"}
    data = sent(press(client, project, "add-clause", data)) | {"clauses-1-definition": "Words of mine."}
    answer = press(client, project, do, data, note="n")
    assert answer.status_code == 422
    assert answer.context["editor"].problems == (
        ("questions-2-title", "Give the question a title, or clear the box."),
        ("clauses-1-title", "Give the clause a title, or clear the box."),
    )
    again = sent(answer)
    assert (again["questions-2-min"], again["questions-2-max"]) == ("0", "10")
    assert again["clauses-1-definition"] == "Words of mine."
    assert html(answer).count("Give the question a title, or clear the box.") == 2
    assert selectors.draft_of(project).clauses == []
    titled = again | {"questions-2-title": "How much?", "clauses-1-title": "Mine"}
    assert press(client, project, do, titled).status_code == 302


def test_publishing_asks_for_a_note_and_for_a_question(project: Any) -> None:
    client = browser(project.created_by)
    answer = press(client, project, "publish", form(client, project))
    assert [place for place, _ in answer.context["editor"].problems] == ["note"]
    answer = press(client, project, "publish", form(client, project), note="n")
    assert (answer.status_code, [p for p, _ in answer.context["editor"].problems]) == (422, ["questions"])


def test_a_second_editor_gets_a_conflict_not_a_loss(project: Any) -> None:
    client = browser(project.created_by)
    data = write(client, project)
    services.save_draft(by=factories.actor(project.created_by), project=project, clauses=factories.CLAUSES,
                        label_schema={"questions": [factories.CHOICE]}, note="theirs",
                        verify=lambda _: None)  # fmt: skip
    answer = press(client, project, "save", data)
    assert answer.status_code == 412
    assert "Somebody saved the draft" in html(answer)
    assert "Thank you." in html(answer)
    assert 'id="change-angry"' in html(answer)
    assert selectors.draft_of(project).note == "theirs"
    assert press(client, project, "save", sent(answer)).status_code == 302
    assert selectors.draft_of(project).clauses[0]["definition"] == "No *heat*."


def test_rows_are_moved_and_removed(project: Any) -> None:
    client = browser(project.created_by)
    data = write(client, project)
    moved = sent(press(client, project, "up:questions-1", data))
    assert (moved["questions-0-title"], moved["questions-1-title"]) == ("How strong?", "What is the tone?")
    less = sent(press(client, project, "remove:questions-1-labels-0", moved))
    assert less["questions-1-labels-0-title"] == "Angry"
    for nothing in ("remove:questions-9", "up:x", "add:clauses-0-labels", "remove:questions-0-title-0", "add:", "x"):
        assert sent(press(client, project, nothing, less)) == less, nothing


def test_a_long_guideline_fits_into_the_form(project: Any) -> None:
    clauses = [{"key": f"c{n}", "title": f"Clause {n}", "definition": "x"} for n in range(300)]
    services.save_draft(by=factories.actor(project.created_by), project=project, clauses=clauses,
                        label_schema={"questions": [factories.CHOICE]}, note="n", verify=lambda _: None)  # fmt: skip
    client = browser(project.created_by)
    assert press(client, project, "save", form(client, project), note="saved").status_code == 302
    assert len(selectors.draft_of(project).clauses) == 300


def test_the_preview_is_the_published_html(project: Any) -> None:
    client = browser(project.created_by)
    shown = client.post(page(project, "draft/preview/"), {"clauses-0-definition": "# A *b* <i>"})
    assert html(shown).strip() == "<h4>A <em>b</em> &lt;i&gt;</h4>"
    assert client.get(page(project, "draft/preview/")).status_code == 405


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["annotator", "adjudicator", "consumer"])
def test_only_managers_write(project: Any, role: str) -> None:
    factories.publish_guideline(project)
    client = browser(factories.make_member(project, role))
    assert client.get(page(project)).status_code == 200
    for where in ("draft/", "readers/"):
        assert client.get(page(project, where)).status_code == 403
    assert client.post(page(project, "draft/"), {}).status_code == 403
    assert client.post(page(project, "draft/preview/"), {}).status_code == 403
    assert client.get(page(project, "acknowledge/")).status_code == (403 if role == "consumer" else 200)


def test_strangers_find_nothing(project: Any) -> None:
    factories.publish_guideline(project)
    client = browser(factories.make_user())
    for where in ("", "1/", "compare/", "acknowledge/", "draft/", "readers/"):
        assert client.get(page(project, where)).status_code == 404, where
    assert Client().get(page(project)).status_code == 302
