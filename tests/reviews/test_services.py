"""Opening, evidence, proposals, impact, publishing, closing."""

from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Annotation
from core.errors import Invalid, NotFound
from core.ids import new_id
from events.models import Event
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version
from reviews import errors, selectors, services
from reviews.models import AgreementReview
from tests import factories
from tests.reviews.build import DEFINITION, first_evidence, make_run, make_setting, open_review, propose, publish

pytestmark = pytest.mark.django_db


def add(setting: Any, review: Any, **given: Any) -> Any:
    return services.add_evidence(by=setting.by, review=review, now=timezone.now(), **given)


def actions(review: AgreementReview) -> list[str]:
    rows = Event.objects.filter(object_type="review", object_id=str(review.pk)).order_by("id")
    return list(rows.values_list("action", flat=True))


# --- opening --------------------------------------------------------------------------------------------------------


def test_a_review_gathers_confusions_by_disagreement_mass_and_alpha() -> None:
    setting = make_setting()
    review = open_review(setting)
    found = selectors.ranked(review.evidence_rows.all())
    assert [(e.kind, e.labels, e.count, e.share) for e in found] == [
        ("confusion", ["calm", "angry"], 8.0, 0.2),
        ("confusion", ["calm", "unsure"], 2.0, 0.05),
        ("score", None, None, None),
    ]
    assert "0.410" in found[-1].text
    assert "0.300 to 0.500" in found[-1].text
    assert all(e.gathered for e in found)
    assert actions(review) == ["review.opened"]


def test_unclear_reports_are_gathered_by_clause() -> None:
    setting = make_setting((("calm", "calm", "angry"), ("calm", "calm", "angry")))
    for annotation, note in zip(Annotation.objects.all(), ["Is a threat heat?", "Is a threat heat?", ""], strict=False):
        annotation.unclear = {"clause": "angry", "note": note}
        annotation.save(update_fields=["unclear"])
    review = open_review(setting)
    found = review.evidence_rows.get(kind="unclear")
    assert (found.clause, found.count, found.text) == ("angry", 3, "Is a threat heat?")


def test_one_review_of_a_question_is_not_closed() -> None:
    setting = make_setting()
    review = open_review(setting)
    with pytest.raises(errors.ReviewOpen):
        open_review(setting)
    services.close_review(by=setting.by, review=review, now=timezone.now())
    assert open_review(setting).state == "open"


def test_the_run_must_be_finished_of_this_project_and_hold_the_question() -> None:
    setting, other = make_setting(), make_setting()
    with pytest.raises(errors.RunNotFinished):
        open_review(setting, baseline_run=make_run(setting.project, computed_at=None))
    with pytest.raises(NotFound):
        open_review(setting, baseline_run=make_run(other.project))
    with pytest.raises(Invalid):
        open_review(setting, baseline_run=make_run(setting.project, scores=[]))
    with pytest.raises(Invalid):
        open_review(setting, question="force")


# --- evidence -------------------------------------------------------------------------------------------------------


def test_a_confusion_added_by_hand_is_measured_by_the_baseline_run() -> None:
    setting = make_setting()
    review = open_review(setting)
    found = add(setting, review, kind="confusion", labels=["angry", "calm"], text="See ticket 4.")
    assert (found.labels, found.count, found.ci_high, found.text) == (["calm", "angry"], 8.0, 0.3, "See ticket 4.")
    assert add(setting, review, kind="confusion", labels=["angry", "unsure"]).count is None
    assert actions(review)[1:] == ["review.evidence_added"] * 2


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "confusion", "labels": ["calm"]},
        {"kind": "confusion", "labels": ["calm", "calm"]},
        {"kind": "confusion", "labels": ["calm", "loud"]},
        {"kind": "unclear", "ref": "loud", "text": "What is loud?"},
        {"kind": "note"},
        {"kind": "slice", "text": " "},
    ],
)
def test_evidence_that_says_nothing_is_refused(given: Any) -> None:
    setting = make_setting()
    with pytest.raises(Invalid):
        add(setting, open_review(setting), **given)


@pytest.mark.parametrize("kind", ["case", "score", "confusion"])
def test_evidence_that_names_what_is_not_here_is_not_found(kind: str) -> None:
    setting = make_setting()
    with pytest.raises(NotFound):
        add(setting, open_review(setting), kind=kind, ref=str(new_id()), labels=["calm", "angry"], text="Look.")


def test_evidence_under_a_proposal_cannot_be_removed() -> None:
    setting = make_setting()
    review = open_review(setting)
    note = add(setting, review, kind="note", text="Threats.")
    services.remove_evidence(by=setting.by, review=review, evidence=note.pk, now=timezone.now())
    propose(setting, review)
    with pytest.raises(errors.EvidenceInUse):
        services.remove_evidence(by=setting.by, review=review, evidence=first_evidence(review).pk, now=timezone.now())
    assert "review.evidence_removed" in actions(review)


# --- proposals ------------------------------------------------------------------------------------------------------


def test_a_proposal_needs_evidence_of_its_review_and_a_reason() -> None:
    setting, other = make_setting(), make_setting()
    review, foreign = open_review(setting), open_review(other)
    for wrong in ({"evidence": []}, {"evidence": [first_evidence(foreign).pk]}, {"rationale": " "}):
        with pytest.raises(Invalid):
            propose(setting, review, **wrong)
    assert not review.proposal_rows.exists()


def test_a_proposal_changes_a_clause_that_there_is() -> None:
    setting = make_setting()
    review = open_review(setting)
    with pytest.raises(NotFound):
        propose(setting, review, clause="loud")
    with pytest.raises(Invalid, match="not valid") as refusal:
        propose(setting, review, examples=[{"answer": "angry"}])
    assert refusal.value.errors[0].pointer == "#/examples/0/text"
    with pytest.raises(Invalid):
        propose(setting, review, definition="Heat or insult.")
    propose(setting, review)
    propose(setting, review, definition="Heat.")
    assert [p.definition for p in review.proposal_rows.all()] == ["Heat."]
    services.delete_proposal(by=setting.by, review=review, clause="angry", now=timezone.now())
    assert not review.proposal_rows.exists()
    assert actions(review).count("review.proposal_changed") == 3


# --- impact ---------------------------------------------------------------------------------------------------------


def test_the_impact_counts_exactly_what_carries_the_changed_label() -> None:
    setting = make_setting((("calm", "angry", "angry"), ("calm", "angry", "calm")))
    for place, annotation in enumerate(Annotation.objects.filter(answers__tone="angry").order_by("pk")):
        annotation.lead_time_ms = [60_000, 120_000, 600_000][place]
        annotation.save(update_fields=["lead_time_ms"])
    review = open_review(setting)
    examples = [{"text": "I WILL FIND YOU", "answer": "angry"}, {"text": "Well.", "answer": "cross"}]
    propose(setting, review, examples=examples)
    assert services.review_impact(review) == {
        "labels": 1, "annotations": 3, "items": 2, "people": 2, "relabel_hours": 0.1, "examples_failing": 1,
        "precedents_contradicted": 0, "affected": [{"question": "tone", "label": "angry"}], "change": "semantic",
    }  # fmt: skip


def test_examples_alone_touch_nothing_and_look_editorial() -> None:
    setting = make_setting((("angry",), ("calm",)))
    review = open_review(setting)
    propose(setting, review, definition="Heat or insult.", examples=[{"text": "You!", "answer": "angry"}])
    found = services.review_impact(review)
    assert (found["annotations"], found["people"], found["change"]) == (0, 0, "editorial")


def test_superseded_labels_and_labels_without_a_version_are_not_touched() -> None:
    setting = make_setting((("angry", "angry"), ("angry", "calm")))
    review = open_review(setting)
    propose(setting, review)
    first, second, _ = Annotation.objects.filter(answers__tone="angry").order_by("pk")
    Annotation.objects.filter(pk=first.pk).update(ended_event=1)
    Annotation.objects.filter(pk=second.pk).update(guideline_version=None)
    assert services.review_impact(review)["annotations"] == 1


# --- publishing -----------------------------------------------------------------------------------------------------


def test_publishing_merges_the_proposals_and_stamps_the_review() -> None:
    setting = make_setting((("angry",), ("calm",)))
    review = open_review(setting)
    propose(setting, review)
    version = publish(setting, review, stale_policy="affected")
    assert (version.number, version.review, version.change) == (2, review.pk, "semantic")
    texts = {clause["key"]: clause["definition"] for clause in version.clauses}
    assert texts == {"calm": "No heat at all.", "angry": DEFINITION}
    review.refresh_from_db()
    assert (review.state, review.guideline_version, review.stale_policy) == ("published", version, "affected")
    assert actions(review)[-1] == "review.published"
    with pytest.raises(errors.ReviewNotOpen):
        publish(setting, review)
    with pytest.raises(errors.ReviewNotOpen):
        propose(setting, review)
    with pytest.raises(errors.ReviewNotOpen):
        add(setting, review, kind="note", text="Late.")


def test_without_a_proposal_nothing_is_published() -> None:
    setting = make_setting()
    with pytest.raises(errors.NothingProposed):
        publish(setting, open_review(setting))
    assert setting.version.number == 1


def test_a_clause_that_another_version_changed_must_be_proposed_again() -> None:
    setting = make_setting()
    review = open_review(setting)
    propose(setting, review)
    clauses = [factories.CLAUSES[0], {**factories.CLAUSES[1], "definition": "Other words."}]
    factories.publish_guideline(setting.project, clauses=clauses)
    with pytest.raises(errors.ClauseChanged):
        publish(setting, review)
    propose(setting, review)
    assert publish(setting, review).number == 3


def test_the_draft_is_published_with_its_review_or_as_an_editorial_change() -> None:
    setting = make_setting()
    titled = [{**factories.CLAUSES[0], "title": "Calm words"}, factories.CLAUSES[1]]
    draft = GuidelineVersion.objects.get(project=setting.project, state="draft")
    given: dict[str, Any] = {"by": setting.by, "project": setting.project, "note": "Words.", "now": timezone.now(),
                             "verify": lambda _: None}  # fmt: skip
    with pytest.raises(errors.NothingProposed):
        services.publish_draft(review=None, change="editorial", **given)
    draft.clauses = titled
    draft.save()
    version = services.publish_draft(review=None, change="editorial", **given)
    made = AgreementReview.objects.get(pk=version.review)
    assert (made.state, made.guideline_version) == ("closed", version)
    assert actions(made) == ["review.opened", "review.published", "review.closed"]
    review = open_review(setting)
    propose(setting, review)
    version = services.publish_draft(review=review, change="semantic", **given)
    assert [c["title"] for c in version.clauses] == ["Calm words", "Angry"]
    assert version.clauses[1]["definition"] == DEFINITION


def test_what_a_way_between_versions_makes_stale_leaves_out_labels_made_after_it() -> None:
    setting = make_setting((("angry", "calm"), ("angry", "angry")))
    first = setting.version
    review = open_review(setting)
    propose(setting, review)
    second = publish(setting, review)
    services.close_review(by=setting.by, review=review, now=timezone.now())
    factories.acknowledge(setting.project, *setting.annotators)
    factories.make_items(setting.project, 1)
    factories.label(setting.annotators[0], setting.project, {"tone": "angry"})
    touched = selectors.touched_between(first, second)
    assert (touched.labels, touched.annotations, touched.items) == (1, 3, 2)
    other = open_review(setting)
    propose(setting, other, definition="Only words.")
    third = publish(setting, other, change="editorial")
    assert selectors.touched_between(second, third).annotations == 0
    assert selectors.touched_between(first, third).annotations == 3


# --- closing --------------------------------------------------------------------------------------------------------


def test_closing_a_published_review_has_no_effect_to_tell() -> None:
    setting = make_setting()
    review = open_review(setting)
    propose(setting, review)
    publish(setting, review)
    with pytest.raises(Invalid):
        services.close_review(by=setting.by, review=review, now=timezone.now(), early=True)
    closed = services.close_review(by=setting.by, review=review, now=timezone.now())
    assert (closed.state, closed.effect) == ("closed", None)
    assert current_version(setting.project).number == 2  # type: ignore[union-attr]
    with pytest.raises(errors.ReviewClosed):
        services.close_review(by=setting.by, review=review, now=timezone.now())
