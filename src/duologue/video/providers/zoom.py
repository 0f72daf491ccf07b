"""Zoom: meetings in the host's own account, with a passcode and a waiting room."""

from collections.abc import Collection
from datetime import UTC, timedelta
from math import ceil
from typing import Any

from django.conf import settings as configured

from duologue.core import crypto
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Role, Setting, Visitor
from duologue.video.providers import values, zoom_api, zoom_frame


class ZoomProvider:
    slug = "zoom"
    name = "Zoom"
    vendor = "zoom"
    can_update = True
    per_person_tokens = False
    looks_first = True
    settings = (
        Setting("ZOOM_CLIENT_ID", "Zoom App Marketplace, your app, Basic information"),
        Setting("ZOOM_CLIENT_SECRET", "beside the client id"),
    )

    def __init__(self) -> None:
        self.embeddable = zoom_frame.is_set_up()

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        """Zoom knows no idempotency: a meeting whose answer was lost is found again by its mark."""
        mark = _mark(idempotency_key)
        known = None if request.is_first_try else zoom_api.find(mark, account)
        if known is not None:
            return self.update_meeting(known, request, account=account)
        passcode = crypto.token(configured.SECRET_KEY, "zoom passcode", idempotency_key)[:10]
        asked = _meeting(request, mark)
        answer = zoom_api.send(*_CREATE, account, body={**asked, "password": passcode})
        if "password" in zoom_api.refused_fields(answer):
            # The account has rules of its own for passcodes, which Zoom keeps when it makes one.
            answer = zoom_api.send(*_CREATE, account, body={**asked, "default_password": True})
        return zoom_api.made(zoom_api.good(answer).json())

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        found, times = zoom_api.ask("GET", f"/meetings/{room_id}", account), _times(request)
        if any(found.get(name) != value for name, value in times.items()):
            zoom_api.good(zoom_api.send("PATCH", f"/meetings/{room_id}", account, body=times))
        return zoom_api.made(found)

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        quietly = {"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"}
        answer = zoom_api.send("DELETE", f"/meetings/{room_id}", account, params=quietly)
        if zoom_api.code(answer) not in zoom_api.GONE:
            zoom_api.good(answer)

    def clear_up(
        self, request: MeetingRequest, *, idempotency_key: str, kept: Collection[str], account: Account
    ) -> None:
        known = zoom_api.find(_mark(idempotency_key), account)
        if known is not None and known not in kept:
            self.delete_meeting(known, account=account)

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        """The host's makes whoever has it the host, for two hours: fetched each time, and kept nowhere."""
        zoom_api.check_set_up()
        if visitor.role is not Role.HOST:
            return meeting.join_url
        found = zoom_api.ask("GET", f"/meetings/{meeting.room_id}", account)
        return values.address(self.name, found, "start_url")

    def frame(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> Frame | None:
        return zoom_frame.shown(meeting, request, visitor, account=account)

    def probe(self, *, account: Account) -> str:
        email = zoom_api.ask("GET", "/users/me", account).get("email")
        return email if isinstance(email, str) and email.isprintable() else ""


_CREATE = ("POST", "/users/me/meetings")
_SETTINGS = {
    "waiting_room": True,
    "join_before_host": False,
    "approval_type": 2,
    "meeting_authentication": False,
    "email_notification": False,
    "registrants_email_notification": False,
    "auto_recording": "none",
    "private_meeting": True,
    "use_pmi": False,
}


def _mark(idempotency_key: str) -> str:
    return crypto.token(configured.SECRET_KEY, "zoom meeting", idempotency_key)


def _meeting(request: MeetingRequest, mark: str) -> dict[str, Any]:
    """Nobody comes in before the host lets them; what it is about stands nowhere."""
    agenda = f"{request.title} {mark}"
    return {"type": 2, "topic": request.title, "agenda": agenda, "settings": _SETTINGS, **_times(request)}


def _times(request: MeetingRequest) -> dict[str, Any]:
    minutes = ceil((request.ends_at - request.starts_at) / timedelta(minutes=1))
    starts = values.vendor_time(request.starts_at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"start_time": starts, "duration": minutes, "timezone": "UTC"}
