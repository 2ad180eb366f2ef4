"""Pages of slices and runs: saved without JSON, measured, retired; runs listed, started, cancelled, taken up again."""

from typing import Any

import pytest
from django.test import Client

from events.models import Job
from metrics.models import AgreementRun, Slice
from tests import factories as make
from tests.metrics.sliced import N, Sliced, make_sliced

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(name="sliced")
def a_sliced_project(transactional_db: None) -> Sliced:
    return make_sliced()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def field_named(form: Any, label: str) -> str:
    return next(name for name, field in form.fields.items() if field.label == label)


def test_a_manager_saves_a_slice_from_what_the_project_has(sliced: Sliced) -> None:
    client, url = signed_in(sliced.manager), f"{sliced.page}slices/"
    page = client.get(url)
    form, text = page.context["form"], page.content.decode()
    assert "No slice is saved yet" in text
    language = field_named(form, "Language")
    assert [value for value, _ in form.fields[language].choices] == ["de", "nl"]
    assert ("metadata.score", "score") in form.fields["number_key"].choices
    assert ("field.text", "Text") in form.fields["text_key"].choices
    assert form.fields["teams"].choices == [(str(sliced.north.pk), "North"), (str(sliced.south.pk), "South")]
    labels = next(iter(form.label_fields))
    saved = client.post(url, {
        "do": "save", "name": "Dutch, of weight", language: ["nl"], "batches": [str(sliced.batches[1].pk)],
        "number_key": "metadata.score", "number_from": "2", "text_key": "field.text", "text_holds": "text",
        "teams": [str(sliced.north.pk)], "annotators": ["person"], "versions": ["1", "none"], labels: ["0"],
        "answered_from": "2020-01-01", "answered_to": "2030-01-31",
    })  # fmt: skip
    assert saved.status_code == 302, saved.context["form"].errors
    [kept] = Slice.objects.filter(project=sliced.project)
    assert [condition["by"] for condition in kept.definition["where"]] == [
        "field", "metadata", "field", "label", "batch", "team", "annotators", "guideline_version", "answered",
    ]  # fmt: skip
    assert kept.definition["where"][-1]["to"].startswith("2030-02-01")
    page = client.get(url).content.decode()
    assert "Language is nl" in page
    assert "chosen by its answers" in page
    assert "not run" in page


def test_mistakes_are_said_at_their_fields(sliced: Sliced) -> None:
    client, url = signed_in(sliced.manager), f"{sliced.page}slices/"
    nothing = client.post(url, {"do": "save", "name": "all"})
    assert nothing.status_code == 422
    assert "at least one thing" in nothing.content.decode()
    half = client.post(url, {"do": "save", "name": "half", "number_key": "metadata.score"})
    assert list(half.context["form"].errors) == ["number_key"]
    unkeyed = client.post(url, {"do": "save", "name": "half", "text_holds": "x"})
    assert list(unkeyed.context["form"].errors) == ["text_key"]
    backwards = client.post(
        url, {"do": "save", "name": "b", "answered_from": "2026-02-01", "answered_to": "2026-01-01"}
    )
    assert list(backwards.context["form"].errors) == ["answered_from"]
    assert Slice.objects.count() == 0
    assert client.post(url, {"do": "moon"}).status_code == 404


def test_a_slice_is_measured_listed_and_retired_on_its_page(sliced: Sliced) -> None:
    client, url = signed_in(sliced.manager), f"{sliced.page}slices/"
    for name, batch in (("The hard", "hard"), ("The easy", "easy")):
        sliced.post("/slices", {"name": name, "definition": {"where": [{"by": "batch", "values": [batch]}]}})
        assert client.post(f"{sliced.page}runs/", {"slice": name}).status_code == 302
    make.settle()
    page = client.get(url)
    lines = page.context["page"].lines
    assert [line.slice.name for line in lines] == ["The hard", "The easy"]  # the least agreement first
    assert lines[0].measured[0].score["n_items"] == N
    assert "2 figures of slices are looked at here" in page.content.decode()
    assert "not adjusted for many looks" in page.content.decode()
    few = client.get(f"{url}?at_least=21")
    assert (few.context["page"].lines, few.context["page"].small) == ([], 2)
    assert client.get(f"{url}?at_least=x").status_code == 200
    assert client.post(url, {"do": "retire", "slice": str(lines[0].slice.pk)}).status_code == 302
    assert [line.slice.name for line in client.get(url).context["page"].lines] == ["The easy"]
    assert client.post(url, {"do": "retire", "slice": str(lines[0].slice.pk)}).status_code == 404


def test_a_part_that_a_run_found_fills_the_form(sliced: Sliced) -> None:
    client = signed_in(sliced.manager)
    form = client.get(f"{sliced.page}slices/?by=field&key=lang&value=nl&name=Dutch").context["form"]
    assert form.initial["name"] == "Dutch"
    assert form.initial[field_named(form, "Language")] == ["nl"]
    form = client.get(f"{sliced.page}slices/?by=label&key=tone&value=angry").context["form"]
    assert form.initial[next(iter(form.label_fields))] == ["1"]


def test_who_may_do_what(sliced: Sliced) -> None:
    for path in ("slices/", "runs/"):
        assert signed_in(sliced.people[0]).get(sliced.page + path).status_code == 403
        adjudicator = signed_in(sliced.adjudicator)
        page = adjudicator.get(sliced.page + path)
        assert page.status_code == 200
        assert page.context["form"] is None
        assert adjudicator.post(sliced.page + path, {"do": "save"}).status_code == 403
        assert signed_in(make.make_user()).get(sliced.page + path).status_code == 404


def test_runs_are_started_from_their_page_and_listed(sliced: Sliced) -> None:
    client, url = signed_in(sliced.manager), f"{sliced.page}runs/"
    form = client.get(url).context["form"]
    assert ("metadata.doc", "Items with the same doc") in form.fields["resample_by"].choices
    assert ("batch", "Items of the same batch") in form.fields["resample_by"].choices
    assert "field.text" not in dict(form.fields["resample_by"].choices)
    started = client.post(url, {
        "question": "tone", "version": "1", "batch": str(sliced.batches[1].pk), "team": str(sliced.north.pk),
        "who": "together", "resample_by": "metadata.doc", "slice": "",
    })  # fmt: skip
    assert started.status_code == 302
    run = AgreementRun.objects.get()
    assert (run.question, run.guideline_version, run.batch, run.team, run.who, run.resample_by) == (
        "tone", 1, sliced.batches[1].pk, sliced.north.pk, "together", "metadata.doc",
    )  # fmt: skip
    make.settle()
    page = client.get(url)
    [line] = page.context["lines"]
    assert line.narrowed == [
        "guideline v1", "batch hard", "team North", "people and models", "items of one doc drawn together",
    ]  # fmt: skip
    assert line.alphas == [("What is the tone?", 1.0)]
    assert "batch hard" in client.get(started["Location"]).content.decode()
    wrong = client.post(url, {"resample_by": "field.moon"}, follow=True)
    assert "metadata.KEY" in wrong.content.decode()


def test_a_run_is_cancelled_and_taken_up_again_on_its_page(sliced: Sliced) -> None:
    client = signed_in(sliced.manager)
    url = client.post(f"{sliced.page}runs/", {})["Location"]
    assert "Cancel this run" in client.get(url).content.decode()
    assert signed_in(sliced.adjudicator).post(url, {"do": "cancel"}).status_code == 403
    assert client.post(url, {"do": "cancel"}).status_code == 302
    assert Job.objects.get(pk=AgreementRun.objects.get().pk).state == "cancelled"
    assert "Take it up again" in client.get(url).content.decode()
    assert client.post(url, {"do": "resume"}).status_code == 302
    make.settle()
    assert AgreementRun.objects.get().computed_at is not None
    assert client.post(url, {"do": "fly"}).status_code == 404


def test_tabs_carry_question_and_version_along(sliced: Sliced) -> None:
    client = signed_in(sliced.manager)
    for place in ("slices", "targets", "models", "runs"):
        page = client.get(f"{sliced.page}{place}/?question=tone&version=1&before=x&page=1").content.decode()
        assert f'href="{sliced.page}?question=tone&amp;version=1"' in page, place
        assert f'href="{sliced.page}"' in client.get(f"{sliced.page}{place}/").content.decode(), place
