"""What the guideline leaves open, by clause; how many cases wait."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from adjudication.models import Case
from adjudication.selectors.gaps import gaps_by_clause
from annotation import services as annotation
from tests import factories as make
from tests.adjudication.build import decide

pytestmark = pytest.mark.django_db(transaction=True)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def disputed() -> Any:
    """Two people differ on two items; one of them says that a clause is unclear."""
    project = make.make_project(overlap=2)
    make.publish_guideline(project)
    make.make_items(project, 2)
    for tone in ("calm", "angry"):
        user = make.make_member(project, "annotator")
        make.acknowledge(project, user)
        for _ in range(2):
            [given] = annotation.next_assignments(
                user=user, project=project, count=1, by=make.actor(user), now=timezone.now()
            ).assignments
            annotation.submit_annotation(
                by=make.actor(user), assignment_id=given.id, fence=given.fence, answers={"tone": tone}, lead_time_ms=10,
                unclear={"clause": "angry", "note": "Is sarcasm heat?"} if tone == "angry" else None,
                now=timezone.now(),
            )  # fmt: skip
    make.settle()
    return project


def test_reports_and_gaps_stand_by_clause_and_for_a_hundred_answers(disputed: Any) -> None:
    judge = make.make_member(disputed, "adjudicator")
    decide(
        Case.objects.all()[0], judge, rationale="Sarcasm is not named.", clauses=["angry"], cause="guideline_gap",
        guideline_gap=True,
    )  # fmt: skip
    assert gaps_by_clause(disputed, "tone") == {"angry": 1}
    page = f"/p/{disputed.slug}/cases/evidence/?question=tone"
    part = browser(disputed.created_by).get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f"/p/{disputed.slug}/reviews/clause/angry/?question=tone" in part
    assert "75.00" in part  # two reports and a gap among four answers
    whole = browser(judge).get(page).content.decode()
    assert "Is sarcasm heat?" in whole
    assert "Sarcasm is not named." in whole
    assert "reviews/clause" not in whole
    assert browser(disputed.created_by).get(f"/p/{disputed.slug}/cases/evidence/?question=x").status_code == 404


def test_the_backlog_says_how_many_wait_and_how_long(disputed: Any) -> None:
    assert Case.objects.count() == 2
    part = browser(disputed.created_by).get(f"/p/{disputed.slug}/cases/backlog/").content.decode()
    assert "2 cases wait" in part
    assert "The oldest has waited" in part


def test_a_clause_leads_into_the_review_of_its_question(disputed: Any) -> None:
    answer = browser(disputed.created_by).get(f"/p/{disputed.slug}/reviews/clause/angry/?question=tone")
    assert answer["Location"] == f"/p/{disputed.slug}/reviews/new/?question=tone"
