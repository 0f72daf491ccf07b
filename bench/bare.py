"""How fast could it be at all? The same reads in raw SQL and the same JSON, under the same server.

A WSGI function without framework, middleware, routing or checks: the ceiling the product is measured against.
It asks the pure engine, and is told by the environment whose slots are meant.
"""

import argparse
import json
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from duologue.config.serving import THREADS
from duologue.core import clock
from duologue.scheduling import slots, zones
from duologue.scheduling.windows import Schedule, WallWindow

A_DAY = 86400
HOLD = timedelta(minutes=35)
USUAL = timedelta(days=30)
_local = threading.local()

_CLAIMING = """status IN ('pending_payment', 'confirmed', 'in_progress', 'completed', 'no_show')
AND NOT (status = 'pending_payment' AND hold_expires_at <= %(now)s)"""
_OFFER = """
SELECT o.host_id, h.user_id, u.time_zone, o.duration * 60, o.slot_step * 60, o.buffer_before * 60,
       o.buffer_after * 60, o.minimum_notice * 60, o.horizon_days * 86400, o.daily_limit
FROM scheduling_eventtype o JOIN accounts_host h ON h.id = o.host_id JOIN accounts_user u ON u.id = h.user_id
WHERE h.slug = %(host)s AND o.slug = %(offer)s AND h.status = 'approved' AND o.is_active AND u.is_active"""
_WEEKLY = """
SELECT weekday, start_minute, end_minute FROM scheduling_availabilityrule WHERE host_id = %(host_id)s"""
_SPECIAL = "SELECT date, windows FROM scheduling_dateoverride WHERE host_id = %(host_id)s"
_BUSY = [
    f"""SELECT [blocked_from], [blocked_until] FROM bookings_booking
    WHERE host_id = %(host_id)s AND blocked_until > %(start)s AND blocked_from < %(end)s AND {_CLAIMING}""",
    f"""SELECT [starts_at], [ends_at] FROM bookings_booking
    WHERE attendee_id = %(user_id)s AND ends_at > %(start)s AND starts_at < %(end)s AND {_CLAIMING}""",
    """SELECT [starts_at], [ends_at] FROM scheduling_blockedtime
    WHERE host_id = %(host_id)s AND ends_at > %(start)s AND starts_at < %(end)s""",
]


def _sqlite() -> Callable[[str, dict[str, Any]], list[Any]]:
    connection = sqlite3.connect(os.environ["BARE_DATABASE"], isolation_level=None)

    def rows(sql: str, values: dict[str, Any]) -> list[Any]:
        return connection.execute(_in_sqlite(sql), values).fetchall()

    return rows


def _postgresql() -> Callable[[str, dict[str, Any]], list[Any]]:
    connection = psycopg.connect(os.environ["BARE_DATABASE"], autocommit=True)

    def rows(sql: str, values: dict[str, Any]) -> list[Any]:
        return connection.execute(_in_postgresql(sql), values).fetchall()

    return rows


@lru_cache
def _in_sqlite(sql: str) -> str:
    return re.sub(r"%\((\w+)\)s", r":\1", re.sub(r"\[(\w+)\]", r"unixepoch(\1)", sql))


@lru_cache
def _in_postgresql(sql: str) -> str:
    return re.sub(r"\[(\w+)\]", r"extract(epoch from \1)::bigint", sql)


def _rows() -> Callable[[str, dict[str, Any]], list[Any]]:
    found: Callable[[str, dict[str, Any]], list[Any]] | None = getattr(_local, "rows", None)
    if found is None:
        found = _local.rows = _sqlite() if _is_sqlite() else _postgresql()
    return found


def _is_sqlite() -> bool:
    return "://" not in os.environ["BARE_DATABASE"]


def _stored(at: datetime) -> Any:
    return at.strftime("%Y-%m-%d %H:%M:%S") if _is_sqlite() else at


def _date(stored: Any) -> date:
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """30 days of open slots, as the API gives them."""
    rows, now = _rows(), clock.machine()
    end = now + USUAL
    [(host_id, user_id, zone_name, *rules)] = rows(
        _OFFER, {"host": os.environ["BARE_HOST"], "offer": os.environ["BARE_OFFER"]}
    )
    known = {"host_id": host_id, "user_id": user_id, "now": _stored(now)}
    duration, _step, before, after = rules[:4]
    known["start"] = _stored(now - timedelta(seconds=before))
    known["end"] = _stored(end + timedelta(seconds=duration + after))
    weekly: dict[int, list[WallWindow]] = {}
    for weekday, opens, closes in rows(_WEEKLY, known):
        weekly.setdefault(weekday, []).append(WallWindow(opens, closes))
    special = {_date(day): _windows(windows) for day, windows in rows(_SPECIAL, known)}
    question = slots.Question(
        schedule=Schedule(weekly, special, zones.zone(zone_name)),
        rules=slots.SlotRules(*rules),
        busy=[row for sql in _BUSY for row in rows(sql, known)],
        booked_days={},
        now=int(now.timestamp()),
        earliest=int((now + HOLD).timestamp()),
    )
    found = slots.open_slots(question, int(now.timestamp()), int(end.timestamp()))
    body = orjson.dumps(
        {"time_zone": zone_name, "slots": [_day(at // A_DAY) + _clock(at % A_DAY) for at in found]}
    )
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _windows(stored: Any) -> list[WallWindow]:
    pairs = json.loads(stored) if isinstance(stored, str) else stored
    return [WallWindow(*pair) for pair in pairs]


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return datetime.fromtimestamp(number * A_DAY, UTC).strftime("%Y-%m-%dT")


@lru_cache(maxsize=4096)
def _clock(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%H:%M:%SZ")


def main() -> None:
    """Serve as `duologue web` serves: the same Granian with the same settings."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    Granian(
        "bench.bare:application",
        address="127.0.0.1",
        port=parser.parse_args().port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
