"""What time is it? The only place that asks the machine."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset_file: Path | None = None


def configure(offset_file: Path | None) -> None:
    """Let a file move the product's clock (development only): it holds whole seconds to add.

    A file, because web and worker are several processes and all must agree.
    """
    global _offset_file
    _offset_file = offset_file


def now() -> datetime:
    """The present instant in UTC. Read it once per operation and pass it on."""
    return machine() + offset()


def machine() -> datetime:
    """The machine's own instant, for leases and signs of life, which a moved clock must not end."""
    return datetime.now(UTC)


def offset() -> timedelta:
    """How far the product's clock stands from the machine's; zero outside development."""
    if _offset_file is None:
        return timedelta()
    try:
        return timedelta(seconds=int(_offset_file.read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()


def set_offset(value: timedelta) -> None:
    """Move the product's clock; raises RuntimeError where that is not allowed."""
    if _offset_file is None:
        msg = "The clock can only be moved in development."
        raise RuntimeError(msg)
    _offset_file.parent.mkdir(parents=True, exist_ok=True)
    fresh = _offset_file.with_suffix(".new")
    fresh.write_text(str(int(value.total_seconds())))
    os.replace(fresh, _offset_file)


def aware(value: datetime) -> datetime:
    """The same instant in UTC; raises ValueError for a naive datetime."""
    if value.tzinfo is None or value.utcoffset() is None:
        msg = "A time without a zone says nothing: give an offset, for example 2026-10-22T09:30:00+02:00."
        raise ValueError(msg)
    return value.astimezone(UTC)
