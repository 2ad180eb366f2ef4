"""What each person should do next in a project: the one line that a home page is for."""

from dataclasses import dataclass

from django.urls import reverse

from adjudication.models import Case
from annotation.work import WorkLeft, work_left
from guidelines import selectors as guidelines
from home import selectors
from projects.models import Membership, Project, Role
from projects.selectors import annotators_of
from releases.models import Release

PAGE_OF_WORK = {
    "work": ("label", "Label"),
    "training": ("label", "Practise"),
    "try_again": ("practice", "Practise again"),
}
"""What an annotator can do next: the page of it and the word on its button."""


@dataclass(frozen=True)
class Step:
    """One thing to do, or one reason why there is nothing: `url` is empty for the latter."""

    role: str
    text: str
    url: str = ""
    action: str = ""


def _annotator(member: Membership) -> Step:
    return annotator_step(work_left(member.user, member.project), member.project)


def annotator_step(work: WorkLeft, project: Project) -> Step:
    """What an annotator does next, or all the reasons why there is nothing."""
    text = " ".join(work.sentences)
    if work.state == "acknowledge":
        return Step(Role.ANNOTATOR, text, reverse("guideline_acknowledge", args=[project.slug]), "Read it")
    if work.state in PAGE_OF_WORK:
        page, action = PAGE_OF_WORK[work.state]
        return Step(Role.ANNOTATOR, text, reverse(page, args=[project.slug]), action)
    return Step(Role.ANNOTATOR, f"{work.headline}. {text}")


def first_steps(work: WorkLeft, project: Project) -> list[tuple[str, bool, str]]:
    """An annotator's way into a project: what, done or not, and where. Empty once he has been through it."""
    slug = project.slug
    if work.state == "no_guideline":
        return []
    read = work.state != "acknowledge"
    practising = work.state in {"training", "try_again"}
    practice = [("Pass the practice round", False, reverse("practice", args=[slug]))] if practising else []
    steps = [
        ("Read the guideline", read, reverse("guideline" if read else "guideline_acknowledge", args=[slug])),
        *practice,
        ("Label your first item", work.done > 0 and not practising, reverse("label", args=[slug])),
    ]
    return [] if all(done for _, done, _ in steps) else steps


def _cases_waiting(project: Project) -> int:
    return Case.objects.filter(project=project, state__in=[Case.State.OPEN, Case.State.ESCALATED]).count()


def _adjudicator(member: Membership) -> Step:
    project = member.project
    waiting = _cases_waiting(project)
    if waiting == 0:
        return Step(Role.ADJUDICATOR, "No case is open. New disagreements appear here by themselves.")
    cases = "1 case waits" if waiting == 1 else f"{waiting} cases wait"
    return Step(Role.ADJUDICATOR, f"{cases} for a decision.", reverse("cases", args=[project.slug]), "Decide cases")


def checklist(project: Project) -> list[tuple[str, bool, str]]:
    """A manager's way from an empty project to a release: what, done or not, and where."""
    version = guidelines.current_version(project)
    annotators = annotators_of(project).count()
    adjudicators = Membership.objects.filter(project=project, roles__contains=[Role.ADJUDICATOR]).count()
    released = Release.objects.filter(project=project, state=Release.State.PUBLISHED).exists()
    slug = project.slug
    draft_or_page = "guideline_draft" if version is None else "guideline"
    return [
        ("Write the guideline and publish version 1", version is not None, reverse(draft_or_page, args=[slug])),
        ("Import items", selectors.has_items(project), reverse("import", args=[slug])),
        (
            f"Invite at least {project.overlap} annotators",
            annotators >= project.overlap,
            reverse("members", args=[slug]),
        ),
        ("Invite an adjudicator", adjudicators > 0, reverse("members", args=[slug])),
        ("Measure agreement", selectors.has_annotations(project), reverse("agreement", args=[slug])),
        ("Cut a release", released, reverse("releases", args=[slug])),
    ]


def _manager(member: Membership) -> Step:
    project = member.project
    waiting = _cases_waiting(project)
    *before, release = checklist(project)
    for text, done, url in before if waiting else [*before, release]:  # a release of open disagreements can wait
        if not done:
            return Step(Role.MANAGER, f"Next: {text[0].lower()}{text[1:]}.", url, "Go there")
    if waiting:
        text = f"{waiting} disagreements are open: see what they have in common."
        if waiting == 1:
            text = "1 disagreement is open."
        return Step(Role.MANAGER, text, reverse("agreement", args=[project.slug]), "See agreement")
    return Step(
        Role.MANAGER, "All disagreements are decided.", reverse("releases", args=[project.slug]), "Cut a release"
    )


def _consumer(member: Membership) -> Step:
    project = member.project
    newest = Release.objects.filter(project=project, state=Release.State.PUBLISHED).order_by("-published_at").first()
    if newest is None:
        return Step(
            Role.CONSUMER, "No release is published yet.", reverse("contract", args=[project.slug]), "Read the contract"
        )
    url = reverse("release", args=[project.slug, newest.version])
    return Step(Role.CONSUMER, f"Release {newest.version} is the newest.", url, "Pull it")


_BY_ROLE = {
    Role.ANNOTATOR: _annotator, Role.ADJUDICATOR: _adjudicator, Role.MANAGER: _manager, Role.CONSUMER: _consumer,
}  # fmt: skip


def next_steps(member: Membership, work: WorkLeft | None = None) -> list[Step]:
    """One step for each role that the member holds. `work` is what an annotator can do, where it is known already."""
    return [
        annotator_step(work, member.project) if work is not None and role == Role.ANNOTATOR else step(member)
        for role, step in _BY_ROLE.items()
        if role in member.roles
    ]
