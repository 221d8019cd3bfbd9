"""Many rows of one model at once: by COPY in, and by one UPDATE. Several times faster than statements made row by row.

Constraints and triggers judge them as ever.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import IntegrityError, connection, models, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from receivables.db.fields import SealedField
from receivables.db.lookups import as_array

Row = TypeVar("Row", bound=models.Model)

IDS = """
    SELECT nextval(s.id) FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS id OFFSET 0) s, generate_series(1, %s)
"""  # OFFSET: look the sequence up once, not for each id


def copy_in(rows: Sequence[Row]) -> Sequence[Row]:
    """Store new rows of one model, with ids drawn for those that have none. Values go in as they are, sealed where they are kept so: no
    defaults.
    """
    if not rows:
        return rows
    number([row for row in rows if row.pk is None])
    fields = [field for field in rows[0]._meta.concrete_fields if field.column]
    values_of = attrgetter(*(field.attname for field in fields))
    told = [(n, _TELL[type(field)]) for n, field in enumerate(fields) if type(field) in _TELL]
    columns = [str(field.column) for field in fields]
    _copy(type(rows[0]), columns, [_as_told(values_of(row), told) if told else values_of(row) for row in rows])
    for row in rows:
        row._state.adding = False
    return rows


_TELL: Mapping[type, Callable[[Any], Any]] = {models.JSONField: Jsonb, SealedField: SealedField().get_prep_value}
"""Kinds of fields whose values are not told as they are."""


def _as_told(values: tuple[Any, ...], told: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    row = list(values)
    for n, tell in told:
        row[n] = tell(row[n])
    return row


def copy_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]], **same: Any) -> None:
    """Store new rows that were never made into objects: mappings of the same attributes (`run_id`) in the same order, ids among them.

    `same` holds for all of them; what neither names gets its field's default. JSON goes in as text.
    """
    if not rows:
        return
    named = {field.attname: field for field in model._meta.concrete_fields if field.column}
    rest = {name: same.get(name, field.get_default()) for name, field in named.items() if name not in rows[0]}
    rest = {name: value for name, value in rest.items() if value is not None}  # a column that is not named is empty
    constant = tuple(rest.values())
    _copy(model, [str(named[name].column) for name in (*rows[0], *rest)], [(*row.values(), *constant) for row in rows])


def _copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), names)
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


FEW = 50
"""Up to so many rows INSERT is as fast."""


def store(rows: Sequence[Row]) -> Sequence[Row]:
    """Store new rows of one model by whichever way is quicker; their ids are set."""
    if len(rows) > FEW:
        return copy_in(rows)
    return type(rows[0])._default_manager.bulk_create(rows) if rows else rows


def store_missing(rows: Sequence[Row]) -> None:
    """Store those of new rows that no constraint refuses for being there already; others are passed over. Their ids are not known after.

    COPY knows no conflict, so the rare one is found by its error, and all go in by INSERT.
    """
    if len(rows) > FEW:
        try:
            with transaction.atomic():
                copy_in(rows)
            return
        except IntegrityError:
            for row in rows:
                row.pk = None
    if rows:
        type(rows[0])._default_manager.bulk_create(rows, ignore_conflicts=True, batch_size=_AT_ONCE)


_AT_ONCE = 2_000


def number(rows: Sequence[Row]) -> Sequence[Row]:
    """Draw an id for each row, so that others may refer to it before it is stored."""
    for row, pk in zip(rows, draw_ids(type(rows[0]), len(rows)) if rows else (), strict=True):
        row.pk = pk
    return rows


def draw_ids(model: type[models.Model], count: int) -> list[int]:
    """So many new ids, rising."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(IDS, [model._meta.db_table, model._meta.pk.column, count])
        return [pk for (pk,) in cursor.fetchall()]


def set_in(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    still: Mapping[str, Any] | None = None,
    **same: Any,
) -> None:
    """Write these columns of stored rows, each row its own values, in one statement: a row is its id, then a value for each column.

    `same` is written to all of them; rows that do not have the values of `still` any more are passed over. Columns go by their attribute
    (`run_id`). Not for array columns.
    """
    if not rows:
        return
    named = {field.attname: field for field in model._meta.concrete_fields}
    kinds = tuple((str(named[name].column), str(named[name].db_type(connection))) for name in columns)
    fixed, kept = (tuple(str(named[name].column) for name in given) for given in (same, still or {}))
    statement = _update(model._meta.db_table, str(model._meta.pk.column), kinds, fixed, kept)
    arrays = (as_array(values) for values in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*same.values(), *arrays, *(still or {}).values()])


@lru_cache(maxsize=100)
def _update(table: str, key: str, columns: tuple[tuple[str, str], ...], fixed: tuple[str, ...], kept: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    changes = ", ".join([*(f"{quote(name)} = %s" for name in fixed), *(f"{quote(name)} = n.{quote(name)}" for name, _ in columns)])
    given = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *(kind for _, kind in columns)))
    names = ", ".join(quote(name) for name in ("id", *(name for name, _ in columns)))
    whose = " AND ".join([f"t.{quote(key)} = n.id", *(f"t.{quote(name)} = %s" for name in kept)])
    return f"UPDATE {quote(table)} t SET {changes} FROM unnest({given}) AS n ({names}) WHERE {whose}"  # noqa: S608
