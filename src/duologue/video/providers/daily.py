"""Daily: private rooms under names of our own, and a token for each person (docs.daily.co)."""

from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from django.conf import settings as configured

from duologue.core import http
from duologue.core.errors import Permanent
from duologue.core.http import Answer
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Role, Setting, Visitor
from duologue.video.providers import installation_keys, values

# Their client, brought along: nobody but Daily hears of a call.
SCRIPT = "vendor/daily-0.92.2.js"
_DEVICES = 4
"""Two people, and for each a device that died and still counts."""


class DailyProvider:
    slug = "daily"
    name = "Daily"
    vendor = ""
    embeddable = True
    can_update = True
    per_person_tokens = True
    settings = (Setting("DAILY_API_KEY", "Daily’s dashboard, Developers, API keys"),)

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        """Repeats find the room by its name, and bring it to the request's times."""
        name = values.room_name(idempotency_key)
        answer = self._ask("POST", "/rooms", {"name": name, **_room(request)})
        if answer.status != 400:
            return _meeting(answer)
        # Daily says the same to a name that is taken as to anything else it does not like.
        there = self._ask("POST", f"/rooms/{name}", _room(request))
        return _meeting(answer if there.status == 404 else there)

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        answer = self._ask("POST", f"/rooms/{quote(room_id, safe='')}", _room(request))
        return _meeting(installation_keys.checked(answer, room=True))

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        answer = self._ask("DELETE", f"/rooms/{quote(room_id, safe='')}")
        if answer.status != 404:
            installation_keys.checked(answer)

    def clear_up(
        self, request: MeetingRequest, *, idempotency_key: str, kept: Collection[str], account: Account
    ) -> None:
        name = values.room_name(idempotency_key)
        if name not in kept:
            self.delete_meeting(name, account=account)

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return values.with_query(meeting.join_url, t=self._token(meeting, request, visitor))

    def frame(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> Frame:
        options = {
            "url": meeting.join_url,
            "token": self._token(meeting, request, visitor),
            "language": visitor.language,
        }
        script = configured.DUOLOGUE_DAILY_SCRIPT or SCRIPT
        return Frame("daily", options, (script,), values.origin(meeting.join_url))

    def _token(self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor) -> str:
        wish = {"properties": _person(meeting, request, visitor)}
        found = installation_keys.checked(self._ask("POST", "/meeting-tokens", wish)).json()
        return values.text(self.name, found, "token", longest=values.LONGEST_TOKEN)

    def probe(self, *, account: Account) -> str:
        """Daily calls an account by its domain."""
        return values.text(self.name, installation_keys.checked(self._ask("GET", "/")).json(), "domain_name")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        (key,) = installation_keys.needed(self.name, self.settings)
        headers = installation_keys.bearer(self.name, key)
        url = f"{configured.DUOLOGUE_DAILY_API_BASE}{path}"
        return http.request(self.name, method, url, headers=headers, body=body)


def _room(request: MeetingRequest) -> dict[str, Any]:
    """Rooms are public unless we say otherwise. Entry ends with the tokens, the call with the room."""
    return {
        "privacy": "private",
        "properties": {
            "nbf": values.entry(request)["nbf"],
            "exp": values.unix(request.ejects_at),
            "eject_at_room_exp": True,
            "max_participants": _DEVICES,
            "enable_knocking": False,
            "enable_prejoin_ui": True,
            "lang": "user",
        },
    }


def _person(meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor) -> dict[str, Any]:
    """Without the room's name a token opens every room; with an eject flag the room's own no longer holds."""
    return {
        "room_name": meeting.room_id,
        "is_owner": visitor.role is Role.HOST,
        "user_name": visitor.name,
        "user_id": visitor.person,
        **values.entry(request),
    }


def _meeting(answer: Answer) -> CreatedMeeting:
    found = installation_keys.checked(answer).json()
    name, url = values.text("Daily", found, "name"), values.address("Daily", found, "url")
    if values.text("Daily", found, "privacy") != "private":
        raise Permanent("Daily made a room that is not private.")
    return CreatedMeeting(room_id=name, join_url=url)
