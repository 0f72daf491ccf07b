"""What does the end of a run mean, and who gets to read what went wrong?"""

import logging
from datetime import datetime, timedelta

import pytest
from django.utils import translation

from duologue.jobs.models import Job
from duologue.jobs.queue import Owed
from duologue.jobs.worker import run_due
from tests.jobs import work
from tests.jobs.work import job, owe, owed

pytestmark = pytest.mark.django_db


def test_a_job_is_called_with_the_instant_and_its_arguments_and_then_forgotten(now: datetime) -> None:
    owe(owed(at=now, number=7), now=now)
    assert run_due(now) == 1
    assert work.calls[0]["now"] == now
    assert work.calls[0]["number"] == 7
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_outside_any_transaction(now: datetime) -> None:
    owe(owed(at=now), now=now)
    run_due(now)
    assert work.calls[0]["is_in_transaction"] is False


def test_what_is_not_due_waits(now: datetime) -> None:
    owe(owed(at=now + timedelta(microseconds=1)), now=now)
    assert run_due(now) == 0
    assert run_due(now + timedelta(microseconds=1)) == 1


def test_the_longest_due_comes_first_and_no_more_than_asked_for(now: datetime) -> None:
    owe(*(owed(key=f"k{age}", at=now - timedelta(minutes=age), age=age) for age in range(5)), now=now)
    assert run_due(now, limit=3) == 3
    assert [call["age"] for call in work.calls] == [4, 3, 2]


def test_a_surprise_is_tried_again_and_tells_its_place_but_not_its_words(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    owe(owed("breaks", at=now), now=now)
    run_due(now)
    found = job()
    assert (found.state, found.attempts) == ("waiting", 1)
    assert now + timedelta(seconds=30) <= found.run_at <= now + timedelta(seconds=36)
    assert found.last_error.startswith("ValueError")
    assert "hunter2" not in found.last_error
    assert "Traceback" in caplog.text


def test_eight_attempts_and_then_it_gives_up_and_says_so(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    owe(owed("breaks", at=now), now=now)
    at = now
    for attempt in range(1, 8):
        run_due(at)
        assert (job().state, job().attempts) == ("waiting", attempt)
        at = job().run_at
    run_due(at)
    assert (job().state, job().attempts) == ("failed", 8)
    assert caplog.records[-1].levelno == logging.ERROR
    assert run_due(at + timedelta(days=365)) == 0


@pytest.mark.parametrize("kind", ["permanent", "reconnect", "unset"])
def test_what_trying_cannot_mend_gives_up_at_once_with_the_adapter_s_words(kind: str, now: datetime) -> None:
    owe(owed("gives_up", at=now, kind=kind), now=now)
    run_due(now)
    assert (job().state, job().attempts, job().last_error) == ("failed", 1, f"No: {kind}.")


def test_a_vendor_s_pause_is_kept(now: datetime) -> None:
    owe(owed("waits_for_vendor", at=now, seconds=90), now=now)
    run_due(now)
    assert (job().state, job().run_at) == ("waiting", now + timedelta(seconds=90))
    assert job().last_error == "Busy."


def test_a_name_that_stands_in_no_table_gives_up_and_says_why(now: datetime) -> None:
    owe(owed("unheard_of", at=now), now=now)
    run_due(now)
    assert job().state == "failed"
    assert "'unheard_of'" in job().last_error


def test_a_place_that_cannot_be_imported_is_tried_again(now: datetime) -> None:
    """A release under way: the module may be there in half a minute."""
    owe(owed("nowhere", at=now), now=now)
    run_due(now)
    assert job().state == "waiting"


def test_arguments_that_do_not_fit_are_no_end_of_the_worker(now: datetime) -> None:
    owe(owed("breaks", key="wrong", at=now, nobody_knows="this"), owed(key="fine", at=now), now=now)
    assert run_due(now) == 2
    assert [one.key for one in Job.objects.all()] == ["wrong"]


def test_a_job_that_wants_to_exit_ends_only_itself(now: datetime) -> None:
    owe(owed("exits", at=now), now=now)
    assert run_due(now) == 1
    assert job().state == "waiting"


def test_one_job_s_language_is_not_the_next_one_s(now: datetime) -> None:
    owe(owed("speaks", key="a", at=now), owed("speaks", key="b", at=now), now=now)
    run_due(now)
    assert [call["language"] for call in work.calls] == [translation.get_language()] * 2


def test_work_owed_during_the_run_is_done_after_it(now: datetime) -> None:
    later = now + timedelta(hours=1)
    owe(Owed("again", "a", now, {"key": "a", "at": later.isoformat()}), now=now)
    assert run_due(now) == 1
    assert (job().name, job().state, job().run_at) == ("notes", "waiting", later)
    assert (job().attempts, job().asked_again) == (0, False)
    assert run_due(later) == 1
    assert not Job.objects.exists()
