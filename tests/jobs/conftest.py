"""What do tests of the queue share? A table of jobs of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from tests.jobs import work


@pytest.fixture(autouse=True)
def own_table(settings: Settings) -> Iterator[None]:
    settings.DUOLOGUE_JOB_TABLE = "tests.jobs.work.TABLE"
    settings.DUOLOGUE_JOB_PERIODIC = "tests.jobs.quiet.PERIODIC"
    work.forget()
    yield
    # Whatever a failed test left blocked must come to its end.
    work.go_on.set()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
