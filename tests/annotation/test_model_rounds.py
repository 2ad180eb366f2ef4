"""Models that label: rounds of their own, made by a job, mixed with nothing that people do."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from adjudication.models import Case
from adjudication.selectors import gold_rows
from annotation import services
from annotation.models import Annotation, Assignment, QueueEntry, Round
from annotation.selectors import current_annotations
from annotation.services.modelling import JOB_MODEL_ROUNDS, prepare_model_rounds
from events.models import Event, Job
from guidelines.selectors import current_version
from home.selectors import project_counts, slots_of
from intake.models import Batch
from metrics.models import Pattern
from metrics.selectors.scores import current_scores
from projects.agents import add_agent
from reviews.selectors.gathering import unclear_reports
from tests.annotation.stock import ready, submit, take
from tests.factories import (
    acknowledge,
    actor,
    client_for,
    label,
    make_items,
    make_member,
    make_project,
    publish_guideline,
    settle,
)

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1"
CALM, ANGRY = {"tone": "calm"}, {"tone": "angry"}


def make_model(project, name="tagger", kind="model", roles=("annotator",)):
    member, secret = add_agent(
        by=actor(project.created_by), project=project, kind=kind, name=name, roles=roles, now=timezone.now()
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return member.user, client


def post_next(client, project, count=1):
    return client.post(f"{API}/projects/{project.slug}/next", {"count": count}, format="json").json()


def model_rounds(project):
    return Round.objects.filter(project=project, kind=Round.Kind.MODEL).order_by("created_at")


def test_a_model_labels_every_item_once_through_the_same_api():
    project, [user], items, _ = ready(3, overlap=1)
    model, client = make_model(project)
    settle()
    [made] = model_rounds(project)
    assert (made.annotator, made.overlap, made.state, made.batch) == (model, 1, "open", items[0].batch)
    assert post_next(client, project)["reason"] == "acknowledgement_required"
    assert client.post(f"{API}/projects/{project.slug}/guidelines/current/acknowledge").status_code == 204
    given = post_next(client, project, 5)["assignments"]
    assert [a["item"]["id"] for a in given] == [str(i.id) for i in items]
    assert {a["round"] for a in given} == {str(made.id)}
    assert {a["suggestion"] for a in given} == {None}
    for number, one in enumerate(given):
        answer = client.post(
            f"{API}/annotations",
            {"assignment": one["id"], "fence": one["fence"], "answers": CALM, "lead_time_ms": 3}, format="json",
            HTTP_IDEMPOTENCY_KEY=f"k{number}",
        )  # fmt: skip
        assert answer.status_code == 201, answer.content
    assert post_next(client, project)["reason"] == "queue_empty"
    # no slot of a person is taken by it
    assert list(QueueEntry.objects.filter(round__kind="production").values_list("free", flat=True)) == [1, 1, 1]
    assert len(label(user, project, ANGRY, 3)) == 3


def test_people_are_never_given_the_round_of_a_model_nor_one_model_that_of_another():
    project, [user], _, _ = ready(2, overlap=1)
    model, _ = make_model(project)
    other, _ = make_model(project, "other")
    acknowledge(project, model, other)
    settle()
    assert model_rounds(project).count() == 2
    assert {a.round.kind for a in take(user, project, 10).assignments} == {"production"}
    for one in (model, other):
        assert {a.round.annotator for a in take(one, project, 10).assignments} == {one}


def test_next_starts_the_job_where_the_rounds_are_not_made_yet():
    project, _, _, _ = ready(1)
    model, client = make_model(project)
    acknowledge(project, model)
    for _ in range(2):
        answer = post_next(client, project)
        assert (answer["assignments"], answer["reason"], answer["retry_after"]) == ([], "all_leased", 5)
    assert Job.objects.filter(kind=JOB_MODEL_ROUNDS).count() == 1
    settle()
    assert len(post_next(client, project)["assignments"]) == 1


def test_later_batches_and_pushed_items_reach_the_model():
    project, _, _, _ = ready(1)
    model, client = make_model(project)
    acknowledge(project, model)
    settle()
    manager = client_for(project.created_by)

    def push(text, batch=None):
        body = {"items": [{"fields": {"text": text}}]} | ({"batch": batch} if batch else {})
        assert manager.post(f"{API}/projects/{project.slug}/items", body, format="json").status_code == 201

    push("first")
    settle()
    push("second")  # into a batch whose round is there: at once, without a job
    assert not Job.objects.filter(kind=JOB_MODEL_ROUNDS, state="queued").exists()
    push("third", batch="Another")
    settle()
    assert model_rounds(project).count() == 3
    texts = {a["item"]["fields"]["text"] for a in post_next(client, project, 10)["assignments"]}
    assert texts == {"Text number 0", "first", "second", "third"}


def test_a_batch_that_is_loading_has_no_round_and_a_broken_off_one_is_finished_later():
    project, _, items, _ = ready(2)
    model, _ = make_model(project)
    loading = Batch.objects.create(project=project, name="Loading", state=Batch.State.LOADING)
    broken = Round.objects.create(
        project=project, batch=items[0].batch, kind=Round.Kind.MODEL, annotator=model, overlap=1, state="loading"
    )
    settle()
    [made] = model_rounds(project)
    assert (made, made.state) == (broken, "open")
    assert QueueEntry.objects.filter(round=made).count() == 2
    assert not Round.objects.filter(batch=loading).exists()
    assert prepare_model_rounds(project=project, by=actor(None), now=timezone.now()) is False
    [event] = Event.objects.filter(object_type="round", object_id=str(made.pk))
    assert made.event == event.id


def test_only_models_with_the_role_get_rounds():
    project, _, _, _ = ready(1)
    make_model(project, "plain", roles=())
    service, _ = make_model(project, "pipe", kind="service")
    acknowledge(project, service)
    settle()
    assert not model_rounds(project).exists()
    assert take(service, project).reason == "not_qualified"


def test_a_quota_and_a_reservation_of_a_batch_are_for_people():
    project, _, items, _ = ready(3)
    Batch.objects.filter(pk=items[0].batch_id).update(quota=1)
    model, client = make_model(project)
    acknowledge(project, model)
    settle()
    assert len(post_next(client, project, 3)["assignments"]) == 3


@pytest.fixture
def mixed():
    """People agree that all is calm; a model says angry everywhere, and reports the guideline as unclear."""
    project, people, items, opened = ready(25, people=2, overlap=2)
    model, client = make_model(project)
    acknowledge(project, model)
    settle()
    for user in people:
        label(user, project, CALM, 25)
    for _ in range(25):
        [given] = take(model, project).assignments
        submit(model, given, ANGRY, unclear={"clause": "calm", "note": "robot"})
    settle()
    return project, people, items, opened, model, client


def test_a_model_is_in_no_figure_case_or_gold_of_people(mixed):
    project, _, items, _, model, _ = mixed
    assert not Case.objects.exists()
    rows = list(gold_rows(project, as_of=None))
    assert {row.answer for row in rows} == {"calm"}
    assert {row.n for row in rows} == {2}
    counts = project_counts(project)
    assert (counts["annotations"], counts["gold"], counts["cases_open"]) == (50, 25, 0)
    slots = slots_of(project, [i.id for i in items])
    assert {(s["filled"], s["of"]) for s in slots.values()} == {(2, 2)}
    percent = next(row for row in current_scores(project) if row["coefficient"] == "percent")
    assert (percent["value"], percent["n_annotations"], percent["n_annotators"]) == (1.0, 50, 2)
    assert unclear_reports(project, "tone", current_version(project)) == []
    assert Annotation.objects.filter(annotator=model).count() == 25
    call_command("check_invariants", "--json")


def test_a_skip_of_a_model_raises_no_case():
    project, _, _, _ = ready(1)
    model, _ = make_model(project)
    acknowledge(project, model)
    settle()
    [given] = take(model, project).assignments
    services.skip_assignment(by=actor(model), assignment_id=given.id, fence=given.fence, reason="no idea")
    settle()
    assert not Case.objects.exists()


def test_the_round_of_a_model_can_be_asked_for(mixed):
    project, _, _, _, model, _ = mixed
    [made] = model_rounds(project)
    manager = client_for(project.created_by)
    listed = manager.get(f"{API}/projects/{project.slug}/annotations?round={made.id}&limit=100").json()["results"]
    assert len(listed) == 25
    assert {row["annotator"] for row in listed} == {str(model.id)}
    scores = manager.get(f"{API}/projects/{project.slug}/agreement?round={made.id}").json()["scores"]
    assert (scores[0]["round"], scores[0]["value"], scores[0]["n_items"]) == (str(made.id), None, 0)
    rounds = manager.get(f"{API}/projects/{project.slug}/rounds").json()["results"]
    assert {row["kind"] for row in rounds} == {"production", "model"}
    assert Pattern.objects.filter(round=made).exists()
    assert current_annotations(project).count() == 75


def test_a_model_reads_its_own_answers_alone(mixed):
    project, people, _, opened, _, client = mixed
    url = f"{API}/projects/{project.slug}/annotations"
    assert len(client.get(f"{url}?limit=100").json()["results"]) == 25
    assert client.get(f"{url}?round={opened.id}").json()["results"] == []
    theirs = Annotation.objects.filter(annotator=people[0]).first()
    assert client.get(f"{API}/annotations/{theirs.id}").status_code == 404


def test_a_manager_who_labels_sees_answers_though_a_model_is_not_done():
    project, [user], _, _ = ready(1, overlap=1)
    lead = make_member(project, "manager", "annotator")
    make_model(project)
    settle()
    label(user, project, CALM)
    listed = client_for(lead).get(f"{API}/projects/{project.slug}/annotations").json()["results"]
    assert len(listed) == 1


def test_a_model_that_leaves_gives_its_leases_back():
    project, _, _, _ = ready(1)
    model, client = make_model(project)
    acknowledge(project, model)
    settle()
    [given] = take(model, project).assignments
    manager = client_for(project.created_by)
    url = f"{API}/projects/{project.slug}/members/{model.id}"
    assert manager.delete(url, HTTP_IF_MATCH="*").status_code == 204
    services.expire_leases()
    assert Assignment.objects.get(pk=given.pk).state == "expired"
    assert client.get(f"{API}/projects/{project.slug}").status_code == 404


def test_an_import_of_items_reaches_models_of_the_project():
    project = make_project()
    publish_guideline(project)
    model, _ = make_model(project)
    make_items(project, 2)
    settle()
    acknowledge(project, model)
    assert len(take(model, project, 5).assignments) == 2
