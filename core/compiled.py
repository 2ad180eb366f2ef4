"""Statements of the hot path: compiled by Django once, then run as prepared statements.

Django builds and compiles a queryset anew for each call, and PostgreSQL plans it anew: for the searches of the queue
that costs ten times what it takes to answer them. What is asked with every request is therefore declared once:

    member = Compiled(lambda user, slug: Membership.objects.filter(user=user, project__slug=slug), user=UUID, slug=str)
    member.first(user=..., slug=...)

The queryset is built when it is first asked, with a placeholder for each value, and only the placeholders stay
parameters. All else is written into the statement, so that its plan may use partial indexes.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Field, Model, QuerySet
from django.db.models.expressions import DatabaseDefault
from django.db.models.query import ModelIterable, get_related_populators
from psycopg.sql import Literal

_ServerBindingCursor: Any = ServerBindingCursor
_related_populators: Any = get_related_populators  # its stub is of another version
R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")
Row = Sequence[Any]

# No constant of a statement is one of these. Numbers stay within 32 bits: Django drops a filter that nothing can pass.
_PLACEHOLDERS: dict[type, Callable[[int], Hashable]] = {
    UUID: lambda n: UUID(int=(0xC0DE << 112) + n),
    int: lambda n: 2_147_480_000 + n,
    str: lambda n: f"\ufffd{n}",
}
_MARK = re.compile(r"IN \(%s\)|%s|%%")


Part = tuple[str, Sequence[Any]]
"""A statement with its parameters."""


def run(sql: str, params: Sequence[Any]) -> list[Row]:
    """Run a statement of fixed text as a prepared one. The rows, or nothing where it returns none.

    Django's own cursor writes the values into the text, so that PostgreSQL takes each for a statement it never saw.
    Where statements are logged or wrapped that is what is wanted: the log shows the values.
    """
    db: Any = connections[DEFAULT_DB_ALIAS]
    if db.queries_logged or db.execute_wrappers:
        with db.cursor() as logged:
            logged.execute(sql, params)
            return logged.fetchall() if logged.description else []
    db.close_if_health_check_failed()
    db.ensure_connection()
    db.validate_no_broken_transaction()
    with db.wrap_database_errors:
        cursor = _ServerBindingCursor(db.connection)
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.pgresult.nfields else []


def run_as_one(last: Part, **before: Part) -> list[Row]:
    """Run several writes as one statement: in one round trip, with one look at the data. The rows of the last.

    What one of those before returns, the last may read by its name.
    """
    named = ", ".join(f"{name} AS ({sql})" for name, (sql, _) in before.items())
    return run(f"WITH {named} {last[0]}", [value for _, params in (*before.values(), last) for value in params])


def in_one_transaction(function: Callable[P, T]) -> Callable[P, T]:
    """As `transaction.atomic`, but without a savepoint where there is a transaction already.

    For what raises before it writes, or whose caller ends the transaction with it.
    """

    @wraps(function)
    def carry_out(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return function(*args, **kwargs)
        with transaction.atomic():
            return function(*args, **kwargs)

    return carry_out


class Compiled(Generic[R]):
    """A queryset as a function of named values. `build` is called once for each `shape` (a limit, a set of filters).

    Where a value is a list, `build` asks for `field__in=[value]`.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, R]], **kinds: type) -> None:
        self._build = build
        self._placeholders = {name: _PLACEHOLDERS[kind](n) for n, (name, kind) in enumerate(kinds.items())}
        self._made: dict[Hashable, _Statement] = {}

    def __call__(self, *shape: Hashable, **values: Any) -> list[R]:
        made = self._made.get(shape)
        if made is None:
            made = self._made[shape] = _Statement(self._build(*shape, **self._placeholders), self._placeholders)
        rows: list[R] = made.rows(values)
        return rows

    def first(self, *shape: Hashable, **values: Any) -> R | None:
        rows = self(*shape, **values)
        return rows[0] if rows else None


class _Statement:
    def __init__(self, queryset: QuerySet[Any, Any], placeholders: dict[str, Hashable]) -> None:
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        names = {value: name for name, value in placeholders.items()}
        self.names: list[str] = []
        self.sql = self._with_constants(sql, params, names)
        if missing := set(placeholders) - set(self.names):
            raise TypeError(f"the queryset does not use {', '.join(sorted(missing))}")
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        is_flat = len(compiler.select) == 1
        by_model = queryset._iterable_class is ModelIterable  # noqa: SLF001  # what it yields is told nowhere else
        self.read = _model_reader(compiler) if by_model else (_first if is_flat else tuple)

    def _with_constants(self, sql: str, params: Iterable[Any], names: dict[Hashable, str]) -> str:
        left = iter(params)

        def write(mark: re.Match[str]) -> str:
            if mark[0] == "%%":
                return "%%"
            value = next(left)
            if isinstance(value, Hashable) and value in names:
                self.names.append(names[value])
                return "= ANY(%s)" if mark[0].startswith("IN") else "%s"
            return mark[0].replace("%s", Literal(value).as_string(connection.connection).replace("%", "%%"))

        return _MARK.sub(write, sql)

    def rows(self, values: dict[str, Any]) -> list[Any]:
        read, converters, db = self.read, self.converters, connections[DEFAULT_DB_ALIAS]
        found = []
        for raw in run(self.sql, [values[name] for name in self.names]):
            row = list(raw)
            for place, (steps, expression) in converters.items():
                for step in steps:
                    row[place] = step(row[place], expression, db)
            found.append(read(row))
        return found


def _first(row: Row) -> Any:
    return row[0]


def _model_reader(compiler: Any) -> Callable[[Row], Model]:
    """How a row becomes an object, as `ModelIterable` does it."""
    info, annotations = compiler.klass_info, compiler.annotation_col_map or {}
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    related = _related_populators(info, compiler.select, DEFAULT_DB_ALIAS)
    model: type[Model] = info["model"]

    def read(row: Row) -> Model:
        found = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
        for populator in related:
            populator.populate(row, found)
        for name, place in annotations.items():
            setattr(found, name, row[place])
        return found

    return read


def insert(rows: Sequence[Model]) -> None:
    """Insert rows of one model by one prepared statement, without signals; ids that the database draws are filled in.

    What the database has a default for is left to it, unless the first row says otherwise: all rows must say the same.
    """
    if not rows:
        return
    drawn = rows[0].pk is None
    sql, params = inserted(rows)
    found = run(f"{sql} RETURNING id" if drawn else sql, params)
    for row, (key,) in zip(rows, found, strict=drawn):
        row.pk = key
    mark_stored(rows)


def inserted(rows: Sequence[Model]) -> Part:
    """The INSERT of these rows, as a part of `run_as_one`."""
    fields = _given(rows[0])
    marks = f"({', '.join(['%s'] * len(fields))})"
    return f"{_insert_into(rows[0], fields)} VALUES {', '.join([marks] * len(rows))}", _values(rows, fields)


def inserted_with(row: Model, source: str, **columns: str) -> Part:
    """The INSERT of a row that takes these columns from an earlier part of `run_as_one`, named `source`."""
    fields = [field for field in _given(row) if field.column not in columns]
    marks = ", ".join(["%s"] * len(fields) + [f"{source}.{column}" for column in columns.values()])
    sql = f"{_insert_into(row, fields, *columns)} SELECT {marks} FROM {source}"  # noqa: S608  # names alone
    return sql, _values([row], fields)


def mark_stored(rows: Iterable[Model]) -> None:
    """Let objects that were written past the ORM know that they have a row."""
    for row in rows:
        state = row._state  # noqa: SLF001  # documented
        state.adding, state.db = False, DEFAULT_DB_ALIAS


def _given(row: Model) -> list[Field]:
    """The columns that this row has a value for."""
    fields = row._meta.concrete_fields  # noqa: SLF001  # the documented door to a model's columns
    values = ((field, getattr(row, field.attname)) for field in fields)
    return [f for f, value in values if not (isinstance(value, DatabaseDefault) or (f.primary_key and value is None))]


def _insert_into(row: Model, fields: Sequence[Field], *more: str) -> str:
    quote, table = connection.ops.quote_name, row._meta.db_table  # noqa: SLF001  # as above
    return (
        f"INSERT INTO {quote(table)} ({', '.join([quote(str(f.column)) for f in fields] + [quote(m) for m in more])})"
    )


def _values(rows: Iterable[Model], fields: Sequence[Field]) -> list[Any]:
    db = connections[DEFAULT_DB_ALIAS]
    return [field.get_db_prep_save(getattr(row, field.attname), db) for row in rows for field in fields]
