"""What did the operator set? Typed reading of DUOLOGUE_ variables, secrets also from files."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

PREFIX = "DUOLOGUE_"


class BadSetting(SystemExit):
    """Ends the start with one plain sentence instead of a traceback."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{PREFIX}{name} {problem}")


def text(name: str, default: str = "") -> str:
    """The value of DUOLOGUE_<name>, or the content of the file that DUOLOGUE_<name>_FILE names."""
    file_name = os.environ.get(f"{PREFIX}{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text().strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE", f"cannot be read: {error.strerror} ({file_name}).") from None
    return os.environ.get(f"{PREFIX}{name}", default).strip()


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    if not value.isdigit() or int(value) < least:
        raise BadSetting(name, f"must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty entries."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise BadSetting(name, f"must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def zone(name: str, default: str = "UTC") -> ZoneInfo:
    value = text(name, default)
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise BadSetting(name, f"must be a time zone such as Europe/Berlin, not {value!r}.") from None
