"""No chores: what runs in a test is what the test enqueued."""

from datetime import timedelta

PERIODIC: dict[str, timedelta] = {}
