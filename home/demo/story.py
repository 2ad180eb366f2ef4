"""The demo's story, told through the product's own services: two guideline versions and what came between them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from adjudication import selectors as cases
from adjudication import services as adjudication
from adjudication.models import Case
from adjudication.services import NewDecision
from annotation import services as annotation
from annotation.imports import request_import
from annotation.imports.batches import change_batch
from annotation.models import Assignment
from core.errors import Conflict
from events import consumers, jobs
from events.actor import Actor
from events.models import Job
from events.services import seal_events, wait_for_cut
from guidelines import selectors as guidelines_read
from guidelines import services as guidelines
from home.demo import guideline, people, texts
from intake.models import Batch
from metrics import services as metrics
from metrics.models import AgreementRun
from metrics.services.slices import create_slice
from metrics.services.targets import Wanted
from projects import services as projects
from projects.models import Project, Role
from releases import selectors as releases_read
from releases import services as releases
from reviews import services as reviews

SLUG = "support-tickets"
FIRST, SECOND, THIRD = 110, 200, 40
CHANNELS = ("mail", "chat", "mail", "form", "mail")
SLICES = {
    "Money back": [{"by": "field", "name": "text", "is": "contains", "value": "refund"}],
    "Chat": [{"by": "metadata", "name": "channel", "is": "one_of", "values": ["chat"]}],
}
TARGETS = {
    guideline.QUESTION: Wanted(
        0.7, "A wrong team costs the customer a day; half of all routed tickets are read again."
    ),
    "urgency": Wanted(0.6, "It sorts a queue that people read anyway."),
}
LABELLED_OF_THIRD = 22
EARLY = 2
"""So many of the annotators work in the early shift."""


def _now() -> datetime:
    return timezone.now()


def settle() -> None:
    """Let the log, its readers and the queued jobs come to rest, in this process: no worker runs yet."""
    for _ in range(20):
        moved = seal_events() + consumers.run_consumers()
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).order_by("created_at"))
        for job in waiting:
            jobs.run(job.id)
        if not moved and not waiting:
            return


@dataclass
class Cast:
    manager: User
    adjudicator: User
    consumer: User
    annotators: dict[str, User]
    project: Project

    @property
    def lead(self) -> Actor:
        return Actor(self.manager, "demo")


def _person(email: str, name: str, **more: Any) -> User:
    return User.objects.create_user(email, people.PASSWORD, name=name, joined_at=_now(), **more)


def make_cast() -> Cast:
    manager = _person(*people.MANAGER, can_create_projects=True, is_owner=True)
    lead = Actor(manager, "demo")
    project = projects.create_project(
        by=lead, slug=SLUG, name="Support tickets", fields=guideline.FIELDS, overlap=3,
        description="What customers write to support, sorted for the model that routes their tickets.",
    )  # fmt: skip
    adjudicator, consumer = _person(*people.ADJUDICATOR), _person(*people.CONSUMER)
    annotators = {habit.email: _person(habit.email, habit.name) for habit in people.HABITS}
    for user, role in ((adjudicator, Role.ADJUDICATOR), (consumer, Role.CONSUMER)):
        projects.add_existing_member(by=lead, project=project, user=user, roles=[role])
    for place, user in enumerate(annotators.values()):
        member = projects.add_existing_member(by=lead, project=project, user=user, roles=[Role.ANNOTATOR])
        team = "Early shift" if place < EARLY else "Late shift"
        projects.change_member(by=lead, member=member, roles=None, team=team, verify=lambda _: None)
    return Cast(manager, adjudicator, consumer, annotators, project)


def import_tickets(cast: Cast, rows: list[texts.Ticket], batch: str) -> None:
    lines = [
        json.dumps({"id": f"ticket-{t.number:04d}", "text": t.text, "channel": CHANNELS[t.number % len(CHANNELS)]})
        for t in rows
    ]
    upload: Any = SimpleUploadedFile(f"{batch}.jsonl", "\n".join(lines).encode())
    mapping = {"external_id": "id", "fields": {"text": "text"}, "metadata": {"channel": "channel"}}
    request_import(
        by=cast.lead, project=cast.project, upload=upload, format="jsonl", mapping=mapping, mode="commit", batch=batch,
        sha256=None, now=_now(),
    )  # fmt: skip
    settle()


def shuffle(cast: Cast, batch: str) -> None:
    """Tickets of one batch in random order: what is labelled before and after a new version can then be compared."""
    found = Batch.objects.get(project=cast.project, name=batch)
    change_batch(by=cast.lead, batch=found, changes={"order": Batch.Order.RANDOM}, verify=lambda _: None)


def say_what_counts(cast: Cast) -> None:
    """Targets with their reasons, and the slices that the manager looks at again and again."""
    metrics.set_targets(by=cast.lead, project=cast.project, wanted=TARGETS, now=_now())
    for name, where in SLICES.items():
        create_slice(by=cast.lead, project=cast.project, name=name, definition={"where": where}, now=_now())


def acknowledge(cast: Cast) -> None:
    version = guidelines_read.current_version(cast.project)
    if version is None:
        raise Conflict("the demo's guideline is not published")
    for user in cast.annotators.values():
        guidelines.acknowledge_version(by=Actor(user, "demo"), version=version, now=_now())


def label_all(cast: Cast, by_number: dict[int, texts.Ticket], version: int, items: int | None = None) -> int:
    """The annotators take turns until nothing is left, or `items` items have all their labels."""
    done, most = 0, None if items is None else items * cast.project.overlap
    busy = list(people.HABITS)
    while busy:
        for habit in list(busy):
            if most is not None and done >= most:
                return done
            if not _label_one(cast, habit, by_number, version):
                busy.remove(habit)
                continue
            done += 1
    return done


def _label_one(cast: Cast, habit: people.Habit, by_number: dict[int, texts.Ticket], version: int) -> bool:
    user = cast.annotators[habit.email]
    by = Actor(user, "demo")
    given = annotation.next_assignments(user=user, project=cast.project, count=1, by=by, now=_now())
    if not given.assignments:
        return False
    assignment: Assignment = given.assignments[0]
    ticket = by_number[int(assignment.item.external_id.rsplit("-", maxsplit=1)[-1])]
    unclear = None
    if ticket.is_ambiguous and version == 1 and ticket.number % 7 == 0:
        unclear = {"clause": "billing", "note": "Money back stands under billing and under cancellation."}
    annotation.submit_annotation(
        by=by, assignment_id=assignment.id, fence=assignment.fence, answers=people.answers_of(habit, ticket, version),
        lead_time_ms=people.lead_time_ms(habit, ticket), unclear=unclear, now=_now(),
    )  # fmt: skip
    return True


def decide(cast: Cast, by_number: dict[int, texts.Ticket], most: int | None = None) -> int:
    """The adjudicator decides open cases as version 2 would have it, `most` of them at the most."""
    by, decided = Actor(cast.adjudicator, "demo"), 0
    while most is None or decided < most:
        case: Case | None = adjudication.next_case(by=by, project=cast.project, now=_now()).case
        if case is None:
            break
        ticket = by_number[int(case.item.external_id.rsplit("-", maxsplit=1)[-1])]
        adjudication.decide_case(by=by, case_id=case.id, fence=case.fence, decision=_verdict(case, ticket), now=_now())
        decided += 1
    return decided


def _verdict(case: Case, ticket: texts.Ticket) -> NewDecision:
    if case.question == "urgency":
        return NewDecision(
            outcome="answer", answer=people.URGENCY[ticket.label], confidence="medium", cause="slip",
            rationale="Rated by what is held up, not by the tone.", clauses=["urgency"],
        )  # fmt: skip
    if not ticket.is_ambiguous:
        return NewDecision(
            outcome="answer", answer=ticket.label, confidence="high", cause="slip",
            rationale="One answer was a slip: the clause is plain.", clauses=[ticket.label],
        )  # fmt: skip
    leaves = ticket.label == "cancellation"
    return NewDecision(
        outcome="answer", answer=ticket.label, confidence="medium", cause="guideline_gap", guideline_gap=True,
        rationale="The ticket says that the plan shall end." if leaves else "Money back, and the customer stays.",
        clauses=["billing", "cancellation"],
    )  # fmt: skip


def measure(cast: Cast, version: int | None = None, question: str = guideline.QUESTION) -> AgreementRun:
    as_of = wait_for_cut(project=cast.project.id)
    run = metrics.request_run(
        by=cast.lead,
        project=cast.project,
        as_of=as_of,
        now=_now(),
        question=question,
        guideline_version=version,
    )
    settle()
    run.refresh_from_db()
    return run


def tighten(cast: Cast, run: AgreementRun) -> None:
    """The agreement review: evidence, two changed clauses, version 2."""
    review = reviews.open_review(
        by=cast.lead, project=cast.project, title="Money back: billing or cancellation?", question=guideline.QUESTION,
        baseline_run=run, now=_now(),
    )  # fmt: skip
    confusion = [
        e.id
        for e in review.evidence_rows.filter(kind="confusion")
        if set(e.labels or ()) == {"billing", "cancellation"}
    ]
    if not confusion:
        note = reviews.add_evidence(
            by=cast.lead, review=review, kind="confusion", labels=["billing", "cancellation"], ref=str(run.id),
            text="The two labels that stand against each other most.", now=_now(),
        )  # fmt: skip
        confusion = [note.id]
    for clause, change in guideline.TIGHTENED.items():
        reviews.put_proposal(by=cast.lead, review=review, clause=clause, evidence=confusion, now=_now(), **change)
    reviews.publish_review(
        by=cast.lead, review=review, change="semantic", stale_policy="keep", now=_now(),
        note="What the plan does afterwards decides between billing and cancellation.",
    )  # fmt: skip
    settle()


GATES = [
    {"metric": "schema"},
    {"metric": "alpha_lower", "question": guideline.QUESTION, "mustBeGreaterOrEqualTo": 0.667},
    {"metric": "cases_decided", "mustBe": 1},
    {"metric": "stale_share", "mustBeLessOrEqualTo": 0.2},
]


def promise(cast: Cast) -> None:
    """The contract of the demo: agreement, decided cases, and how much of version 1 may remain."""
    document = json.loads(json.dumps(releases_read.current_contract(cast.project).document))
    document["version"] = "1.1.0"
    document["schema"][0]["quality"] = [
        {"type": "custom", "engine": "concord", "implementation": gate} for gate in GATES
    ]
    releases.change_contract(by=cast.lead, project=cast.project, document=document, verify=lambda _: None, now=_now())


def cut(cast: Cast, version: str, note: str) -> str:
    release = releases.cut_release(
        by=cast.lead, project=cast.project, version=version, note=note, as_of=wait_for_cut(project=cast.project.id),
        now=_now(),
    )  # fmt: skip
    settle()
    release.refresh_from_db()
    return release.state


def tell(say: Any) -> Cast:
    """Make the whole demo. `say` is told what happens."""
    rows = texts.tickets(FIRST + SECOND + THIRD)
    by_number = {t.number: t for t in rows}
    cast = make_cast()
    guidelines.publish_version(
        by=cast.lead, project=cast.project, change="semantic", note="The first version.", now=_now(),
        clauses=guideline.clauses(), label_schema=guideline.LABEL_SCHEMA,
    )  # fmt: skip
    promise(cast)
    acknowledge(cast)
    import_tickets(cast, rows[: FIRST + SECOND], "spring")
    shuffle(cast, "spring")
    say_what_counts(cast)
    say(f"version 1: {label_all(cast, by_number, 1, items=FIRST)} annotations on {FIRST} tickets")
    settle()
    run = measure(cast, 1)
    say(f"release 0.1.0 is {cut(cast, '0.1.0', 'A try before the guideline was tightened.')}")
    say(f"{decide(cast, by_number)} disagreements decided")
    tighten(cast, run)
    acknowledge(cast)
    say(f"version 2: {label_all(cast, by_number, 2)} annotations on {SECOND} tickets")
    settle()
    decide(cast, by_number)
    settle()
    measure(cast, 2)
    say(f"release 1.0.0 is {cut(cast, '1.0.0', 'First release for the routing model.')}")
    import_tickets(cast, rows[FIRST + SECOND :], "summer")
    shuffle(cast, "summer")
    label_all(cast, by_number, 2, items=LABELLED_OF_THIRD)
    settle()
    measure(cast, question="")
    open_cases = cases.cases_open_count(cast.project)
    say(f"{THIRD - LABELLED_OF_THIRD} tickets wait for labels, {open_cases} cases for a decision")
    return cast
