"""Twilio Video: rooms without a page; our own call page speaks for them (twilio.com/docs/video)."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings as configured

from duologue.core import clock, http
from duologue.core.errors import NotConfigured
from duologue.core.http import Answer
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Setting, Visitor
from duologue.video.providers import installation_keys, signed_tokens, values

# Their client, brought along: nobody else hears of a call.
SCRIPT = "vendor/twilio-video-2.36.0.min.js"
ROOM_EXISTS = 53113
_DEVICES = 4
"""Two people, and for each a device that died and still counts."""
_WAITS_MINUTES = 60
_SHORTEST, _LONGEST = timedelta(minutes=10), timedelta(days=1)
"""Of a stay in a room; a token lives no longer either."""


class TwilioProvider:
    """Unused rooms close by themselves, so one is made when somebody enters, under a name that is repeatable.

    The address is our own page's, for both; its client asks `ticket` for what it shows Twilio.
    """

    slug = "twilio"
    name = "Twilio Video"
    vendor = ""
    embeddable = True
    can_update = True
    per_person_tokens = False
    needs_client = True
    settings = (
        Setting("TWILIO_ACCOUNT_SID", "Twilio’s console: Account SID, begins with AC"),
        Setting("TWILIO_API_KEY", "Twilio’s console, API keys: SID, begins with SK"),
        Setting("TWILIO_API_SECRET", "Twilio’s console: the secret shown when the key was made"),
    )

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        return self._room(values.room_name(idempotency_key), request)

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        """Nothing stands there before the start."""
        return self._room(room_id, request)

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """Ends a call that is going on; else there is nothing to delete."""
        answer = self._ask("POST", f"/Rooms/{quote(room_id, safe='')}", form={"Status": "completed"})
        if answer.status != 404:
            installation_keys.checked(answer)

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        answer = self._ask("POST", "/Rooms", form=_wish(meeting.room_id, request))
        if answer.told().get("code") != ROOM_EXISTS:
            values.text(self.name, installation_keys.checked(answer).json(), "sid")
        return meeting.join_url

    def frame(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> Frame:
        """Their client draws nothing: our own small page does (`js/embed/twilio.js`)."""
        self.entrance(meeting, request, visitor, account=account)
        options = {"token": self.ticket(meeting, request, visitor), "room": meeting.room_id}
        script = configured.DUOLOGUE_TWILIO_SCRIPT or SCRIPT
        api = values.origin(configured.DUOLOGUE_TWILIO_API_BASE)
        sources = {"connect-src": (api, "https://*.twilio.com", "wss://*.twilio.com")}
        return Frame("twilio", options, (script,), sources=sources)

    def ticket(self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor) -> str:
        """The token with which a person's browser enters the room; it opens no other."""
        account_sid, key, secret = self._keys()
        made_at = int(clock.machine().timestamp())
        times = values.entry(request)
        claims = {
            "jti": f"{key}-{made_at}",
            "iss": key,
            "sub": account_sid,
            "nbf": times["nbf"],
            "exp": min(times["exp"], made_at + int(_LONGEST.total_seconds())),
            "grants": {"identity": visitor.person, "video": {"room": meeting.room_id}},
        }
        header = {"cty": "twilio-fpa;v=1"}
        return signed_tokens.by_secret(claims, secret, vendor=self.name, header=header)

    def probe(self, *, account: Account) -> str:
        installation_keys.checked(self._ask("GET", "/Rooms", params={"PageSize": "1"})).json()
        return ""

    def _room(self, name: str, request: MeetingRequest) -> CreatedMeeting:
        self._keys()
        return CreatedMeeting(room_id=name, join_url=f"/video-call/{request.booking_id}")

    def _keys(self) -> list[str]:
        return installation_keys.needed(self.name, self.settings)

    def _ask(self, method: str, path: str, **how: Any) -> Answer:
        _, key, secret = self._keys()
        if not (key + secret).isascii():
            raise NotConfigured(f"The keys of {self.name} in the settings are none.")
        url = f"{configured.DUOLOGUE_TWILIO_API_BASE}{path}"
        return http.request(self.name, method, url, auth=(key, secret), **how)


def _wish(name: str, request: MeetingRequest) -> dict[str, str]:
    stay = min(max(request.ejects_at - clock.now(), _SHORTEST), _LONGEST)
    return {
        "UniqueName": name,
        "Type": "group",
        "MaxParticipants": str(_DEVICES),
        "MaxParticipantDuration": str(int(stay.total_seconds())),
        "EmptyRoomTimeout": str(_WAITS_MINUTES),
        "UnusedRoomTimeout": str(_WAITS_MINUTES),
    }
