"""One annotator's answers against the decisions, for managers alone."""

import pytest
from django.test import Client
from django.utils import timezone

from adjudication.selectors.annotators import decided_about
from annotation import services as annotation
from guidelines.selectors import current_version, label_schema_of
from projects.pseudonyms import pseudonym
from tests.adjudication.build import Setting, current, decide, disagree, make_setting
from tests.factories import actor, make_member, settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def setting(transactional_db: None) -> Setting:
    return make_setting(items=3)


def schema_of(setting: Setting):
    version = current_version(setting.project)
    assert version is not None
    return label_schema_of(version)


def test_decisions_uphold_one_answer_and_overturn_the_other(setting: Setting) -> None:
    cases = disagree(setting, "calm", "angry", count=3)
    decide(cases[0], setting.adjudicator, answer="angry", cause="slip")
    decide(cases[1], setting.adjudicator, answer="calm", cause="guideline_gap")
    decide(cases[2], setting.adjudicator, outcome="keep_disagreement", answer=None, cause="disagreement")
    first, second = (
        decided_about(setting.project, "tone", person.pk, schema_of(setting)) for person in setting.annotators
    )
    assert first is not None
    assert second is not None
    assert (first.upheld.count, first.upheld.n, dict(first.causes)) == (1, 2, {"slip": 1})
    assert (second.upheld.count, second.upheld.n, dict(second.causes)) == (1, 2, {"guideline_gap": 1})
    assert (first.overturned.count, first.overturned.n) == (1, 3)


def test_somebody_who_corrected_himself_is_held_by_what_he_says_now(setting: Setting) -> None:
    single = make_setting(items=1)
    (case,) = disagree(single, "calm", "angry")
    row = current(single, single.annotators[0])
    annotation.supersede_annotation(
        by=actor(single.annotators[0]), annotation_id=row.pk, changes={"tone": "unsure"}, verify=lambda _: None,
        now=timezone.now(),
    )  # fmt: skip
    settle()
    case.refresh_from_db()
    decide(case, single.adjudicator, answer="unsure")
    found = decided_about(single.project, "tone", single.annotators[0].pk, schema_of(single))
    assert found is not None
    assert (found.upheld.count, found.upheld.n) == (1, 1)


def test_the_part_is_for_managers_and_says_how_few_there_are(setting: Setting) -> None:
    cases = disagree(setting, "calm", "angry", count=3)
    decide(cases[0], setting.adjudicator, answer="angry")
    who = pseudonym(setting.project.id, setting.annotators[0].pk)
    address = f"/p/{setting.project.slug}/cases/annotators/{who}/?question=tone"
    client = Client()
    client.force_login(setting.manager)
    page = " ".join(client.get(address).content.decode().split())
    assert "0 of 1 decided case" in page
    assert "no share yet: 1 of the 30 needed" in page
    assert "slip 1" in page
    assert client.get(address.replace(who, "annotator-nobody")).status_code == 404
    consumer = make_member(setting.project, "consumer")
    for user in (setting.adjudicator, setting.annotators[0], consumer):
        client.force_login(user)
        assert client.get(address).status_code == 403
