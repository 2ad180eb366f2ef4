"""Every operation of the OpenAPI document, tried as each role, as a stranger and without credentials.

The table is written by hand from the product's rule "who may"; an operation without a row fails.
"""

import uuid

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from adjudication.models import Case
from annotation import services as annotation
from events.services import wait_for_cut
from home.api.views import openapi_document
from metrics import services as metrics
from metrics.services.slices import create_slice
from projects import services as projects
from projects.agents import add_agent
from projects.models import Membership, Project
from releases import services as releases
from reviews import services as reviews
from tests.factories import (
    acknowledge,
    actor,
    client_for,
    label,
    make_items,
    make_member,
    make_project,
    make_user,
    publish_guideline,
    settle,
)

pytestmark = pytest.mark.django_db(transaction=True)

M, N, J, C = "manager", "annotator", "adjudicator", "consumer"
ALL, LEAD, LABEL, DECIDE = {M, N, J, C}, {M}, {N}, {M, J}
ROLES = (M, N, J, C)
# Outside any project: everybody who is signed in reaches these, and they tell only of himself.
OWN = {
    ("get", "/whoami"), ("get", "/tokens"), ("post", "/tokens"), ("delete", "/tokens/{id}"), ("get", "/projects"),
    ("post", "/projects"), ("patch", "/users/{id}"),
}  # fmt: skip
MAY = {
    "/projects/{p}": {"get": ALL, "patch": LEAD, "delete": LEAD},
    "/projects/{p}/members": {"get": LEAD, "post": LEAD},
    "/projects/{p}/members/{user}": {"get": LEAD, "patch": LEAD, "delete": LEAD},
    "/projects/{p}/teams": {"get": LEAD, "post": LEAD},
    "/projects/{p}/teams/{id}": {"get": LEAD, "patch": LEAD, "delete": LEAD},
    "/projects/{p}/guidelines": {"get": ALL},
    "/projects/{p}/guidelines/{n}": {"get": ALL},
    "/projects/{p}/guidelines/current": {"get": ALL},
    "/projects/{p}/guidelines/draft": {"get": LEAD, "put": LEAD},
    "/projects/{p}/guidelines/draft/publish": {"post": LEAD},
    "/projects/{p}/guidelines/diff": {"get": ALL},
    "/projects/{p}/guidelines/{n}/acknowledge": {"post": LABEL},
    "/projects/{p}/guidelines/current/acknowledge": {"post": LABEL},
    "/projects/{p}/guidelines/acknowledgements": {"get": LEAD},
    "/projects/{p}/imports": {"get": LEAD, "post": LEAD},
    "/projects/{p}/imports/{id}": {"get": LEAD},
    "/projects/{p}/imports/{id}/report": {"get": LEAD},
    "/projects/{p}/imports/{id}/cancel": {"post": LEAD},
    "/projects/{p}/imports/{id}/resume": {"post": LEAD},
    "/projects/{p}/items": {"get": LEAD, "post": LEAD},
    "/items/{id}": {"get": {M, N, J}},
    "/projects/{p}/batches": {"get": LEAD, "post": LEAD},
    "/projects/{p}/batches/{id}": {"get": LEAD, "patch": LEAD},
    "/projects/{p}/rounds": {"get": LEAD},
    "/projects/{p}/gold-items": {"get": LEAD, "post": LEAD},
    "/projects/{p}/gold-items/{id}": {"get": LEAD, "delete": LEAD},
    "/projects/{p}/training": {"get": {M, N}, "put": LEAD},
    "/projects/{p}/training/attempts": {"post": LABEL},
    "/projects/{p}/training/{user}/reinstate": {"post": LEAD},
    "/projects/{p}/next": {"post": LABEL},
    "/projects/{p}/suggestions": {"get": LEAD, "post": LEAD},
    "/assignments/{id}/renew": {"post": LABEL},
    "/assignments/{id}/release": {"post": LABEL},
    "/assignments/{id}/skip": {"post": LABEL},
    "/assignments/{id}/draft": {"put": LABEL},
    "/annotations": {"post": LABEL},
    "/annotations/{id}": {"get": {M, N}, "patch": LABEL},
    "/annotations/{id}/withdraw": {"post": LABEL},
    "/projects/{p}/annotations": {"get": {M, N}},
    "/projects/{p}/agreement": {"get": DECIDE},
    "/projects/{p}/agreement-runs": {"get": DECIDE, "post": LEAD},
    "/agreement-runs/{id}": {"get": DECIDE},
    "/agreement-runs/{id}/cancel": {"post": LEAD},
    "/agreement-runs/{id}/resume": {"post": LEAD},
    "/projects/{p}/targets": {"get": DECIDE, "put": LEAD},
    "/projects/{p}/model-tests": {"get": DECIDE, "post": LEAD},
    "/model-tests/{id}": {"get": DECIDE},
    "/projects/{p}/slices": {"get": DECIDE, "post": LEAD},
    "/projects/{p}/slices/{id}": {"get": DECIDE, "delete": LEAD},
    "/projects/{p}/cases": {"get": DECIDE},
    "/projects/{p}/cases/next": {"post": DECIDE},
    "/cases/{id}": {"get": DECIDE},
    "/cases/{id}/claim": {"post": DECIDE},
    "/cases/{id}/renew": {"post": DECIDE},
    "/cases/{id}/release": {"post": DECIDE},
    "/cases/{id}/decision": {"post": DECIDE},
    "/cases/{id}/reopen": {"post": DECIDE},
    "/cases/{id}/escalate": {"post": DECIDE},
    "/cases/{id}/decisions": {"get": DECIDE},
    "/projects/{p}/gold": {"get": DECIDE},
    "/projects/{p}/aggregation-policy": {"get": DECIDE, "put": LEAD},
    "/projects/{p}/aggregation-policy/runs": {"get": DECIDE, "post": LEAD},
    "/projects/{p}/aggregation-policy/runs/{id}": {"get": DECIDE},
    "/projects/{p}/aggregation-policy/runs/{id}/answers": {"get": LEAD},
    "/projects/{p}/reviews": {"get": DECIDE, "post": LEAD},
    "/reviews/{id}": {"get": DECIDE},
    "/reviews/{id}/evidence": {"post": DECIDE},
    "/reviews/{id}/evidence/{e}": {"delete": LEAD},
    "/reviews/{id}/proposals/{clause}": {"put": LEAD, "delete": LEAD},
    "/reviews/{id}/impact": {"get": DECIDE},
    "/reviews/{id}/publish": {"post": LEAD},
    "/reviews/{id}/close": {"post": LEAD},
    "/projects/{p}/contract": {"get": {M, C}, "put": LEAD},
    "/projects/{p}/contracts/{n}": {"get": {M, C}},
    "/projects/{p}/releases": {"get": {M, C}, "post": LEAD},
    "/projects/{p}/releases/{version}": {"get": {M, C}},
    "/projects/{p}/releases/{version}/manifest": {"get": {M, C}},
    "/projects/{p}/releases/{version}/files/{path}": {"get": {M, C}},
    "/projects/{p}/releases/{version}/diff": {"get": {M, C}},
    "/projects/{p}/releases/{version}/withdraw": {"post": LEAD},
    "/projects/{p}/releases/{version}/uses": {"get": {M, C}, "post": {M, C}},
    "/projects/{p}/exports": {"post": LEAD},
    "/exports/{id}": {"get": LEAD},
    "/exports/{id}/content": {"get": LEAD},
    "/projects/{p}/events": {"get": LEAD},
}
JOBS = {"cancel", "resume"}


def operations():
    """(method, path below /api/v1) of every operation of the document."""
    return sorted(
        (method, path.removeprefix("/api/v1"))
        for path, methods in openapi_document()["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    )


def may(method, path):
    known = MAY.get(path, {}).get(method)
    if known is None and path.rsplit("/", 1)[-1] in JOBS:
        return LEAD
    return known


def test_every_operation_has_a_row():
    assert [op for op in operations() if op not in OWN and may(*op) is None] == []


@pytest.fixture
def world():
    """A project with one object of every kind, a member for each role, and what each address is filled with."""
    project = make_project(overlap=2)
    people = {M: project.created_by, N: make_member(project, N), J: make_member(project, J), C: make_member(project, C)}
    other = make_member(project, N)
    publish_guideline(project)
    acknowledge(project, people[N], other)
    batch, _, _ = make_items(project, 4)
    team = projects.create_team(by=actor(people[M]), project=project, name="Day")
    label(people[N], project, {"tone": "calm"}, 2)
    label(other, project, {"tone": "angry"}, 2)
    settle()
    mine = annotation.next_assignments(
        user=people[N], project=project, count=1, by=actor(people[N]), now=timezone.now()
    ).assignments[0]
    run = metrics.request_run(
        by=actor(people[M]),
        project=project,
        as_of=wait_for_cut(project=project.id),
        now=timezone.now(),
        question="tone",
    )
    settle()
    run.refresh_from_db()
    review = reviews.open_review(
        by=actor(people[M]), project=project, title="A review", question="tone", baseline_run=run, now=timezone.now()
    )
    evidence = reviews.add_evidence(by=actor(people[M]), review=review, kind="note", text="x", now=timezone.now())
    releases.cut_release(
        by=actor(people[M]), project=project, version="0.1.0", note="", as_of=wait_for_cut(project=project.id),
        now=timezone.now(),
    )  # fmt: skip
    settle()
    export = releases.request_export(
        by=actor(people[M]), project=project, kind="items", format="jsonl", as_of=wait_for_cut(project=project.id),
        now=timezone.now(),
    )  # fmt: skip
    settle()
    kept = create_slice(
        by=actor(people[M]), project=project, name="Calm", now=timezone.now(),
        definition={"where": [{"by": "label", "name": "tone", "values": ["calm"]}]},
    )  # fmt: skip
    labelled = label_of(people[N], project)
    tagger, _ = add_agent(
        by=actor(people[M]), project=project, kind="model", name="tagger", roles=[N], now=timezone.now()
    )
    settle()
    model_test = metrics.request_model_test(
        by=actor(people[M]), project=project, question="tone", model=tagger.user_id, epsilon=0.2, reason="x",
        as_of=wait_for_cut(project=project.id), now=timezone.now(),
    )  # fmt: skip
    case = Case.objects.filter(project=project).exclude(item=mine.item).first()
    by_path = {
        "/assignments": mine.id, "/annotations": labelled.id, "/items": labelled.item_id, "/cases": case.id,
        "/agreement-runs": run.id, "/reviews": review.id, "/exports": export.id, "/tokens": uuid.uuid4(),
        "/model-tests": model_test.id,
    }  # fmt: skip
    fill = {"p": project.slug, "n": "1", "user": str(people[N].id), "version": "0.1.0", "path": "manifest.json",
            "e": str(evidence.id), "clause": "calm", "batch": str(batch.id), "team": str(team.id),
            "slice": str(kept.pk)}  # fmt: skip
    return project, people, by_path, fill


def label_of(user, project):
    from annotation.models import Annotation  # after the fixture's data

    return Annotation.objects.filter(annotator=user, project=project).first()


def filled(path, by_path, fill):
    first = "/" + path.split("/")[1]
    inside = next(
        (fill[kind] for kind in ("batch", "team", "slice") if f"/{kind}" in path.removeprefix("/projects/{p}")), None
    )
    known = fill | {"id": str(inside or by_path.get(first, uuid.uuid4()))}
    for name, value in known.items():
        path = path.replace("{" + name + "}", value)
    return f"/api/v1{path}"


def call(client, method, path, assignment):
    """Send an almost empty request and return the status; who may not is refused before the body is read."""
    body = {} if method in {"post", "put", "patch"} else None
    if path == "/api/v1/annotations":
        body = {"assignment": str(assignment), "fence": 1, "answers": {}, "lead_time_ms": 1}
    sent = {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex, "HTTP_IF_MATCH": '"none"'}
    response = getattr(client, method)(path, body, format="json", **sent)
    response.close()
    return response.status_code


# These need an object that the world does not hold, so for those who may the answer is 404: absent, not forbidden.
# What is another's work, or not published yet, is not even there for the wrong role.
HIDDEN = ("/annotations", "/assignments", "/items", "/projects/{p}/guidelines/draft")
ABSENT = (
    "/aggregation-policy/runs/{id}",
    "/gold-items/{id}",
    "/projects/{p}/imports/{id}",
    "/manifest",
    "/files/",
    "/diff",
    "/proposals/",
    "/uses",
    "/withdraw",
)


def test_each_role_meets_its_rights_and_a_stranger_meets_nothing(world):
    project, people, by_path, fill = world
    clients = {role: client_for(user) for role, user in people.items()}
    stranger = make_user(can_create_projects=True)
    elsewhere = make_project(manager=stranger)
    Membership.objects.filter(project=elsewhere).update(roles=sorted(ROLES))
    stranger = client_for(stranger)
    nobody = APIClient()
    wrong = []
    for method, path in operations():
        if (method, path) in OWN or (method, path) == ("delete", "/projects/{p}"):
            continue
        url = filled(path, by_path, fill)
        if (status := call(nobody, method, url, by_path["/assignments"])) != 401:
            wrong.append(f"nobody {method} {path}: {status}")
        if (status := call(stranger, method, url, by_path["/assignments"])) != 404:
            wrong.append(f"stranger {method} {path}: {status}")
        for role in ROLES:
            status = call(clients[role], method, url, by_path["/assignments"])
            if role not in may(method, path):
                fine = status == 403 or (status == 404 and path.startswith(HIDDEN))
            else:
                fine = status not in {401, 403, 405, 500} and (status != 404 or any(part in path for part in ABSENT))
            if not fine:
                wrong.append(f"{role} {method} {path}: {status}")
    assert not wrong, "\n".join(wrong)
    assert Project.objects.filter(pk=project.pk, archived_at=None).exists()
