"""How does PostgreSQL hear the same question a thousand times? As a statement that it planned once.

Planning a read of open slots takes it longer than the read. The ORM's statements carry their values in the
text and are planned each time; these carry them beside it. Through a connection pooler nothing is prepared
(`config.sources`), and the statements run all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def cursor() -> Iterator[CursorWrapper]:
    """A cursor of the default connection, for statements that are the same each time but for their values."""
    with connection.cursor() as usual:
        if "prepare_threshold" not in connection.settings_dict["OPTIONS"]:
            yield usual
            return
        with _server_binding(connection) as server:
            yield server


def _server_binding(wrapper: Any) -> CursorWrapper:
    raw = psycopg.Cursor(wrapper.connection)
    found: CursorWrapper = (
        wrapper.make_debug_cursor(raw) if wrapper.queries_logged else wrapper.make_cursor(raw)
    )
    return found
