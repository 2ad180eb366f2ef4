"""A small project that has been labelled and measured, for the tests of reviews."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from guidelines.models import GuidelineVersion
from guidelines.selectors import current_version
from metrics.models import AgreementRun
from projects.models import Project
from reviews import services
from reviews.models import AgreementReview, Evidence, Proposal
from tests.factories import acknowledge, actor, label, make_items, make_member, make_project, publish_guideline

DEFINITION = "Heat: an insult, a threat, or capitals."


@dataclass
class Setting:
    project: Project
    manager: User
    annotators: list[User]
    adjudicator: User

    @property
    def by(self) -> Any:
        return actor(self.manager)

    @property
    def version(self) -> GuidelineVersion:
        found = current_version(self.project)
        assert found is not None
        return found


def make_setting(tones: tuple[tuple[str, ...], ...] = (), **project: Any) -> Setting:
    """`tones`: what each annotator answers, item by item."""
    made = make_project(overlap=2, **project)
    publish_guideline(made)
    people = [make_member(made, "annotator") for _ in tones or (1, 2)]
    acknowledge(made, *people)
    if tones:
        make_items(made, max(len(answers) for answers in tones))
        for person, answers in zip(people, tones, strict=True):
            label(person, made, [{"tone": tone} for tone in answers], len(answers))
    return Setting(made, made.created_by, people, make_member(made, "adjudicator"))


def make_run(project: Project, **changes: Any) -> AgreementRun:
    """A finished run with two confusions, the smaller one first."""
    pairs = [
        {"a": "calm", "b": "unsure", "count": 2.0, "share": 0.05, "ci_low": 0.0, "ci_high": 0.1, "excess": 0.4},
        {"a": "calm", "b": "angry", "count": 8.0, "share": 0.2, "ci_low": 0.1, "ci_high": 0.3, "excess": 0.9},
    ]
    alpha = {"question": "tone", "coefficient": "alpha", "distance": "nominal", "value": 0.41, "ci_low": 0.3,
             "ci_high": 0.5, "n_items": 20, "n_annotators": 2, "undefined": None, "confusions": pairs}  # fmt: skip
    given = {"as_of": 1, "computed_at": timezone.now(), "scores": [alpha, {**alpha, "coefficient": "percent"}]}
    return AgreementRun.objects.create(project=project, **(given | changes))


def open_review(setting: Setting, **changes: Any) -> AgreementReview:
    run = changes.pop("baseline_run", None) or make_run(setting.project)
    given = {"title": "Calm or angry?", "question": "tone", "baseline_run": run, "now": timezone.now()}
    return services.open_review(by=setting.by, project=setting.project, **(given | changes))


def first_evidence(review: AgreementReview) -> Evidence:
    found = review.evidence_rows.filter(kind="confusion").order_by("-count").first()
    assert found is not None
    return found


def propose(setting: Setting, review: AgreementReview, clause: str = "angry", **changes: Any) -> Proposal:
    given = {
        "definition": DEFINITION, "use_when": "There is an insult.", "avoid_when": "The words are even.",
        "rationale": "Annotators split over threats.", "evidence": [first_evidence(review).pk], "now": timezone.now(),
    }  # fmt: skip
    return services.put_proposal(by=setting.by, review=review, clause=clause, **(given | changes))


def publish(setting: Setting, review: AgreementReview, **changes: Any) -> GuidelineVersion:
    given = {"change": "semantic", "note": "Threats are heat.", "now": timezone.now()}
    return services.publish_review(by=setting.by, review=review, **(given | changes))
