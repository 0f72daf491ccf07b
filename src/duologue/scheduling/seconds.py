"""How is much of what decides about slots read at once? Several reads in one statement, instants as seconds.

Slots are asked for more often than anything else. Turning rows into datetimes and those into seconds, or
asking the database one thing after the other, would each cost more than finding the slots.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from duologue.core import statements

Row = tuple[int, int, int, int, str]
"""The read's number, and its four columns."""

# Django writes instants to SQLite as text, with a fraction after 19 letters only where there is one; cutting
# that off each time would take SQLite longer than all the rest.
_SQLITE = {
    "begin": "CASE WHEN length({0}) = 19 THEN unixepoch({0}) ELSE unixepoch(substr({0}, 1, 19)) END",
    "end": "CASE WHEN length({0}) = 19 THEN unixepoch({0}) ELSE unixepoch(substr({0}, 1, 19)) + 1 END",
}
_OLD_SQLITE = {
    "begin": "CAST(strftime('%%s', substr({0}, 1, 19)) AS INTEGER)",
    "end": "CAST(strftime('%%s', substr({0}, 1, 19)) AS INTEGER) + (length({0}) > 19)",
}
_POSTGRESQL = {
    "begin": "floor(date_part('epoch', {0}))::bigint",
    "end": "ceil(date_part('epoch', {0}))::bigint",
}
_FORMS = {
    "sqlite": _SQLITE if sqlite3.sqlite_version_info >= (3, 38) else _OLD_SQLITE,
    "postgresql": _POSTGRESQL,
}


@dataclass(frozen=True, slots=True)
class Read:
    """A query whose four columns are three whole numbers and a text; without keys it finds nothing.

    In `sql` `{keys}` stands for the keys, `{begin:column}` and `{end:column}` for the whole seconds that an
    interval from or until that column touches. `rest` are the parameters after the keys.
    """

    sql: str
    keys: tuple[Any, ...]
    rest: tuple[Any, ...] = ()


def together(*reads: Read) -> list[list[Row]]:
    """What each of the reads finds, all of it asked for in one statement."""
    asked = [(number, read) for number, read in enumerate(reads) if read.keys]
    found: list[list[Row]] = [[] for _ in reads]
    if not asked:
        return found
    shapes = tuple((number, read.sql, len(read.keys)) for number, read in asked)
    values = _as_stored([value for _, read in asked for value in (*read.keys, *read.rest)])
    with statements.cursor() as cursor:
        cursor.execute(_written(shapes, connection.vendor), values)
        for row in cursor.fetchall():
            found[row[0]].append(row)
    return found


@lru_cache(maxsize=512)
def _written(shapes: Iterable[tuple[int, str, int]], vendor: str) -> str:
    forms = {name: _Form(form) for name, form in _FORMS[vendor].items()}
    return " UNION ALL ".join(
        sql.replace("SELECT", f"SELECT {number},", 1).format(keys=", ".join(["%s"] * count), **forms)
        for number, sql, count in shapes
    )


class _Form:
    """Lets `{begin:column}` in a query become what the database understands."""

    def __init__(self, form: str) -> None:
        self._form = form

    def __format__(self, column: str) -> str:
        return self._form.format(column)


def _as_stored(values: list[Any]) -> list[Any]:
    """As the database takes them; the same few instants come again and again."""
    adapt = connection.ops.adapt_datetimefield_value
    known = {value: adapt(value) for value in set(values) if isinstance(value, datetime)}
    return [known.get(value, value) for value in values]
