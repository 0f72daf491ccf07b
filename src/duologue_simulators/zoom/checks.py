"""What does Zoom take for a meeting? Fields, types and limits; anything else is a validation error."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Rule = Callable[[Any], bool]


def _text(longest: int) -> Rule:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _one_of(*allowed: Any) -> Rule:
    return lambda value: not isinstance(value, bool) and value in allowed


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _minutes(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _time(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?", value))


def _zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError):
        return False


def _passcode(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9@_*-]{1,10}", value))


_FLAGS = (
    "alternative_hosts_email_notification allow_multiple_devices close_registration cn_meeting "
    "device_testing email_notification focus_mode host_video in_meeting internal_meeting join_before_host "
    "meeting_authentication mute_upon_entry participant_video private_meeting push_change_to_calendar "
    "registrants_confirmation_email registrants_email_notification show_share_button use_pmi waiting_room "
    "watermark"
)
SETTINGS: Mapping[str, Rule] = {
    **dict.fromkeys(_FLAGS.split(), _flag),
    "alternative_hosts": _text(1000),
    "approval_type": _one_of(0, 1, 2),
    "audio": _one_of("both", "telephony", "voip", "thirdParty"),
    "auto_recording": _one_of("local", "cloud", "none"),
    "contact_email": _text(254),
    "contact_name": _text(100),
    "encryption_type": _one_of("enhanced_encryption", "e2ee"),
    "jbh_time": _one_of(0, 5, 10, 15),
}
FIELDS: Mapping[str, Rule] = {
    "agenda": _text(2000),
    "default_password": _flag,
    "duration": _minutes,
    "password": _passcode,
    "pre_schedule": _flag,
    "settings": lambda value: isinstance(value, dict),
    "start_time": _time,
    "timezone": _zone,
    "topic": _text(200),
    "type": _one_of(1, 2, 3, 8, 10),
}


def wrong_fields(body: Any, *, passcodes: str = "") -> list[str]:
    """The fields that Zoom refuses; `passcodes` is the pattern that an account demands of its own."""
    if not isinstance(body, dict):
        return ["body"]
    wrong = [name for name, value in body.items() if name not in FIELDS or not FIELDS[name](value)]
    inner = body.get("settings") if "settings" not in wrong else None
    wrong += [
        f"settings.{name}"
        for name, value in (inner or {}).items()
        if name not in SETTINGS or not SETTINGS[name](value)
    ]
    if passcodes and "password" in body and "password" not in wrong:
        wrong += [] if re.fullmatch(passcodes, body["password"]) else ["password"]
    return wrong


def instant(body: Mapping[str, Any]) -> datetime:
    """When a meeting starts: a time with Z is GMT, one without is of the zone named beside it."""
    at = datetime.fromisoformat(body["start_time"])
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=ZoneInfo(body["timezone"])).astimezone(UTC)
