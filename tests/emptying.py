"""How does the next test find an empty database, when this one really committed?

Django's own way truncates every table, waits for the disk and writes all permissions anew. Most tables are
empty, so here only rows that are there are deleted.
"""

from functools import cache

from django.apps import apps
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import TransactionTestCase

# Written by the migrations, alike for every test.
_KEPT = {"django_content_type", "auth_permission"}
_TRIES = 5
_truncate_all = TransactionTestCase._fixture_teardown


@cache
def _tables() -> list[str]:
    models = apps.get_models(include_auto_created=True)
    return sorted({model._meta.db_table for model in models if model._meta.managed} - _KEPT)


def empty_database() -> None:
    """Delete all rows; the database itself checks at the commit that none refers to another that is gone."""
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in _tables())  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(asked)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 (our own tables)


def _teardown(test: TransactionTestCase) -> None:
    for _ in range(_TRIES):
        try:
            return empty_database()
        except (IntegrityError, OperationalError):
            # A process of the test was still writing, or waited for us while we waited for it.
            continue
    return _truncate_all(test)


def install() -> None:
    TransactionTestCase._fixture_teardown = _teardown


def do_not_wait_for_the_disk() -> None:
    """No test ends the database's machine: on PostgreSQL, commits need not reach the disk."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        connection.close()
