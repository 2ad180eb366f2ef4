"""Drafts: their remarks, what another window may not write over, and where an answer lies that was given already."""

import pytest

from annotation import services
from annotation.errors import DraftChanged
from annotation.models import Assignment
from tests.annotation.stock import ANSWER, ready, run_out, submit, take
from tests.factories import actor, client_for

pytestmark = pytest.mark.django_db
API = "/api/v1"


def draft(user, held, answers, **more):
    return services.save_draft(
        by=actor(user), assignment_id=held.id, fence=held.fence, answers=answers, **more
    )  # fmt: skip


def test_remarks_come_back_with_the_draft():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    client = client_for(user)
    remarks = {"note": " as it is ", "flagged": True, "unclear": {"clause": "c1", "note": "and sarcasm?"}}
    path = f"{API}/assignments/{held.id}/draft"
    saved = client.put(path, {"fence": held.fence, "answers": {"tone": None}, **remarks}, format="json")
    assert saved.json() == {"assignment": str(held.id), "fence": held.fence, "answers": {"tone": None}, **remarks}
    assert take(user, project).assignments[0].draft == {"answers": {"tone": None}, **remarks}
    refused = client.put(path, {"fence": held.fence, "answers": {}, "remark": "x"}, format="json")
    assert refused.status_code == 422


def test_a_draft_is_not_written_over_by_a_window_that_had_not_seen_it():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    draft(user, held, {"tone": "calm"}, base=None)
    draft(user, held, {"tone": "calm"}, base=None)  # the same once more, as after a lost answer
    with pytest.raises(DraftChanged) as refused:
        draft(user, held, {"tone": "angry"}, base=None)
    assert refused.value.data["draft"] == {"answers": {"tone": "calm"}}
    draft(user, held, {"tone": "angry"}, base={"answers": {"tone": "calm"}})
    run_out(held)
    with pytest.raises(DraftChanged):
        draft(user, held, {"tone": "third"}, base={"answers": {"tone": "calm"}})
    draft(user, held, {"tone": "third"}, base={"answers": {"tone": "angry"}})
    held.refresh_from_db()
    assert (held.draft, held.state) == ({"answers": {"tone": "third"}}, Assignment.State.LEASED)


def test_a_stale_draft_answers_412_with_what_is_stored():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    path = f"{API}/assignments/{held.id}/draft"
    draft(user, held, {"number": 4.0})
    client = client_for(user)
    same = client.put(
        path, {"fence": held.fence, "answers": {"x": 1}, "base": {"answers": {"number": 4}}}, format="json"
    )
    assert same.status_code == 200
    stale = client.put(path, {"fence": held.fence, "answers": {"x": 2}, "base": None}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert stale.json()["draft"] == {"answers": {"x": 1}}


def test_what_was_submitted_already_says_where_the_answer_lies():
    project, [user], _, _ = ready(1)
    held = take(user, project).assignments[0]
    first = submit(user, held)
    body = {"assignment": str(held.id), "fence": held.fence, "answers": ANSWER, "lead_time_ms": 1}
    again = client_for(user).post(f"{API}/annotations", body, format="json", HTTP_IDEMPOTENCY_KEY="another")
    assert (again.status_code, again.json()["code"]) == (409, "already_submitted")
    assert again.json()["annotation"] == f"{API}/annotations/{first.id}"
