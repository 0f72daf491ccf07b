"""Does a debt exist exactly if its transaction committed, once a key, with the last word counting?"""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from duologue.jobs import queue
from duologue.jobs.models import Job
from duologue.jobs.queue import Tally
from duologue.jobs.worker import run_due
from tests.jobs import work
from tests.jobs.work import job, owe, owed

SOON = timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_a_job_goes_with_its_transaction(now: datetime) -> None:
    class Mishap(Exception):
        pass

    def book() -> None:
        with transaction.atomic():
            queue.enqueue(owed(at=now), now=now)
            raise Mishap

    with pytest.raises(Mishap):
        book()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["enqueue", "ensure", "drop"])
def test_outside_a_transaction_nothing_can_be_owed(act: str, now: datetime) -> None:
    acts = {
        "enqueue": lambda: queue.enqueue(owed(at=now), now=now),
        "ensure": lambda: queue.ensure(owed(at=now), now=now),
        "drop": lambda: queue.drop(["a"]),
    }
    with pytest.raises(RuntimeError, match="transaction"):
        acts[act]()


@pytest.mark.django_db
def test_many_are_owed_in_one_statement(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        queue.enqueue(*(owed(key=f"k{i}", at=now, number=i) for i in range(7)), now=now)
    assert [one.args["number"] for one in Job.objects.order_by("key")] == list(range(7))


@pytest.mark.django_db
def test_nothing_owed_costs_nothing(now: datetime, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        queue.enqueue(now=now)
        queue.drop([])


@pytest.mark.django_db
def test_a_key_said_twice_at_once_counts_once(now: datetime) -> None:
    queue.enqueue(owed(at=now, said="first"), owed(at=now + SOON, said="last"), now=now)
    assert (job().args, job().run_at) == ({"said": "last"}, now + SOON)


@pytest.mark.django_db
@pytest.mark.parametrize("shift", [SOON, -SOON])
def test_a_timer_set_again_takes_the_new_time_and_arguments(shift: timedelta, now: datetime) -> None:
    queue.enqueue(owed(at=now, said="first"), now=now)
    Job.objects.update(attempts=3, last_error="Busy.")
    queue.enqueue(owed("counts", at=now + shift, said="last"), now=now + SOON)
    found = job()
    assert (found.name, found.args, found.run_at) == ("counts", {"said": "last"}, now + shift)
    assert (found.state, found.attempts, found.last_error) == ("waiting", 0, "")
    assert found.created_at == now


@pytest.mark.django_db
def test_what_gave_up_waits_again_when_it_is_owed_anew(now: datetime) -> None:
    queue.enqueue(owed(at=now), now=now)
    Job.objects.update(state=Job.State.FAILED, attempts=8, last_error="Busy.")
    queue.enqueue(owed(at=now + SOON), now=now)
    assert (job().state, job().attempts, job().run_at) == ("waiting", 0, now + SOON)


@pytest.mark.django_db
def test_what_runs_keeps_running_and_is_asked_again(now: datetime) -> None:
    queue.enqueue(owed(at=now, said="first"), now=now)
    Job.objects.update(state=Job.State.RUNNING, attempts=2, lease="mine")
    queue.enqueue(owed(at=now + SOON, said="last"), now=now)
    found = job()
    assert (found.state, found.attempts, found.lease, found.asked_again) == ("running", 2, "mine", True)
    assert (found.args, found.run_at) == ({"said": "last"}, now + SOON)


@pytest.mark.django_db
def test_ensure_leaves_what_is_there(now: datetime) -> None:
    queue.ensure(owed(at=now, said="first"), now=now)
    queue.ensure(owed(at=now + SOON, said="last"), now=now)
    assert (job().args, job().run_at) == ({"said": "first"}, now)


@pytest.mark.django_db
def test_a_time_without_a_zone_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="zone"):
        queue.enqueue(owed(at=now.replace(tzinfo=None)), now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [Job.State.WAITING, Job.State.FAILED])
def test_what_is_dropped_is_gone(state: Job.State, now: datetime) -> None:
    queue.enqueue(owed(key="a", at=now), owed(key="b", at=now), owed(key="c", at=now), now=now)
    Job.objects.update(state=state)
    queue.drop(["a", "b", "never owed"])
    assert [one.key for one in Job.objects.all()] == ["c"]


@pytest.mark.django_db
def test_a_dropped_job_that_runs_is_not_followed_by_another(now: datetime) -> None:
    queue.enqueue(owed(at=now), now=now)
    Job.objects.update(state=Job.State.RUNNING, asked_again=True)
    queue.drop(["a"])
    assert (job().state, job().asked_again) == ("running", False)


@pytest.mark.django_db
def test_an_operator_lets_a_job_that_gave_up_run_again(now: datetime) -> None:
    owe(owed("gives_up", at=now, kind="permanent"), now=now)
    run_due(now)
    assert job().state == "failed"
    assert queue.retry(job().pk, now + SOON)
    assert (job().state, job().attempts, job().run_at) == ("waiting", 0, now + SOON)


@pytest.mark.django_db
def test_what_runs_or_is_gone_cannot_be_retried(now: datetime) -> None:
    owe(owed(at=now), now=now)
    Job.objects.update(state=Job.State.RUNNING)
    assert not queue.retry(job().pk, now)
    assert not queue.retry(job().pk + 1, now)


@pytest.mark.django_db
def test_the_queue_in_four_numbers(now: datetime) -> None:
    long_ago = now - timedelta(minutes=2)
    owe(*(owed(key=f"k{i}", at=now) for i in range(5)), owed(key="late", at=long_ago), now=now)
    Job.objects.filter(key="k0").update(state=Job.State.RUNNING, run_at=long_ago)
    Job.objects.filter(key__in=["k1", "k2"]).update(state=Job.State.FAILED, run_at=long_ago)
    assert queue.tally(now) == Tally(waiting=3, late=1, running=1, failed=2)


@pytest.mark.django_db
def test_the_next_due_job_is_found_by_index(now: datetime) -> None:
    """A full walk over a million timers, ten times a second, would be felt."""
    owe(*(owed(key=f"k{i}", at=now) for i in range(50)), now=now)
    found = Job.objects.filter(state="waiting", lane=0).order_by("run_at")[:1]
    if connection.vendor == "sqlite":
        assert "job_by_lane" in found.explain()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "job_by_lane" in found.explain()


@pytest.mark.django_db
def test_words_of_any_script_arrive_as_they_were(now: datetime) -> None:
    said = "naïve “quotes” %s %% \\ 🕯️ ‮rtl"
    owe(owed(key=f"k:{said}", at=now, said=said), now=now)
    run_due(now)
    assert work.calls[0]["said"] == said
