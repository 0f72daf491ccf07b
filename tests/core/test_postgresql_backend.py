"""Is a connection that the server ended replaced before its next use, and a good one not asked each time?"""

import select
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from duologue.core.postgresql.base import TRUSTED_FOR
from duologue.core.resting import rest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def server() -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's connection, who sees ours from the server's side."""
    given = {**connection.get_connection_params(), "autocommit": True}
    for of_django in ("context", "cursor_factory"):
        given.pop(of_django, None)
    with psycopg.connect(**given) as other:
        yield other


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(sql).fetchone()[0]


def next_request() -> None:
    """What Django does as a request begins, and before its first statement."""
    connection.close_if_unusable_or_obsolete()
    connection.close_if_health_check_failed()


def last_asked(server: psycopg.Connection[Any], pid: int) -> str:
    row = server.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_connection_in_use_is_kept_and_not_asked(server: psycopg.Connection[Any]) -> None:
    pid = ask("SELECT pg_backend_pid()")
    next_request()
    assert last_asked(server, pid) == "SELECT pg_backend_pid()"
    assert ask("SELECT pg_backend_pid()") == pid


def test_after_a_pause_it_is_asked(server: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    pid = ask("SELECT pg_backend_pid()")
    monkeypatch.setattr(connection, "_stood_at", connection._stood_at - TRUSTED_FOR)
    next_request()
    assert last_asked(server, pid) == "SELECT 1"
    assert ask("SELECT pg_backend_pid()") == pid


def test_one_that_the_server_ended_is_replaced_before_its_next_use(server: psycopg.Connection[Any]) -> None:
    pid = ask("SELECT pg_backend_pid()")
    next_request()
    server.execute("SELECT pg_terminate_backend(%s)", [pid])
    # The server's farewell has to arrive first.
    assert select.select([connection.connection.fileno()], [], [], 10)[0]
    next_request()
    assert ask("SELECT pg_backend_pid()") != pid


def test_one_that_was_closed_here_is_replaced() -> None:
    pid = ask("SELECT pg_backend_pid()")
    connection.connection.close()
    next_request()
    assert ask("SELECT pg_backend_pid()") != pid


def pid_in_another_thread() -> int:
    found: list[int] = []

    def look() -> None:
        found.append(ask("SELECT pg_backend_pid()"))
        connection.rest()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def test_who_waits_for_somebody_else_leaves_the_connection_to_others() -> None:
    pid = ask("SELECT pg_backend_pid()")
    assert pid_in_another_thread() != pid
    rest()
    assert pid_in_another_thread() == pid
    assert ask("SELECT pg_backend_pid()") == pid


def test_inside_a_transaction_it_stays() -> None:
    with transaction.atomic():
        pid = ask("SELECT pg_backend_pid()")
        rest()
        assert pid_in_another_thread() != pid
        assert ask("SELECT pg_backend_pid()") == pid


def test_one_that_ended_while_nobody_used_it_is_replaced(server: psycopg.Connection[Any]) -> None:
    pid = ask("SELECT pg_backend_pid()")
    rest()
    server.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert ask("SELECT pg_backend_pid()") != pid
