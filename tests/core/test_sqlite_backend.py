"""Do many writers share one SQLite file, each in turn, whatever happens to one of them?"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.db.models import F

from duologue.accounts.models import Throttle
from duologue.core import clock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "duologue.core.sqlite",
        reason="says something about SQLite only",
    ),
]
LONG = 60.0


def row(name: str = "a") -> Throttle:
    return Throttle.objects.create(name=name, count=0, ends_at=clock.now())


def add_one(name: str = "a") -> None:
    Throttle.objects.filter(name=name).update(count=F("count") + 1)


def count(name: str = "a") -> int:
    return Throttle.objects.values_list("count", flat=True).get(name=name)


def is_turn_free() -> bool:
    """Whether another process could write now."""
    with open(f"{connection.settings_dict['NAME']}.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def be_impatient() -> None:
    """Let SQLite itself wait for nobody: who comes out of turn fails at once."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")


def in_thread(action: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            action()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def busy() -> Iterator[threading.Event]:
    """Somebody who writes without a pause, as a worker under load does."""
    stop, begun = threading.Event(), threading.Event()
    row("busy")

    def work() -> None:
        be_impatient()
        while not stop.is_set():
            with transaction.atomic():
                add_one("busy")
            begun.set()

    thread = in_thread(work)
    assert begun.wait(LONG)
    yield begun
    stop.set()
    thread.join(LONG)


def test_a_transaction_has_its_turn_from_the_first_word_to_the_commit() -> None:
    row()
    assert is_turn_free()
    with transaction.atomic():
        assert not is_turn_free()
        add_one()
        with transaction.atomic():
            add_one()
        assert not is_turn_free(), "an inner block ends no turn"
    assert is_turn_free()
    assert count() == 2


def test_a_rollback_ends_the_turn() -> None:
    row()

    def fail() -> None:
        with transaction.atomic():
            add_one()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert is_turn_free()
    assert count() == 0


def test_a_statement_refused_ends_the_turn() -> None:
    row()
    with pytest.raises(IntegrityError):
        row()
    assert is_turn_free()


def test_a_commit_refused_ends_the_turn() -> None:
    """A reference that is checked only at the end: the commit itself fails."""

    def fail() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounts_apitoken (user_id, fingerprint, label, created_at)"
                " VALUES (999, 'f', '', '')"
            )

    with pytest.raises(IntegrityError):
        fail()
    assert is_turn_free()


def test_closing_ends_the_turn() -> None:
    row()
    atomic = transaction.atomic()
    atomic.__enter__()
    assert not is_turn_free()
    connection.close()
    assert is_turn_free()
    atomic.__exit__(None, None, None)


def test_a_single_statement_waits_its_turn_too() -> None:
    row()
    is_in, let_go, comes = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            is_in.set()
            assert let_go.wait(LONG)
            add_one()

    def write() -> None:
        be_impatient()
        comes.set()
        add_one()

    holder = in_thread(hold)
    assert is_in.wait(LONG)
    writer = in_thread(write)
    assert comes.wait(LONG)
    writer.join(0.3)
    let_go.set()
    writer.join(LONG)
    holder.join(LONG)
    assert count() == 2
    assert is_turn_free()


def test_reading_takes_no_turn() -> None:
    row()
    is_in, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            add_one()
            is_in.set()
            assert let_go.wait(LONG)

    holder = in_thread(hold)
    assert is_in.wait(LONG)
    assert count() == 0
    let_go.set()
    holder.join(LONG)
    assert count() == 1


@pytest.mark.race
def test_fifty_at_once_beside_a_busy_writer_all_get_their_turn(busy: threading.Event) -> None:
    """`BEGIN IMMEDIATE` alone answers some of these with "database is locked"."""
    row()
    together = threading.Barrier(50)

    def book(number: int) -> None:
        try:
            be_impatient()
            together.wait(LONG)
            for _ in range(5):
                with transaction.atomic():
                    seen = count()
                    Throttle.objects.filter(name="a").update(count=seen + 1)
                add_one()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as crowd:
        for outcome in [crowd.submit(book, number) for number in range(50)]:
            outcome.result(LONG * 4)
    assert count() == 50 * 5 * 2, "nobody's count was lost"


@pytest.mark.race
def test_processes_take_turns(busy: threading.Event, child_environment: dict[str, str]) -> None:
    row()
    program = (
        "import django; django.setup()\n"
        "from tests.core.test_sqlite_backend import add_one, transaction\n"
        "for _ in range(50):\n"
        "    with transaction.atomic():\n"
        "        add_one()\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", program], env=child_environment) for _ in range(4)]
    assert [child.wait(LONG * 2) for child in children] == [0] * 4
    assert count() == 200


def test_a_killed_writer_gives_up_its_turn(child_environment: dict[str, str]) -> None:
    row()
    program = (
        "import django; django.setup()\n"
        "from tests.core.test_sqlite_backend import add_one, transaction\n"
        "import time\n"
        "with transaction.atomic():\n"
        "    add_one()\n"
        "    print('in', flush=True)\n"
        "    time.sleep(600)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], env=child_environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"in\n"
    assert not is_turn_free()
    child.send_signal(signal.SIGKILL)
    child.wait(LONG)
    child.stdout.close()
    add_one()
    assert count() == 1, "what it had written is not there, and we could write"


def fork(in_child: Callable[[], bool]) -> bool:
    """Whether a forked child found things as they should be."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if in_child() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def test_a_forked_child_has_a_connection_of_its_own() -> None:
    row()
    parents = connection.connection

    def child() -> bool:
        is_new = connection.connection is None
        add_one()
        return is_new and connection.connection is not parents and count() == 1

    assert fork(child)
    assert connection.connection is parents
    add_one()
    assert count() == 2


def test_a_child_forked_in_a_transaction_neither_holds_nor_ends_the_turn() -> None:
    row()
    with transaction.atomic():
        add_one()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            connections.close_all()
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
        os.close(reader)
        assert not is_turn_free(), "the child has closed all it had, and the turn is still ours"
    assert is_turn_free(), "the child is still there, and holds nothing"
    os.close(writer)
    os.waitpid(child, 0)
    assert count() == 1


def test_a_lock_that_cannot_be_had_is_the_database_s_error(tmp_path: Path) -> None:
    lock = tmp_path / "nowhere" / "x.sqlite3"
    other = connection.copy()
    other.settings_dict = {**other.settings_dict, "NAME": str(lock)}
    with pytest.raises(OperationalError, match=r"x\.sqlite3\.lock"):
        other._take_turn()  # type: ignore[attr-defined]
