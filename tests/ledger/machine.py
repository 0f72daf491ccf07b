"""In which orders can things happen? Hypothesis chooses, the world acts, the balance is struck."""

from collections import Counter
from typing import Any, ClassVar

from django.apps import apps
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.ledger.balance import bring_to_an_end, check_always, check_ledger
from tests.ledger.deck import NAMES, PICKS, POINTS, STATEMENTS
from tests.ledger.figures import figures
from tests.ledger.world import BEGINS, VirtualClock, World

picks = st.integers(0, PICKS - 1)
actions = st.sampled_from(NAMES)
points = st.sampled_from(POINTS)
twists = st.one_of(
    *(st.just(()) for _ in range(5)),
    st.tuples(st.just("statement"), st.integers(0, STATEMENTS - 1)),
    st.tuples(st.just("call"), points),
    st.tuples(st.just("meanwhile"), points, actions, picks),
)


class Ledger(RuleBasedStateMachine):
    """`till`, `clock` and `counted` are set before it runs."""

    till: ClassVar[Any]
    clock: ClassVar[VirtualClock]
    counted: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        forget_all()
        self.clock.at = BEGINS
        self.world = World(self.till, self.clock)

    @rule(action=actions, pick=picks, twist=twists)
    def step(self, action: str, pick: int, twist: tuple[Any, ...]) -> None:
        self.counted["steps"] += 1
        self.world.do(action, pick, twist)

    @invariant()
    def holds_at_any_time(self) -> None:
        check_always(self.world)

    def teardown(self) -> None:
        self.counted["runs"] += 1
        bring_to_an_end(self.world)
        check_ledger(self.world)
        self.counted.update(figures(self.world))


def forget_all() -> None:
    """An empty database; quicker than flushing, as most tables are empty."""
    names = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in _OURS]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 (our own tables)
        cursor.execute("PRAGMA foreign_keys = ON")


def hurry() -> None:
    """Nothing here has to outlive the machine: commits need not reach the disk."""
    with connection.cursor() as cursor:
        on_postgres = connection.vendor == "postgresql"
        cursor.execute("SET synchronous_commit = off" if on_postgres else "PRAGMA synchronous = OFF")


_OURS = {
    "accounts",
    "bookings",
    "calls",
    "inbox",
    "jobs",
    "notifications",
    "payments",
    "scheduling",
    "video",
}
