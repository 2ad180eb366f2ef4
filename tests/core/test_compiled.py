"""Compiled statements answer as the querysets that they are made of, and run prepared."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.compiled import Compiled, in_one_transaction, insert, inserted, inserted_with, run, run_as_one
from core.ids import new_id
from events.models import Cursor, Event, IdempotencyKey
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_models_come_with_what_was_joined_and_annotated():
    from projects.models import Membership

    project = make_project()
    user = make_member(project, "annotator")
    rows = Compiled(
        lambda user, slug: Membership.objects.select_related("project").filter(user=user, project__slug=slug),
        user=UUID, slug=str,
    )  # fmt: skip
    found = rows.first(user=user.pk, slug=project.slug)
    with CaptureQueriesContext(connection) as seen:
        assert (found.project.name, found.roles) == (project.name, ["annotator"])
    assert len(seen) == 0
    assert not found._state.adding
    assert rows.first(user=new_id(), slug=project.slug) is None


def test_values_are_tuples_and_one_value_stands_alone():
    first, second = sorted([make_user().pk, make_user().pk])
    pairs = Compiled(
        lambda users: User.objects.filter(pk__in=[users]).order_by("pk").values_list("pk", "kind"), users=UUID
    )
    assert pairs(users=[first, second]) == [(first, "person"), (second, "person")]
    kinds = Compiled(lambda user: User.objects.filter(pk=user).values_list("kind", flat=True), user=UUID)
    assert kinds(user=first) == ["person"]


def test_each_shape_is_a_statement_of_its_own():
    make_user(), make_user()
    some = Compiled(lambda limit, kind: User.objects.filter(kind=kind)[:limit], kind=str)
    assert [len(some(limit, kind="person")) for limit in (1, 2, 1)] == [1, 2, 1]


def test_a_value_that_is_never_used_is_a_mistake():
    idle = Compiled(lambda user: User.objects.all(), user=UUID)
    with pytest.raises(TypeError, match="user"):
        idle(user=new_id())


def test_constants_are_written_into_the_statement():
    """Per cent signs and quotes too: they are data, and no marks of parameters."""
    odd = "100% 'sure' %s"
    user = make_user(name=odd)
    found = Compiled(lambda user: User.objects.filter(pk=user, name=odd), user=UUID)
    assert found.first(user=user.pk) == user


def test_statements_are_prepared():
    count = Compiled(lambda user: User.objects.filter(pk=user), user=UUID)
    for _ in range(3):
        count(user=new_id())
    ((uses,),) = run(
        "SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements WHERE statement LIKE %s",
        ["%FROM \"accounts_user\" WHERE \"accounts_user\".\"id\" = $1"],
    )  # fmt: skip
    assert uses >= 3


def test_insert_fills_in_what_the_database_draws():
    rows = [Event(project=new_id(), action=f"test.{n}", object_type="x", object_id="y") for n in range(2)]
    insert(rows)
    assert [row.action for row in Event.objects.filter(pk__in=[r.pk for r in rows]).order_by("pk")] == [
        "test.0",
        "test.1",
    ]
    assert rows[0].pk < rows[1].pk
    insert([])


def test_several_writes_go_as_one_and_the_last_reads_the_others():
    told, params = inserted([Event(project=new_id(), action="test", object_type="x", object_id="201")])
    key = IdempotencyKey(user=make_user(), key="k", fingerprint="f", body=b"", headers={}, created_at=datetime.now(UTC))
    with CaptureQueriesContext(connection) as seen:
        run_as_one(
            inserted_with(key, "told", status="object_id::int"),
            told=(f"{told} RETURNING object_id", params),
            mark=("UPDATE events_cursor SET position = 1 WHERE name = %s", ["none"]),
        )
    assert len(seen) == 1
    assert IdempotencyKey.objects.get(user=key.user).status == 201
    assert Event.objects.filter(action="test", object_id="201").exists()


def test_errors_are_djangos():
    insert([Cursor(name="twice", moved_at=datetime.now(UTC), error="")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([Cursor(name="twice", moved_at=datetime.now(UTC), error="")])


def test_in_one_transaction_opens_none_where_there_is_one():
    @in_one_transaction
    def work():
        return connection.in_atomic_block

    with CaptureQueriesContext(connection) as seen, transaction.atomic():
        assert work()
    assert sum("SAVEPOINT" in query["sql"] for query in seen) == 2


@pytest.mark.django_db(transaction=True)
def test_in_one_transaction_opens_one_where_there_is_none():
    @in_one_transaction
    def work():
        return connection.in_atomic_block

    assert not connection.in_atomic_block
    assert work()
