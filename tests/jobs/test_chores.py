"""Do chores come round for ever, whatever happens to one turn, to the table or to the clock?"""

from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from duologue.jobs import chores
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from tests.jobs import work
from tests.jobs.work import job

pytestmark = pytest.mark.django_db
EVERY = work.PERIODIC["notes"]
KEY = "every:notes"


@pytest.fixture(autouse=True)
def with_chores(own_table: None, settings: Settings) -> None:
    settings.DUOLOGUE_JOB_PERIODIC = "tests.jobs.work.PERIODIC"


def test_each_chore_gets_one_row(now: datetime) -> None:
    for minutes in range(3):
        chores.plan(now + timedelta(minutes=minutes))
    assert [(one.key, one.run_at) for one in Job.objects.all()] == [(KEY, now + EVERY)]


def test_a_chore_done_comes_round_again(now: datetime) -> None:
    chores.plan(now)
    at = now + EVERY + timedelta(seconds=3)
    assert run_due(at) == 1
    assert (job(KEY).state, job(KEY).run_at, job(KEY).attempts) == ("waiting", at + EVERY, 0)


def test_a_chore_that_gave_up_comes_round_again_and_shows_why(now: datetime) -> None:
    chores.plan(now)
    Job.objects.update(name="gives_up", args={"kind": "permanent"})
    at = now + EVERY
    run_due(at)
    assert (job(KEY).state, job(KEY).run_at, job(KEY).last_error) == ("waiting", at + EVERY, "No: permanent.")


def test_a_chore_that_failed_once_is_tried_again_soon(now: datetime) -> None:
    chores.plan(now)
    Job.objects.update(name="breaks")
    at = now + EVERY
    run_due(at)
    assert job(KEY).attempts == 1
    assert job(KEY).run_at < at + timedelta(minutes=1)


def test_chores_of_no_table_any_more_go(now: datetime, settings: Settings) -> None:
    chores.plan(now)
    settings.DUOLOGUE_JOB_PERIODIC = "tests.jobs.quiet.PERIODIC"
    chores.plan(now)
    assert not Job.objects.exists()


def test_a_clock_set_back_does_not_put_chores_off(now: datetime) -> None:
    chores.plan(now + timedelta(days=30))
    chores.plan(now)
    assert job(KEY).run_at == now + EVERY


def test_other_jobs_are_no_chores(now: datetime) -> None:
    assert chores.next_turn_at("notes", now) is None
    assert chores.next_turn_at("every:unheard_of", now) is None
