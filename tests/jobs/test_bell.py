"""Does a commit anywhere wake who waits, and does nothing else?"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from duologue.core import clock
from duologue.jobs import bell as bells
from duologue.jobs.bell import Bell
from tests.jobs.work import owe, owed

pytestmark = pytest.mark.django_db(transaction=True)
LONG = 60.0


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = bells.hang()
    assert made.wait(LONG), "the first wait returns at once: what came before was not heard"
    yield made
    made.close()


def elsewhere(action: object) -> None:
    """Do it on another connection and wait until it is done."""

    def run() -> None:
        try:
            action()  # type: ignore[operator]
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(LONG)


def test_a_ring_from_a_thread_wakes(bell: Bell) -> None:
    elsewhere(bell.ring)
    assert bell.wait(LONG)


def test_many_rings_count_as_one(bell: Bell) -> None:
    for _ in range(100_000):
        bell.ring()
    assert bell.wait(LONG)
    assert not bell.wait(0)


def test_silence_is_silence(bell: Bell) -> None:
    assert not bell.wait(0.25)


def test_a_job_committed_elsewhere_wakes(bell: Bell) -> None:
    now = clock.now()
    elsewhere(lambda: owe(owed(at=now), now=now))
    assert bell.wait(LONG)
    assert not bell.wait(0)


def test_a_job_of_another_process_wakes(bell: Bell, child_environment: dict[str, str]) -> None:
    program = (
        "import django; django.setup()\n"
        "from duologue.core import clock\n"
        "from tests.jobs.work import owe, owed\n"
        "owe(owed(at=clock.now()), now=clock.now())"
    )
    subprocess.run([sys.executable, "-c", program], env=child_environment, check=True, timeout=LONG)
    assert bell.wait(LONG)


@pytest.mark.postgres
def test_a_timer_wakes_nobody(bell: Bell) -> None:
    now = clock.now()
    elsewhere(lambda: owe(owed(at=now + timedelta(minutes=1)), now=now))
    assert not bell.wait(0.25)


@pytest.mark.postgres
def test_what_is_rolled_back_wakes_nobody(bell: Bell) -> None:
    now = clock.now()
    with psycopg.connect(**_login()) as other, other.transaction(force_rollback=True):
        other.execute(
            "INSERT INTO jobs_job (key, name, lane, args, state, run_at, attempts, lease, asked_again,"
            " last_error, created_at) VALUES ('a', 'notes', 0, '{}', 'waiting', %s, 0, '', false, '', %s)",
            [now, now],
        )
    assert not bell.wait(0.25)


@pytest.mark.postgres
def test_a_listener_cut_off_listens_again(bell: Bell) -> None:
    """A restarted server, or a firewall that forgets."""
    with psycopg.connect(**_login(), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query = 'LISTEN duologue_jobs' AND datname = current_database()"
        )
    assert bell.wait(LONG), "the cut itself wakes"
    bell._next_try = 0.0  # type: ignore[attr-defined]
    assert bell.wait(LONG), "as at the first wait"
    now = clock.now()
    elsewhere(lambda: owe(owed(at=now), now=now))
    assert bell.wait(LONG)


@pytest.mark.postgres
def test_listening_goes_round_a_pool(settings: Settings) -> None:
    settings.DUOLOGUE_DATABASE_DIRECT_URL = "postgresql://root@127.0.0.1:9/nowhere"
    made = bells.hang()
    assert not made.wait(0), "nothing answers there, so it was that address which was asked"
    made.ring()
    assert made.wait(LONG), "and without listening it still rings"
    made.close()


def _login() -> dict[str, str]:
    database = connection.settings_dict
    return {
        "host": database["HOST"],
        "port": str(database["PORT"] or 5432),
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
    }
