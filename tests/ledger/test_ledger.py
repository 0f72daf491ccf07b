"""Does the ledger balance, whatever happens in whatever order? (PAY-1 to PAY-3, BOOK-4)

For every booking: money taken at the gateway is kept for a session that stands, or returned. By hand, longer:
python -m tests.ledger --help
"""

import logging
import os
import random
from collections import Counter
from contextlib import contextmanager, nullcontext

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from duologue.core import clock
from duologue.payments import registry
from tests.ledger.driver import drive, play
from tests.ledger.figures import told
from tests.ledger.machine import Ledger, hurry
from tests.ledger.tills import SandboxTill, stripe
from tests.ledger.world import VirtualClock

RUNS = int(os.environ.get("LEDGER_RUNS", "0"))
SEED = int(os.environ.get("LEDGER_SEED", "0"))
SHRINKS = os.environ.get("LEDGER_SHRINKS", "yes") == "yes"
STEPS_A_RUN = 100


@pytest.fixture
def virtual_clock(monkeypatch, transactional_db):
    time = VirtualClock()
    hurry()
    monkeypatch.setattr(clock, "machine", time.now)
    monkeypatch.setattr(clock, "_offset_file", None)
    # What goes wrong on purpose fills the log with what goes wrong.
    logging.disable(logging.CRITICAL)
    yield time
    logging.disable(logging.NOTSET)
    connection.close()


def balance(till, virtual_clock, monkeypatch, runs):
    counted: Counter[str] = Counter()
    chance = SEED or random.getrandbits(32)
    for name, value in (("till", till), ("clock", virtual_clock), ("counted", counted)):
        monkeypatch.setattr(Ledger, name, value, raising=False)
    chosen = settings(
        max_examples=RUNS or runs,
        stateful_step_count=STEPS_A_RUN,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, *([Phase.shrink] if SHRINKS else [])],
    )
    try:
        run_state_machine_as_test(seed(chance)(Ledger), settings=chosen)
    finally:
        print(f"\nThe ledger at {till.slug}, LEDGER_SEED={chance}: {told(counted)}.")
    assert counted["payments"] > counted["runs"] / 4
    assert counted["refunds"]


@contextmanager
def till_of(slug, monkeypatch, settings):
    """The gateway in use, watched."""
    settings.DUOLOGUE_PAYMENT_PROVIDER = slug
    with stripe(settings) if slug == "stripe" else nullcontext(SandboxTill()) as till:
        monkeypatch.setitem(registry.PROVIDERS, till.slug, till.gateway)
        yield till


@pytest.mark.parametrize(("slug", "runs"), [("sandbox", 8), ("stripe", 5)])
def test_balances(slug, runs, virtual_clock, monkeypatch, settings):
    with till_of(slug, monkeypatch, settings) as till:
        balance(till, virtual_clock, monkeypatch, runs)


LOST = 7
"""The trouble in which an answer gets lost, at either till."""
STORIES = {
    "sent unheard, then paid by hand": [
        ("buy", 0, ()),
        ("work", 0, ()),
        ("cancel_as_operator", 1, ()),
        ("trouble", LOST, ()),
        ("work", 0, ()),
        ("by_hand", 0, ()),
    ],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
@pytest.mark.parametrize("slug", ["sandbox", "stripe"])
def test_what_once_went_wrong_balances(slug, story, virtual_clock, monkeypatch, settings):
    with till_of(slug, monkeypatch, settings) as till:
        assert play(till, virtual_clock, story) == ""


@pytest.mark.skipif("LEDGER_STEPS" not in os.environ, reason="by hand: python -m tests.ledger")
@pytest.mark.parametrize("slug", ["sandbox", "stripe"])
def test_by_hand(slug, virtual_clock, monkeypatch, settings):
    asked = {name: os.environ[f"LEDGER_{name.upper()}"] for name in ("steps", "seed", "length")}
    how = {name: int(value) for name, value in asked.items()}
    minutes = float(os.environ["LEDGER_MINUTES"])
    with till_of(slug, monkeypatch, settings) as till:
        for tally in drive(till, virtual_clock, minutes=minutes, **how):
            print(f"{slug}, seed {how['seed']}: {tally}", flush=True)
    for complaint, story in tally.found.items():
        print(f"\n{complaint}", *story, sep="\n  ")
    assert not tally.found
