"""How are the most asked statements put to the database? Written once and planned once, without the ORM.

The ORM writes each statement anew and puts the values into its text, and PostgreSQL plans it anew: for what
is asked most that costs more than the work itself. Through a connection pooler nothing is kept prepared
(`config.sources`), and the statements run all the same.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.utils import CursorWrapper

Row = TypeVar("Row", bound=models.Model)


def cursor() -> CursorWrapper:
    """A cursor of the default connection, for statements that are the same each time but for their values."""
    wrapper: Any = connections[DEFAULT_DB_ALIAS]
    if "prepare_threshold" not in wrapper.settings_dict["OPTIONS"]:
        usual: CursorWrapper = wrapper.cursor()
        return usual
    # As Django makes its own cursors, but for the one that leaves the values to PostgreSQL.
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        raw = psycopg.Cursor(wrapper.connection)
    make = wrapper.make_debug_cursor if wrapper.queries_logged else wrapper.make_cursor
    binding: CursorWrapper = make(raw)
    return binding


def create(row: Row) -> Row:
    """Write a new row and read back the key that the database gives it. No signals are sent."""
    sql, fields = _insertion(type(row), row.pk is not None, 1, False)
    key: Any = row._meta.pk
    wrapper = connections[DEFAULT_DB_ALIAS]
    values = [_as_stored(getattr(row, name), prepare, wrapper) for name, prepare in fields]
    with cursor() as writing:
        writing.execute(f'{sql} RETURNING "{key.column}"', values)
        (given,) = writing.fetchone()
    row.pk = given if row.pk is None else row.pk
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def insert(*rows: models.Model, or_keep: bool = False) -> None:
    """Write new rows of one model; `or_keep` leaves alone what is there already.

    No signals are sent, and a key that the database gives is not read back.
    """
    first = rows[0]
    sql, fields = _insertion(type(first), first.pk is not None, len(rows), or_keep)
    wrapper = connections[DEFAULT_DB_ALIAS]
    values = [_as_stored(getattr(row, name), prepare, wrapper) for row in rows for name, prepare in fields]
    with cursor() as writing:
        writing.execute(sql, values)
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update(model: type[models.Model], values: Mapping[str, Any], **where: Any) -> int:
    """Change rows whose other columns are as given, or one of several in a tuple; how many they were.

    None asks for what is empty.
    """
    given = {name: _several(value) for name, value in where.items()}
    shape = tuple((name, 0 if where[name] is None else len(several)) for name, several in given.items())
    sql, prepared = _change(model, tuple(values), shape)
    wrapper = connections[DEFAULT_DB_ALIAS]
    wanted = [*values.values(), *(value for several in given.values() for value in several)]
    parameters = [
        _as_stored(value, prepare, wrapper) for value, prepare in zip(wanted, prepared, strict=True)
    ]
    with cursor() as writing:
        writing.execute(sql, parameters)
        changed: int = writing.rowcount
    return changed


def _several(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


@lru_cache(maxsize=128)
def _insertion(
    model: type[models.Model], has_key: bool, count: int, or_keep: bool
) -> tuple[str, list[tuple[str, Any]]]:
    fields = [field for field in model._meta.concrete_fields if has_key or not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    rows = ", ".join([row] * count)
    ending = " ON CONFLICT DO NOTHING" if or_keep else ""
    sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {rows}{ending}'  # noqa: S608
    return sql, [(field.attname, _preparation(field)) for field in fields]


@lru_cache(maxsize=128)
def _change(
    model: type[models.Model], names: tuple[str, ...], where: tuple[tuple[str, int], ...]
) -> tuple[str, list[Any]]:
    known: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}
    changed = [known[name] for name in names]
    asked = [(known[name], count) for name, count in where]
    sets = ", ".join(f'"{field.column}" = %s' for field in changed)
    tests = " AND ".join(f'"{field.column}" {_test(count)}' for field, count in asked)
    sql = f'UPDATE "{model._meta.db_table}" SET {sets} WHERE {tests}'  # noqa: S608
    prepared = [_preparation(field) for field in changed]
    return sql, prepared + [_preparation(field) for field, count in asked for _ in range(count)]


def _test(count: int) -> str:
    return f"IN ({', '.join(['%s'] * count)})" if count else "IS NULL"


def _as_stored(value: Any, prepare: Any, wrapper: Any) -> Any:
    return value if prepare is None or value is None else prepare(value, wrapper)


# What the database takes as Python has it; every other field knows best itself.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)


def _preparation(field: Any) -> Any:
    meant = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(meant, _PLAIN):
        return None
    return _instant if isinstance(meant, models.DateTimeField) else meant.get_db_prep_save


def _instant(value: Any, wrapper: Any) -> Any:
    return wrapper.ops.adapt_datetimefield_value(value)
