"""Does every name of the job table lead to a function that a worker can call?"""

import inspect

import pytest

from duologue.config.jobs import LANES, PERIODIC, TABLE
from duologue.jobs import running


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_job_s_function_is_there_and_takes_the_instant(name: str) -> None:
    signature = inspect.signature(running.function(name))
    assert "now" in signature.parameters


@pytest.mark.parametrize("name", sorted(PERIODIC))
def test_a_chore_is_a_job_that_needs_nothing_but_the_instant(name: str) -> None:
    inspect.signature(running.function(name)).bind(now=None)


def test_lanes_name_jobs() -> None:
    assert set(LANES) <= set(TABLE)
