"""How are the most asked statements put to the database? Written once and planned once, without the ORM.

The ORM writes each statement anew and puts the values into its text, and PostgreSQL plans it anew: for what
is asked most that costs more than the work itself. Through a connection pooler nothing is kept prepared
(`config.sources`), and the statements run all the same.
"""

from functools import lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.utils import CursorWrapper


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


def insert(row: models.Model) -> None:
    """Write a new row. No signals are sent, and a key that the database gives is not read back."""
    sql, fields = _insertion(type(row), row.pk is not None)
    wrapper = connections[DEFAULT_DB_ALIAS]
    values = [
        value if prepare is None or value is None else prepare(value, wrapper)
        for value, prepare in ((getattr(row, name), prepare) for name, prepare in fields)
    ]
    with cursor() as writing:
        writing.execute(sql, values)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model], has_key: bool) -> tuple[str, list[tuple[str, Any]]]:
    fields = [field for field in model._meta.concrete_fields if has_key or not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'  # noqa: S608
    return sql, [(field.attname, _preparation(field)) for field in fields]


# What the database takes as Python has it; every other field knows best itself.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)


def _preparation(field: Any) -> Any:
    meant = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(meant, _PLAIN):
        return None
    return _instant if isinstance(meant, models.DateTimeField) else meant.get_db_prep_save


def _instant(value: Any, wrapper: Any) -> Any:
    return wrapper.ops.adapt_datetimefield_value(value)
