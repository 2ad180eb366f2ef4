"""Answers given with a suggestion on screen are counted apart, live, in runs, in repair and in releases."""

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from adjudication.models import Case
from adjudication.selectors import gold_rows
from annotation.models import Annotation
from annotation.services.suggesting import NewSuggestion, post_suggestions
from events.services import wait_for_cut
from home.selectors import project_counts
from metrics.counting import ALONE, SUGGESTION_SHOWN, TOGETHER, Given, tally
from metrics.models import Pattern, Unit
from metrics.questions import ALL_VERSIONS
from metrics.selectors.mismatches import count_mismatches
from metrics.selectors.scores import current_scores
from metrics.services import request_run
from metrics.services.repair import rebuild_project
from projects.agents import add_agent
from releases.building.agreement import alphas_at
from tests import factories as make
from tests.annotation.stock import ready, submit, take

pytestmark = pytest.mark.django_db(transaction=True)

N = 24
TONES = ("calm", "angry", "unsure")


@pytest.fixture
def half() -> tuple[Any, list[Any]]:
    """Two people answer 24 items alone; then suggestions are switched on and two more answer with one on screen.

    Alone they agree on two items in three, with a suggestion on all.
    """
    project, people, items, _ = ready(N, people=4, overlap=4)
    for place, user in enumerate(people[:2]):
        for number in range(N):
            [given] = take(user, project).assignments
            submit(user, given, {"tone": TONES[(number + (place if number % 3 == 0 else 0)) % 3]})
    member, _ = add_agent(
        by=make.actor(project.created_by), project=project, kind="model", name="tagger", roles=(), now=timezone.now()
    )
    rows = [NewSuggestion({"tone": TONES[n % 3]}, "1", item=item.id) for n, item in enumerate(items)]
    post_suggestions(by=make.actor(member.user), project=project, rows=rows, now=timezone.now())
    project.settings["suggestions"] = {"show": True}
    project.save()
    for user in people[2:]:
        for number in range(N):
            [given] = take(user, project).assignments
            submit(user, given, {"tone": TONES[number % 3]})
    make.settle()
    return project, people


def scores(project: Any, query: str = "") -> list[dict[str, Any]]:
    answer = make.client_for(project.created_by).get(f"/api/v1/projects/{project.slug}/agreement{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["scores"]
    return found


def percent_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["coefficient"] == "percent")


def test_the_headline_counts_answers_given_alone_and_the_slice_the_others(half: tuple[Any, list[Any]]) -> None:
    project, _ = half
    assert Annotation.objects.filter(suggestion__isnull=False).count() == 2 * N
    rows = scores(project)
    percent = percent_of(rows)
    assert (percent["n_items"], percent["n_annotations"], percent["n_annotators"]) == (N, 2 * N, 2)
    assert percent["value"] == pytest.approx(2 / 3)
    assert {row["slice"] for row in rows} == {None}
    shown = scores(project, "?slice=suggestion_shown")
    percent = percent_of(shown)
    assert (percent["n_annotations"], percent["n_annotators"], percent["value"]) == (2 * N, 2, 1.0)
    assert {row["slice"] for row in shown} == {"suggestion_shown"}
    assert shown[0]["value"] == pytest.approx(1.0)


def test_an_unknown_slice_is_refused(half: tuple[Any, list[Any]]) -> None:
    project, _ = half
    client = make.client_for(project.created_by)
    url = f"/api/v1/projects/{project.slug}"
    assert client.get(f"{url}/agreement?slice=together").status_code == 400
    started = client.post(f"{url}/agreement-runs", {"slice": "nights"}, format="json", HTTP_IDEMPOTENCY_KEY="r")
    assert started.status_code == 422


def test_runs_and_releases_leave_assisted_answers_out_and_a_run_may_ask_for_them(half: tuple[Any, list[Any]]) -> None:
    project, people = half
    client, cut = make.client_for(project.created_by), wait_for_cut(project=project.id)
    found = {}
    for name, body in {"alone": {}, "shown": {"slice": "suggestion_shown"}}.items():
        url = f"/api/v1/projects/{project.slug}/agreement-runs"
        started = client.post(url, body | {"as_of": cut}, format="json", HTTP_IDEMPOTENCY_KEY=name)
        assert started.status_code == 202, started.content
        assert started.json()["slice"] == body.get("slice")
        make.settle()
        found[name] = client.get(started["Location"]).json()
    live = {"alone": scores(project)[0], "shown": scores(project, "?slice=suggestion_shown")[0]}
    for name, run in found.items():
        first = run["scores"][0]
        assert first["value"] == pytest.approx(live[name]["value"])
        assert first["slice"] == live[name]["slice"] == run["slice"]
    who = {row["annotator"] for row in found["shown"]["scores"][0]["annotators"]}
    assert len(who) == 2
    release = alphas_at(project, cut, project.minimums, lambda: None)["tone"]
    assert release["value"] == pytest.approx(found["alone"]["scores"][0]["value"])
    assert release["ci_low"] == found["alone"]["scores"][0]["ci_low"]
    assert people


def test_assisted_answers_still_complete_items_raise_cases_and_make_gold(half: tuple[Any, list[Any]]) -> None:
    project, _ = half
    assert Case.objects.filter(project=project, state="open").count() == N // 3
    gold = {row.source for row in gold_rows(project, as_of=None)}
    assert gold == {"unanimous"}
    assert project_counts(project)["gold"] == N - N // 3
    assert project_counts(project)["annotations"] == 4 * N


def test_counts_hold_after_a_rebuild_and_a_recount(half: tuple[Any, list[Any]]) -> None:
    project, _ = half
    before = sorted(Pattern.objects.values_list("slice", "version", "counts_hash", "units"))
    assert {row[0] for row in before} == {ALONE, SUGGESTION_SHOWN, TOGETHER}
    assert count_mismatches(project) == []
    call_command("check_invariants")
    Unit.objects.filter(slice=SUGGESTION_SHOWN, version=ALL_VERSIONS).first().delete()  # type: ignore[union-attr]
    Pattern.objects.filter(slice=TOGETHER).update(units=7)
    assert {found.what for found in count_mismatches(project)} >= {"pattern"}
    rebuild_project(project=project)
    assert count_mismatches(project) == []
    assert sorted(Pattern.objects.values_list("slice", "version", "counts_hash", "units")) == before


def test_a_changed_or_withdrawn_assisted_answer_moves_its_slice_alone(half: tuple[Any, list[Any]]) -> None:
    project, people = half
    from annotation.services import supersede_annotation, withdraw_annotation

    rows = Annotation.objects.filter(annotator=people[2], ended_event=None).order_by("id")
    first, second = rows[0], rows[1]
    alone = scores(project)[0]["value"]
    supersede_annotation(
        by=make.actor(people[2]), annotation_id=first.id, changes={"tone": "unsure"}, verify=lambda _: None,
        now=timezone.now(),
    )  # fmt: skip
    withdraw_annotation(by=make.actor(people[2]), annotation_id=second.id, now=timezone.now())
    make.settle()
    assert scores(project)[0]["value"] == pytest.approx(alone)
    percent = percent_of(scores(project, "?slice=suggestion_shown"))
    assert (percent["n_items"], percent["value"]) == (N - 1, pytest.approx((N - 2) / (N - 1)))
    assert count_mismatches(project) == []


def test_the_page_says_how_many_are_apart_and_shows_them(half: tuple[Any, list[Any]], client: Any) -> None:
    project, _ = half
    client.force_login(project.created_by, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = f"/p/{project.slug}/agreement/"
    page = client.get(url)
    assert f"{2 * N} answers given with a suggestion shown are apart" in page.content.decode()
    apart = client.get(url + page.context["apart_url"])
    assert "with a model’s suggestion on screen" in apart.content.decode()
    assert apart.context["score"]["slice"] == "suggestion_shown"
    back = client.get(url + apart.context["whole_url"])
    assert back.context["score"]["slice"] is None
    run = client.post(url, {"question": "tone", "slice": "suggestion_shown"})
    assert run.status_code == 302


def test_a_version_without_answers_in_the_slice_has_a_reason(half: tuple[Any, list[Any]]) -> None:
    project, _ = half
    make.publish_guideline(project)
    rows = current_scores(project, version=2, slice=SUGGESTION_SHOWN)
    assert rows[0]["value"] is None
    assert rows[0]["undefined"]


def test_request_run_keeps_the_slice(half: tuple[Any, list[Any]]) -> None:
    project, _ = half
    run = request_run(
        by=make.actor(project.created_by), project=project, as_of=1, now=timezone.now(), slice=SUGGESTION_SHOWN
    )
    assert run.slice == SUGGESTION_SHOWN


class _Coder:
    def coded(self, version: int | None, answers: dict[str, Any], fields: dict[str, Any] | None = None) -> Any:
        return list(answers.items())


def test_a_unit_is_told_whole_only_where_a_part_of_it_was_assisted() -> None:
    from uuid import uuid4

    one, other, shown = uuid4(), uuid4(), uuid4()
    given = [
        Given(one, uuid4(), 1, {"q": "a"}),
        Given(one, uuid4(), 1, {"q": "b"}, suggestion=shown),
        Given(other, uuid4(), 1, {"q": "a"}),
    ]
    units = tally(given, _Coder(), people=True)  # type: ignore[arg-type]
    assert units[one, "q", ALL_VERSIONS, TOGETHER].as_counts() == [["a", 1], ["b", 1]]
    assert units[one, "q", ALL_VERSIONS, ALONE].as_counts() == [["a", 1]]
    assert (other, "q", ALL_VERSIONS, TOGETHER) not in units
    assert (one, "q", 1, TOGETHER) not in units
