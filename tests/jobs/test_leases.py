"""Is a job ever run by two at once, lost with a dead worker, or finished by one who has lost it?"""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from duologue.core import clock
from duologue.jobs import leases, queue
from duologue.jobs.backoff import MAX_ATTEMPTS
from duologue.jobs.lanes import Lane
from duologue.jobs.leases import Claimed, Outcome
from duologue.jobs.models import Job
from tests.jobs.work import job, owe, owed

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(minutes=5)


def claim(now: datetime, limit: int = 10) -> list[Claimed]:
    with transaction.atomic():
        return leases.claim(limit, now=now)


def settle(*outcomes: Outcome) -> list[Outcome]:
    with transaction.atomic():
        return leases.settle(outcomes)


def take_back() -> None:
    with transaction.atomic():
        leases.take_back()


def let_leases_end() -> None:
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=clock.machine() - timedelta(seconds=1))


@pytest.fixture
def claimed(now: datetime) -> Claimed:
    owe(owed(at=now), now=now)
    return claim(now)[0]


def test_a_claimed_job_is_nobody_else_s(claimed: Claimed, now: datetime) -> None:
    assert claim(now) == []
    found = job()
    assert (found.state, found.lease, found.attempts) == ("running", claimed.lease, 1)
    assert found.lease_until is not None
    assert found.lease_until > clock.machine()


def test_a_batch_is_as_large_as_asked_for(now: datetime) -> None:
    owe(*(owed(key=f"k{i}", at=now) for i in range(5)), now=now)
    assert len(claim(now, 3)) == 3
    assert len(claim(now, 3)) == 2


def test_a_done_job_is_gone(claimed: Claimed) -> None:
    assert settle(Outcome(claimed, is_done=True)) == []
    assert not Job.objects.exists()


def test_a_dead_worker_s_job_comes_back_when_its_lease_ends(claimed: Claimed, now: datetime) -> None:
    take_back()
    assert job().state == "running"
    let_leases_end()
    take_back()
    again = claim(now)[0]
    assert again.attempts == 2
    assert again.lease != claimed.lease


def test_who_lost_the_lease_has_no_say(claimed: Claimed, now: datetime) -> None:
    let_leases_end()
    take_back()
    again = claim(now)[0]
    assert settle(Outcome(claimed, is_done=True)) == []
    assert settle(Outcome(claimed, retry_at=now + LATER, error="too late")) == []
    assert (job().state, job().lease, job().last_error) == ("running", again.lease, "")


def test_who_lost_the_job_altogether_is_not_troubled(claimed: Claimed) -> None:
    Job.objects.all().delete()
    assert settle(Outcome(claimed, is_done=True)) == []


def test_a_lease_that_is_kept_does_not_end(claimed: Claimed) -> None:
    let_leases_end()
    with transaction.atomic():
        leases.keep([claimed])
    take_back()
    assert (job().state, job().lease) == ("running", claimed.lease)


def test_a_job_that_kills_its_worker_each_time_gives_up(claimed: Claimed) -> None:
    Job.objects.update(attempts=MAX_ATTEMPTS)
    let_leases_end()
    take_back()
    assert job().state == "failed"
    assert "died" in job().last_error


def test_new_work_asked_for_during_a_deadly_run_gets_its_attempts(claimed: Claimed, now: datetime) -> None:
    owe(owed(at=now), now=now)
    Job.objects.update(attempts=MAX_ATTEMPTS)
    let_leases_end()
    take_back()
    assert (job().state, job().asked_again) == ("waiting", False)


def test_what_was_asked_again_runs_again_at_the_time_asked_for(claimed: Claimed, now: datetime) -> None:
    owe(owed(at=now + LATER, said="last"), now=now)
    settle(Outcome(claimed, is_done=True))
    found = job()
    assert (found.state, found.run_at, found.args) == ("waiting", now + LATER, {"said": "last"})
    assert (found.attempts, found.lease, found.lease_until, found.asked_again) == (0, "", None, False)


def test_asking_again_does_not_cut_a_vendor_s_pause_short(claimed: Claimed, now: datetime) -> None:
    owe(owed(at=now), now=now)
    settle(Outcome(claimed, retry_at=now + LATER, error="Busy."))
    assert (job().state, job().run_at, job().attempts) == ("waiting", now + LATER, 0)


def test_what_gave_up_while_it_was_asked_again_is_tried_once_more(claimed: Claimed, now: datetime) -> None:
    owe(owed(at=now), now=now)
    settle(Outcome(claimed, error="No."))
    assert (job().state, job().attempts) == ("waiting", 0)


def test_what_is_handed_back_was_no_attempt(claimed: Claimed, now: datetime) -> None:
    with transaction.atomic():
        leases.hand_back([claimed])
    assert (job().state, job().attempts, job().lease, job().lease_until) == ("waiting", 0, "", None)
    assert [one.key for one in claim(now)] == ["a"]


def test_the_next_due_time(now: datetime) -> None:
    assert leases.next_due(Lane.OURS) is None
    owe(owed(key="a", at=now + LATER), owed(key="b", at=now), owed(key="c", at=now - LATER), now=now)
    Job.objects.filter(key="c").update(state=Job.State.FAILED)
    assert leases.next_due(Lane.OURS) == now
    assert leases.next_due(Lane.VENDORS) is None


@pytest.mark.postgres
def test_a_worker_passes_over_rows_that_a_booking_holds(now: datetime) -> None:
    """It would hold its own rows while it waits for theirs: that is how deadlocks begin."""
    owe(owed(key="held", at=now), owed(key="free", at=now), now=now)
    mine = claim(now, 1)[0]
    is_held, let_go = threading.Event(), threading.Event()

    def book() -> None:
        try:
            with transaction.atomic():
                queue.enqueue(owed(key=mine.key, at=now + LATER), now=now)
                queue.enqueue(owed(key="other", at=now), now=now)
                is_held.set()
                let_go.wait(60)
        finally:
            connection.close()

    booking = threading.Thread(target=book)
    booking.start()
    assert is_held.wait(60)
    try:
        unsettled = settle(Outcome(mine, is_done=True))
        assert [one.job for one in unsettled] == [mine]
        with transaction.atomic():
            leases.keep([mine])
            leases.take_back()
        assert len(claim(now)) == 1
    finally:
        let_go.set()
        booking.join()
    assert settle(*unsettled) == []
    assert (job(mine.key).state, job(mine.key).run_at) == ("waiting", now + LATER)


@pytest.mark.postgres
def test_two_workers_never_claim_the_same(now: datetime) -> None:
    owe(*(owed(key=f"k{i}", at=now) for i in range(6)), now=now)
    with transaction.atomic():
        first = leases.claim(3, now=now)
        second: list[Claimed] = []

        def other() -> None:
            try:
                second.extend(claim(now, 6))
            finally:
                connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(60)
    assert len(first) == len(second) == 3
    assert not {one.id for one in first} & {one.id for one in second}
