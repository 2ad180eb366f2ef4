"""Versions, drafts and acknowledgements."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import Error, transaction
from django.utils import timezone

from core.errors import NotFound, Stale
from core.ids import new_id
from events.models import Event
from guidelines import selectors, services
from guidelines.errors import GuidelineInvalid, NotEditorial, ReviewNotNeeded, ReviewRequired
from guidelines.models import Acknowledgement, GuidelineVersion
from tests import factories

pytestmark = pytest.mark.django_db


def schema(*values: str) -> dict[str, Any]:
    labels = [{"value": value, "title": value.title()} for value in values]
    return {"questions": [{"name": "tone", "kind": "choice", "title": "Tone", "labels": labels}]}


def clause(key: str = "calm", **texts: Any) -> dict[str, Any]:
    return {"key": key, "title": key.title(), "question": "tone", "label": key, **texts}


@pytest.fixture
def project() -> Any:
    return factories.make_project()


def publish(project: Any, **changes: Any) -> GuidelineVersion:
    given = {"change": "semantic", "note": "Why", "label_schema": schema("calm", "angry"), "clauses": [clause()]}
    return services.publish_version(
        by=factories.actor(project.created_by), project=project, now=timezone.now(), **{**given, **changes}
    )


def save(project: Any, **changes: Any) -> GuidelineVersion:
    given = {"clauses": [clause()], "label_schema": schema("calm", "angry"), "note": "n", "verify": lambda _: None}
    return services.save_draft(by=factories.actor(project.created_by), project=project, **{**given, **changes})


def test_a_new_project_has_an_empty_draft(project: Any) -> None:
    body = selectors.guideline_body(selectors.draft_of(project))
    assert body["number"] is None
    assert (body["clauses"], body["label_schema"], body["state"]) == ([], {"questions": []}, "draft")
    assert selectors.current_version(project) is None
    assert selectors.label_schema_of(selectors.draft_of(project)).questions == ()


def test_a_draft_may_be_unfinished_and_is_normal(project: Any) -> None:
    draft = save(project, clauses=[clause("nobody", definition_html="<p>", examples=[{"text": "a", "text_html": ""}])])
    assert draft.clauses[0]["use_when"] == ""
    assert draft.clauses[0]["examples"] == [{"text": "a", "answer": None, "why": ""}]
    assert save(project, clauses=[], label_schema={"questions": []}, note=None).note == "n"


def test_a_draft_reports_every_problem_at_once(project: Any) -> None:
    with pytest.raises(GuidelineInvalid) as caught:
        save(project, clauses=[{"key": "A b", "title": "x"}], label_schema=schema("one"))
    assert [e.pointer for e in caught.value.errors] == ["#/clauses/0/key", "#/label_schema/questions/0/labels"]


def test_a_stale_writer_changes_nothing(project: Any) -> None:
    def refuse(draft: GuidelineVersion) -> None:
        raise Stale

    with pytest.raises(Stale):
        save(project, verify=refuse)
    assert selectors.draft_of(project).clauses == []


def test_version_1_comes_from_the_draft(project: Any) -> None:
    save(project)
    version = services.publish_version(
        by=factories.actor(project.created_by), project=project, change="semantic", note="First", now=timezone.now()
    )
    assert (version.number, version.state, version.note, version.review) == (1, "published", "First", None)
    draft = selectors.draft_of(project)
    assert (draft.clauses, draft.label_schema, draft.note) == (version.clauses, version.label_schema, "")
    event = Event.objects.get(action="guideline.published")
    assert (event.id, event.object_id) == (version.event, str(version.id))
    assert event.before_hash is None
    assert event.after_hash


def test_every_later_version_names_its_review(project: Any) -> None:
    with pytest.raises(ReviewNotNeeded):
        publish(project, review=uuid4())
    publish(project)
    with pytest.raises(ReviewRequired):
        publish(project)
    assert publish(project, review=uuid4()).number == 2


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"label_schema": {"questions": []}}, "#/label_schema/questions"),
        ({"clauses": [clause("other")]}, "#/clauses/0/label"),
        ({"clauses": [clause(question="mood", label=None)]}, "#/clauses/0/question"),
    ],
)
def test_what_leads_nowhere_is_not_published(project: Any, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(GuidelineInvalid) as caught:
        publish(project, **changes)
    assert [e.pointer for e in caught.value.errors] == [pointer]
    assert selectors.current_version(project) is None


def test_an_editorial_version_may_change_words_but_no_answers(project: Any) -> None:
    publish(project)
    words = schema("calm", "angry")
    words["questions"][0]["title"] = "The tone"
    assert publish(project, label_schema=words, change="editorial", review=new_id()).number == 2
    with pytest.raises(NotEditorial):
        publish(project, label_schema=schema("calm", "angry", "new"), change="editorial", review=new_id())


def test_the_database_refuses_to_change_what_is_published(project: Any) -> None:
    version = publish(project)
    factories.acknowledge(project, project.created_by)
    for rows in (GuidelineVersion.objects.filter(pk=version.pk), Acknowledgement.objects.all()):
        with pytest.raises(Error, match="never changed"), transaction.atomic():
            rows._raw_delete("default")
    with pytest.raises(Error, match="never changed"), transaction.atomic():
        GuidelineVersion.objects.filter(pk=version.pk).update(note="other")
    with pytest.raises(Error, match="guideline_review_after_first"), transaction.atomic():
        GuidelineVersion.objects.create(project=project, number=2, state="published")


def test_get_version(project: Any) -> None:
    publish(project)
    assert selectors.get_version(project, 1) == selectors.get_version(project, "current")
    assert selectors.get_version(project, "draft").number is None
    for absent in (0, 2, 10**30):
        with pytest.raises(NotFound):
            selectors.get_version(project, absent)


def must_read(user: Any, project: Any) -> int | None:
    version = selectors.unacknowledged_version(user, project)
    return version.number if version else None


def read(user: Any, version: GuidelineVersion) -> None:
    services.acknowledge_version(by=factories.actor(user), version=version, now=timezone.now())


def test_who_must_read_what(project: Any) -> None:
    user = factories.make_member(project, "annotator")
    assert must_read(user, project) is None
    first = publish(project, change="editorial")
    assert must_read(user, project) == 1
    read(user, first)
    assert must_read(user, project) is None
    publish(project, change="editorial", review=new_id())
    assert must_read(user, project) is None
    publish(project, review=new_id(), clauses=[clause(definition="New.")])
    fourth = publish(project, change="editorial", review=new_id())
    assert must_read(user, project) == 3
    read(user, fourth)
    assert must_read(user, project) is None
    assert must_read(factories.make_member(project, "annotator"), project) == 3


def test_an_acknowledgement_is_stored_once(project: Any) -> None:
    user, version = factories.make_member(project, "annotator"), publish(project)
    read(user, version)
    read(user, version)
    assert Acknowledgement.objects.get().diff_hash
    assert Event.objects.filter(action="guideline.acknowledged").count() == 1
    with pytest.raises(NotFound):
        read(user, selectors.draft_of(project))


def test_the_hash_is_of_what_was_new_to_the_reader(project: Any) -> None:
    old, new = (factories.make_member(project, "annotator") for _ in range(2))
    read(old, publish(project))
    second = publish(project, review=new_id(), clauses=[clause(definition="New.")])
    read(old, second)
    read(new, second)
    hashes = Acknowledgement.objects.filter(version=second).values_list("diff_hash", flat=True)
    assert len(set(hashes)) == 2


def test_stale_labels_follow_semantic_versions_only(project: Any) -> None:
    publish(project, clauses=[clause("calm"), clause("angry")])
    publish(project, review=new_id(), clauses=[clause("calm"), clause("angry", definition="Heat.")])
    assert selectors.stale_labels(project, 1) == {("tone", "angry")}
    assert selectors.stale_labels(project, 2) == set()
    publish(project, review=new_id(), change="editorial", clauses=[clause("calm", definition="typo"), clause("angry")])
    assert selectors.stale_labels(project, 1) == {("tone", "angry")}
    assert selectors.stale_labels(project, 2) == set()
    publish(project, review=new_id(), label_schema=schema("calm", "angry", "cold"), clauses=[])
    assert ("tone", "cold") in selectors.stale_labels(project, 3)


def test_a_changed_question_makes_every_answer_stale(project: Any) -> None:
    rating = {"name": "force", "kind": "rating", "title": "Force", "min": 1, "max": 3}
    publish(project, clauses=[], label_schema={"questions": [rating]})
    publish(project, clauses=[], label_schema={"questions": [{**rating, "title": "Heat"}]}, review=new_id())
    stale = selectors.stale_labels(project, 1)
    assert ("force", None) in stale
    assert ("force", "2") in stale


def test_schemas_of_published_versions_are_parsed_once(project: Any) -> None:
    version = publish(project)
    again = selectors.get_version(project, 1)
    assert selectors.label_schema_of(version) is selectors.label_schema_of(again)
    draft = selectors.draft_of(project)
    assert selectors.label_schema_of(draft) == selectors.label_schema_of(version)


def test_readings(project: Any) -> None:
    reader, waiting = (factories.make_member(project, "annotator") for _ in range(2))
    first = publish(project)
    read(reader, first)
    read(waiting, first)
    read(reader, publish(project, review=new_id(), clauses=[clause(definition="New.")]))
    found = selectors.readings(project, list(project.memberships.all()))
    assert (found[reader.id].number, found[reader.id].read_at is not None) == (2, True)
    assert (found[waiting.id].number, found[waiting.id].read_at) == (1, None)
    assert project.created_by_id not in found
