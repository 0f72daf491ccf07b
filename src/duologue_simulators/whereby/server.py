"""How does Whereby answer? Its routes, its points a minute, and the rooms behind its addresses."""

import argparse
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from duologue_simulators.frames import Lobby, at_the_door, door
from duologue_simulators.hooks import Hooks
from duologue_simulators.pages import form, page
from duologue_simulators.serving import serve
from duologue_simulators.vendor import Answer, Call, Reply, Vendor
from duologue_simulators.whereby.meetings import EXTRAS, Client, Meeting, wrong_wish

KEY = "simulated-whereby-key"
SECRET = "simulated-whereby-secret"  # noqa: S105 (it guards nothing)
SUBDOMAIN = "simulated"
POINTS = {"GET": 1, "DELETE": 2, "POST": 3}
_ONE = r"/v1/meetings/(?P<id_>[^/]+)"


def signature(body: bytes, secret: str, at: int) -> dict[str, str]:
    """The header of a webhook."""
    signed = hmac.digest(secret.encode(), b"%d.%b" % (at, body), "sha256").hex()
    return {"Whereby-Signature": f"t={at},v1={signed}"}


class Whereby(Vendor):
    """One organization. `points` is what it may spend a minute: 100 or 1000 by plan, 0 for any number."""

    name = "Whereby"
    settings = {
        "DUOLOGUE_WHEREBY_API_KEY": KEY,
        "DUOLOGUE_WHEREBY_API_BASE": "{url}/v1",
        "DUOLOGUE_WHEREBY_WEBHOOK_SECRETS": SECRET,
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.meetings: dict[str, Meeting] = {}
        self.hooks = Hooks(signature, self.now, SECRET)
        self.points = 0
        self.lobby = Lobby(url, self.now)

    def routes(self) -> Mapping[str, Answer]:
        return {
            **self.lobby.routes(),
            "POST /v1/meetings": self._guarded(self._create),
            "GET /v1/meetings": self._guarded(self._list),
            f"GET {_ONE}": self._guarded(self._get),
            f"DELETE {_ONE}": self._guarded(self._delete),
            r"GET /_frame/door/(?P<room>[^/]+)": self._door,
            r"GET /(?P<room>[^/]+)": self._page,
            r"POST /(?P<room>[^/]+)": self._let_in,
        }

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    # Refusals in Whereby's own form: only that of too many requests says anything

    def too_many(self, pause: int) -> Reply:
        body = {
            "error": "Rate limit active for throttle key: organization:1",
            "data": {"msLeft": pause * 1000},
        }
        limits = {"X-RateLimit-Limit": str(self.points), "X-RateLimit-Remaining": "0"}
        return Reply(429, body, {"Retry-After": str(pause), **limits})

    def broken(self) -> Reply:
        return Reply(500)

    def unknown(self) -> Reply:
        return Reply(404)

    def _guarded(self, answer: Answer) -> Answer:
        def checked(call: Call, **groups: str) -> Reply:
            if call.bearer != KEY:
                return Reply(401)
            if self.points and self._spent() > self.points:
                return self.too_many(60)
            return answer(call, **groups)

        return checked

    def _spent(self) -> int:
        since = self.now() - 60
        asked = [call for call in self.calls if call.path.startswith("/v1/") and call.seconds > since]
        return sum(POINTS.get(call.method, 0) for call in asked)

    def living(self) -> list[Meeting]:
        return [one for one in self.meetings.values() if not one.is_gone(self.at)]

    # The API

    def _create(self, call: Call) -> Reply:
        try:
            body = call.json()
        except ValueError:
            body = None
        wrong = wrong_wish(body, self.at)
        if wrong:
            return Reply(400, {"error": wrong})
        meeting = Meeting(self.url, body, self.at)
        self.meetings[meeting.id] = meeting
        return Reply(201, meeting.shown(set(body.get("fields", []))))

    def _list(self, call: Call) -> Reply:
        extras, limit = _extras(call), call.query.get("limit", "50")
        if not extras <= EXTRAS or not limit.isdecimal() or not 1 <= int(limit) <= 100:
            return Reply(400, {"error": "fields or limit cannot be that"})
        start = int(call.query.get("cursor", "0"), 16)
        found, end = self.living(), start + int(limit)
        shown = [one.shown(extras) for one in found[start:end]]
        return Reply(200, {"results": shown, "cursor": f"{end:x}" if len(found) > end else None})

    def _get(self, call: Call, id_: str) -> Reply:
        meeting, extras = self.meetings.get(id_), _extras(call)
        if not extras <= EXTRAS:
            return Reply(400, {"error": "fields has unknown names"})
        if meeting is None or meeting.is_gone(self.at):
            return Reply(404)
        return Reply(200, meeting.shown(extras))

    def _delete(self, call: Call, id_: str) -> Reply:
        """The same answer however often."""
        self.meetings.pop(id_, None)
        return Reply(204)

    # The rooms

    def _page(self, call: Call, room: str) -> Reply:
        meeting = self._open(room)
        if meeting is None:
            return Reply(404, page(self.name, "This room is not available", ""))
        name, external_id = call.query.get("displayName", "Guest"), call.query.get("externalId", "")
        if secrets.compare_digest(call.query.get("roomKey", "").encode(), meeting.key.encode()):
            self._enter(meeting, Client(name, external_id, "host"))
            return Reply(200, self._hosts_page(meeting))
        if meeting.is_locked and external_id not in meeting.admitted:
            if external_id not in meeting.knocking:
                meeting.knocking[external_id] = name
                self._tell("room.client.knocked", meeting, Client(name, external_id, "visitor"))
            return Reply(200, page(self.name, "You are knocking: the host has to let you in", at_the_door()))
        role = "granted_visitor" if meeting.is_locked else "visitor"
        self._enter(meeting, Client(name, external_id, role))
        return Reply(
            200,
            page(self.name, f"You are in Whereby room {meeting.room} as a guest", self.lobby.inside(room)),
        )

    def _let_in(self, call: Call, room: str) -> Reply:
        meeting, given = self._open(room), call.form()
        if meeting is None or given.get("roomKey") != meeting.key:
            return Reply(403, page(self.name, "Only the host lets people in", ""))
        meeting.knocking.pop(given.get("who", ""), None)
        meeting.admitted.add(given.get("who", ""))
        return Reply(200, self._hosts_page(meeting))

    def _door(self, call: Call, room: str) -> Reply:
        meeting = self._open(room)
        if meeting is None or call.query.get("roomKey") != meeting.key:
            return Reply(403, page(self.name, "Only the host lets people in", ""))
        return Reply(200, _knocking(meeting))

    def _hosts_page(self, meeting: Meeting) -> str:
        at_the_door = door(f"/_frame/door/{meeting.room}?roomKey={meeting.key}", _knocking(meeting))
        title = f"You are in Whereby room {meeting.room} as its host"
        return page(self.name, title, at_the_door + self.lobby.inside(meeting.room))

    def _open(self, room: str) -> Meeting | None:
        return next((one for one in self.living() if one.room == room), None)

    def _enter(self, meeting: Meeting, client: Client) -> None:
        if client not in meeting.clients:
            meeting.clients.append(client)
            self._tell("room.client.joined", meeting, client)

    def _tell(self, what: str, meeting: Meeting, client: Client) -> None:
        data: dict[str, Any] = {
            "roleName": client.role,
            "displayName": client.name,
            "meetingId": meeting.id,
            "roomName": f"/{meeting.room}",
            "subdomain": SUBDOMAIN,
            "participantId": secrets.token_hex(8),
            "numClients": len(meeting.clients),
            "externalId": client.external_id,
        }
        created = f"{self.at.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
        about = {"id": secrets.token_hex(32), "apiVersion": "1.0", "createdAt": created}
        self.hooks.tell({**about, "type": what, "data": data})


def _knocking(meeting: Meeting) -> str:
    return "".join(
        form(
            f"/{meeting.room}",
            f"<button>Let {escape(name)} in</button>",
            {"roomKey": meeting.key, "who": external_id},
        )
        for external_id, name in meeting.knocking.items()
    )


def _extras(call: Call) -> set[str]:
    return {name for name in call.query.get("fields", "").split(",") if name}


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Whereby, arguments, _ready)


def _ready(vendor: Vendor, duologue: str) -> None:
    if isinstance(vendor, Whereby):
        vendor.hooks.address = f"{duologue}/webhooks/whereby"
