"""How does Zoom answer? Its routes, its own codes, its limits, and the pages behind its addresses."""

import hmac
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from duologue_simulators.frames import Lobby
from duologue_simulators.hooks import Hooks
from duologue_simulators.oauth import CLIENT_ID, CLIENT_SECRET, Grant, OAuthVendor
from duologue_simulators.pages import page
from duologue_simulators.vendor import Answer, Call, Reply
from duologue_simulators.zoom.checks import wrong_fields
from duologue_simulators.zoom.meetings import Meeting, zulu
from duologue_simulators.zoom.sdk import ACCOUNT, ZAK, Sdk

SECRET = "simulated-zoom-secret-token"  # noqa: S105 (it guards nothing)
WRITE = ("meeting:write:meeting", "meeting:write")
UPDATE = ("meeting:update:meeting", "meeting:write")
DELETE = ("meeting:delete:meeting", "meeting:write")
READ = ("meeting:read:meeting", "meeting:read")
LIST = ("meeting:read:list_meetings", "meeting:read")
USER = ("user:read:user", "user:read")
ZAK_RIGHT = ("user:read:zak", "user:read")
FREE = {"Light": 4, "Medium": 2}
PRO = {"Light": 30, "Medium": 20}
_ME = r"/v2/users/(?P<user>[^/]+)"
_ONE = r"/v2/meetings/(?P<id_>[^/]+)"


def signature(body: bytes, secret: str, at: int) -> dict[str, str]:
    """The headers of a webhook."""
    signed = hmac.digest(secret.encode(), b"v0:%d:%b" % (at, body), "sha256").hex()
    return {"x-zm-request-timestamp": str(at), "x-zm-signature": f"v0={signed}"}


class Zoom(OAuthVendor):
    """One Zoom account with its users.

    `per_second` are the limits of the account's plan (FREE, PRO), empty for none. `daily_refusal` is the
    code with which the daily limit is told: 429, or 300 as older descriptions say. `passcodes` is the pattern
    that the account demands of a passcode. `lacks_as` is status and code of a missing scope.
    """

    name = "Zoom"
    rights = {
        WRITE[0]: "create a meeting for you",
        UPDATE[0]: "update your meetings",
        DELETE[0]: "delete your meetings",
        READ[0]: "view a meeting",
        LIST[0]: "list your meetings",
        USER[0]: "view your user",
    }
    asks_scopes = False
    takes = ("basic",)
    rotation = "kills"
    one_grant = True
    daily_limit = 100
    settings = {
        "DUOLOGUE_ZOOM_CLIENT_ID": CLIENT_ID,
        "DUOLOGUE_ZOOM_CLIENT_SECRET": CLIENT_SECRET,
        "DUOLOGUE_ZOOM_OAUTH_BASE": "{url}",
        "DUOLOGUE_ZOOM_API_BASE": "{url}/v2",
        "DUOLOGUE_ZOOM_WEBHOOK_SECRETS": SECRET,
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.meetings: dict[int, Meeting] = {}
        self.hooks = Hooks(signature, self.now, SECRET)
        self.sdk = Sdk(Lobby(url, self.now), self.now, lambda number: int(number) in self.meetings)
        self.per_second: Mapping[str, int] = {}
        self.daily_refusal = 429
        self.passcodes = ""
        self.lacks_as = (400, 4700)
        self._asked_this_second: Counter[tuple[str, int]] = Counter()
        self._written_today: Counter[tuple[str, str]] = Counter()

    def routes(self) -> Mapping[str, Answer]:
        return {
            **self.consent_routes(),
            **self.sdk.routes(),
            f"GET {_ME}": self._limited("Light", self._user, USER),
            f"GET {_ME}/token": self._limited("Light", self._zak, ZAK_RIGHT),
            f"POST {_ME}/meetings": self._limited("Medium", self._create, WRITE),
            f"GET {_ME}/meetings": self._limited("Medium", self._list, LIST),
            f"GET {_ONE}": self._limited("Light", self._get, READ),
            f"PATCH {_ONE}": self._limited("Light", self._patch, UPDATE),
            f"DELETE {_ONE}": self._limited("Light", self._delete, DELETE),
            r"GET /j/(?P<id_>\d+)": self._join_page,
            r"GET /s/(?P<id_>\d+)": self._start_page,
        }

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    # Refusals in Zoom's own form

    def refused_token(self, error: str, words: str, status: int = 400) -> Reply:
        reason = "Invalid Token!" if error == "invalid_grant" else words
        return Reply(status, {"reason": reason, "error": error})

    def unauthorized(self, call: Call) -> Reply:
        words = "Access token is expired." if call.bearer in self.tokens.access else "Invalid access token."
        return _no(401, 124, words)

    def lacks(self, grant: Grant, any_of: Sequence[str]) -> Reply:
        status, code = self.lacks_as
        return _no(status, code, f"Invalid access token, does not contain scopes:[{any_of[0]}].")

    def too_many(self, pause: int) -> Reply:
        return self._wait("Daily-limit", self.at + timedelta(seconds=pause))

    def broken(self) -> Reply:
        return _no(500, 500, "Internal Error. Please try again later.")

    def unknown(self) -> Reply:
        return _no(404, 404, "Invalid resource URL.")

    def _wait(self, kind: str, until: datetime) -> Reply:
        """Zoom names the end of its pause, not its length."""
        told = {"X-RateLimit-Type": kind, "X-RateLimit-Remaining": "0", "Retry-After": zulu(until)}
        return Reply(429, {"code": 429, "message": "You have exceeded the rate limit of this API."}, told)

    def _limited(self, weight: str, answer: Answer, any_of: Sequence[str]) -> Answer:
        guarded = self.guarded(answer, *any_of)

        def counted(call: Call, **groups: str) -> Reply:
            this_second = weight, int(self.now())
            self._asked_this_second[this_second] += 1
            if self._asked_this_second[this_second] > self.per_second.get(weight, 10**9):
                told = {"X-RateLimit-Category": weight, "X-RateLimit-Type": "QPS"}
                return Reply(429, {"code": 429, "message": "Too many requests a second."}, told)
            return guarded(call, **groups)

        return counted

    def _over_today(self, grant: Grant) -> Reply | None:
        """Creating and updating count together, for each host, until midnight of UTC."""
        today = grant.person.id, f"{self.at:%Y-%m-%d}"
        if self._written_today[today] >= self.daily_limit:
            most = f"A maximum of {self.daily_limit} meetings"
            words = f"{most} can be created/updated for a single user in one day."
            midnight = self.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            return _no(400, 300, words) if self.daily_refusal == 300 else self._wait("Daily-limit", midnight)
        self._written_today[today] += 1
        return None

    def _misfit(self, body: object) -> Reply | None:
        wrong = wrong_fields(body, passcodes=self.passcodes)
        errors = [{"field": name, "message": "Invalid field."} for name in wrong]
        return _no(400, 300, "Validation Failed.", errors=errors) if wrong else None

    # The API

    def _user(self, call: Call, grant: Grant, user: str) -> Reply:
        person = grant.person
        if user not in {"me", person.id, person.email}:
            return _no(404, 1001, f"User does not exist: {user}.")
        name = {"first_name": person.name, "last_name": "", "display_name": person.name}
        about = {"type": 2, "status": "active", "account_id": ACCOUNT}
        return Reply(200, {"id": person.id, "email": person.email, **about, **name})

    def _zak(self, call: Call, grant: Grant, user: str) -> Reply:
        return Reply(200, {"token": ZAK})

    def _create(self, call: Call, grant: Grant, user: str) -> Reply:
        if user not in {"me", grant.person.id, grant.person.email}:
            return _no(404, 1001, f"User does not exist: {user}.")
        body = call.json()
        refused = self._misfit(body) or self._over_today(grant)
        if refused:
            return refused
        meeting = Meeting(80_000_000_000 + secrets.randbelow(10**9), grant.person, {}, self.at)
        meeting.change({"password": f"{secrets.randbelow(10**6):06d}", **body})
        self.meetings[meeting.id] = meeting
        return Reply(201, meeting.whole(self.url, self.at))

    def _list(self, call: Call, grant: Grant, user: str) -> Reply:
        kind, size = call.query.get("type", "scheduled"), call.query.get("page_size", "30")
        if kind not in {"scheduled", "live", "upcoming"} or not size.isdecimal() or not 0 < int(size) <= 300:
            return _no(400, 300, "Validation Failed.")
        first, page_size = int(call.query.get("next_page_token") or 0), int(size)
        found = [one for one in self._known(grant) if self._is_of(one, kind)]
        shown, rest = found[first : first + page_size], len(found) > first + page_size
        token = str(first + page_size) if rest else ""
        listed = [one.short(self.url) for one in shown]
        about = {"page_size": page_size, "total_records": len(found), "next_page_token": token}
        return Reply(200, {**about, "meetings": listed})

    def _known(self, grant: Grant) -> list[Meeting]:
        mine = (one for one in self.meetings.values() if one.host == grant.person)
        return [one for one in mine if not one.is_forgotten(self.at)]

    def _is_of(self, meeting: Meeting, kind: str) -> bool:
        if kind == "upcoming":
            return meeting.ends > self.at
        return kind == "scheduled" or meeting.started

    def _get(self, call: Call, grant: Grant, id_: str) -> Reply:
        meeting = self._mine(grant, id_)
        return meeting if isinstance(meeting, Reply) else Reply(200, meeting.whole(self.url, self.at))

    def _patch(self, call: Call, grant: Grant, id_: str) -> Reply:
        meeting, body = self._mine(grant, id_), call.json()
        refused = meeting if isinstance(meeting, Reply) else self._misfit(body) or self._over_today(grant)
        if refused or isinstance(meeting, Reply):
            return refused or self.unknown()
        meeting.change(body)
        return Reply(204)

    def _delete(self, call: Call, grant: Grant, id_: str) -> Reply:
        meeting = self._mine(grant, id_)
        if isinstance(meeting, Reply):
            return meeting
        if meeting.ended:
            return _no(400, 3007, "Sorry, you cannot delete this meeting since it has ended.")
        if meeting.started:
            return _no(400, 3002, "Sorry, you cannot delete this meeting since it is in progress.")
        del self.meetings[meeting.id]
        return Reply(204)

    def _mine(self, grant: Grant, id_: str) -> Meeting | Reply:
        meeting = self.meetings.get(int(id_)) if id_.isdecimal() else None
        if meeting is None or meeting.is_forgotten(self.at):
            return _no(404, 3001, f"Meeting does not exist: {id_}.")
        return meeting if meeting.host == grant.person else _no(400, 3003, "You are not the meeting host.")

    # What people see

    def _join_page(self, call: Call, id_: str) -> Reply:
        meeting = self.meetings.get(int(id_))
        if meeting is None:
            return Reply(404, page(self.name, "This meeting does not exist", ""))
        if call.query.get("pwd") != meeting.encrypted:
            return Reply(200, page(self.name, "Enter the meeting passcode", ""))
        if not meeting.started and not meeting.given["settings"].get("join_before_host"):
            return Reply(200, page(self.name, "Waiting for the host to start this meeting", ""))
        self.hooks.tell(meeting.joined(None, self.at))
        return Reply(200, self._inside(meeting, "a guest, let in from the waiting room"))

    def _start_page(self, call: Call, id_: str) -> Reply:
        meeting = self.meetings.get(int(id_))
        if meeting is None:
            return Reply(404, page(self.name, "This meeting does not exist", ""))
        if not meeting.opens_for_host(call.query.get("zak", ""), self.at):
            return Reply(200, page(self.name, "Sign in to start this meeting", ""))
        meeting.started = True
        self.hooks.tell(meeting.joined(meeting.host, self.at))
        return Reply(200, self._inside(meeting, "its host"))

    def _inside(self, meeting: Meeting, role: str) -> str:
        topic = escape(meeting.given.get("topic", ""))
        return page(self.name, f"You are in Zoom meeting {meeting.id} as {role}", f"<p>{topic}</p>")


def _no(status: int, code: int, words: str, **more: object) -> Reply:
    return Reply(status, {"code": code, "message": words, **more})
