"""How does SQLite refuse two overlapping claims of one host? By triggers, put back after each migration."""

from typing import Any

from django.db import connections

from duologue.bookings.states import CLAIMING

REFUSAL = "claims of one host overlap"
_STATES = ", ".join(f"'{status}'" for status in sorted(CLAIMING))
# Only our own constants go into the text.
_CLASH = f"""
    SELECT RAISE(ABORT, '{REFUSAL}') WHERE EXISTS (
        SELECT 1 FROM bookings_booking AS other
        WHERE other.host_id = NEW.host_id AND other.id <> NEW.id AND other.status IN ({_STATES})
          AND other.blocked_until > NEW.blocked_from AND other.blocked_from < NEW.blocked_until);
"""  # noqa: S608
_TRIGGERS = {
    "booking_one_winner_insert": f"""
        CREATE TRIGGER booking_one_winner_insert BEFORE INSERT ON bookings_booking
        WHEN NEW.status IN ({_STATES}) BEGIN {_CLASH} END""",
    "booking_one_winner_update": f"""
        CREATE TRIGGER booking_one_winner_update
        BEFORE UPDATE OF host_id, status, blocked_from, blocked_until ON bookings_booking
        WHEN NEW.status IN ({_STATES}) BEGIN {_CLASH} END""",
}


def install(*, using: str, **_: Any) -> None:
    """Put the triggers in place; called after every migration run."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for name, definition in _TRIGGERS.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(definition)
