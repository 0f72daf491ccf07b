"""How does SQL say what the engine counts in? Instants as whole seconds since 1970, on both databases.

Slots are asked for more often than anything else, and turning rows into datetimes and those into seconds
would cost more than finding the slots.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

Row = tuple[Any, ...]

# Django writes instants to SQLite as text, with a fraction after 19 letters only where there is one.
_SQLITE = {
    "begin": "CASE WHEN length({0}) = 19 THEN unixepoch({0}) ELSE unixepoch(substr({0}, 1, 19)) END",
    "end": "unixepoch(substr({0}, 1, 19)) + (length({0}) > 19)",
}
_OLD_SQLITE = {
    "begin": "CAST(strftime('%%s', substr({0}, 1, 19)) AS INTEGER)",
    "end": "CAST(strftime('%%s', substr({0}, 1, 19)) AS INTEGER) + (length({0}) > 19)",
}
_POSTGRESQL = {
    "begin": "FLOOR(EXTRACT(EPOCH FROM {0}))::bigint",
    "end": "CEIL(EXTRACT(EPOCH FROM {0}))::bigint",
}
_FORMS = {
    "sqlite": _SQLITE if sqlite3.sqlite_version_info >= (3, 38) else _OLD_SQLITE,
    "postgresql": _POSTGRESQL,
}


def rows(sql: str, keys: Iterable[int], *rest: Any) -> list[Row]:
    """What a query finds; nothing without keys.

    In the query `{keys}` stands for the keys, `{begin:column}` and `{end:column}` for the whole seconds that
    an interval from or until that column touches. `rest` are the parameters after the keys.
    """
    known = tuple(keys)
    if not known:
        return []
    written = _written(sql, connection.vendor, len(known))
    with connection.cursor() as cursor:
        cursor.execute(written, (*known, *(_as_stored(value) for value in rest)))
        found: list[Row] = cursor.fetchall()
    return found


class _Form:
    def __init__(self, form: str) -> None:
        self._form = form

    def __format__(self, column: str) -> str:
        return self._form.format(column)


@lru_cache(maxsize=512)
def _written(sql: str, vendor: str, count: int) -> str:
    forms = {name: _Form(form) for name, form in _FORMS[vendor].items()}
    return sql.format(keys=", ".join(["%s"] * count), **forms)


def _as_stored(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
