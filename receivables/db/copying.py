"""Many rows of one model at once: by COPY in, and by one UPDATE. Several times faster than statements made row by row.

Constraints and triggers judge them as ever.
"""

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb

Row = TypeVar("Row", bound=models.Model)

IDS = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"


def copy_in(rows: Sequence[Row]) -> Sequence[Row]:
    """Store new rows of one model, with ids drawn for those that have none. Values go in as they are: no defaults, no sealed fields."""
    if not rows:
        return rows
    number([row for row in rows if row.pk is None])
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if field.column]
    values_of = attrgetter(*(field.attname for field in fields))
    documents = [n for n, field in enumerate(fields) if isinstance(field, models.JSONField)]
    columns = sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(meta.db_table), columns)
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(_with_json(values_of(row), documents) if documents else values_of(row))
            row._state.adding = False
    return rows


def _with_json(values: tuple[Any, ...], documents: Sequence[int]) -> list[Any]:
    row = list(values)
    for n in documents:
        row[n] = Jsonb(row[n])
    return row


FEW = 50
"""Up to so many rows INSERT is as fast."""


def store(rows: Sequence[Row]) -> Sequence[Row]:
    """Store new rows of one model by whichever way is quicker; their ids are set."""
    if len(rows) > FEW:
        return copy_in(rows)
    return type(rows[0])._default_manager.bulk_create(rows) if rows else rows


def number(rows: Sequence[Row]) -> Sequence[Row]:
    """Draw an id for each row, so that others may refer to it before it is stored."""
    if not rows:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(IDS, [rows[0]._meta.db_table, rows[0]._meta.pk.column, len(rows)])
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
    return rows


def set_in(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write these columns of stored rows, each row its own values, in one statement: a row is its id, then a value for each column.

    Columns go by their attribute (`run_id`). Not for array columns.
    """
    if not rows:
        return
    named = {field.attname: field for field in model._meta.concrete_fields}
    kinds = tuple((str(named[name].column), str(named[name].db_type(connection))) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            _update(model._meta.db_table, str(model._meta.pk.column), kinds), [list(values) for values in zip(*rows, strict=True)]
        )


@lru_cache(maxsize=100)
def _update(table: str, key: str, columns: tuple[tuple[str, str], ...]) -> str:
    quoted = [(connection.ops.quote_name(name), kind) for name, kind in columns]
    changes = ", ".join(f"{name} = n.{name}" for name, _ in quoted)
    given = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *(kind for _, kind in quoted)))
    names = ", ".join(name for name, _ in quoted)
    return f"UPDATE {connection.ops.quote_name(table)} t SET {changes} FROM unnest({given}) AS n (id, {names}) WHERE t.{key} = n.id"  # noqa: S608
