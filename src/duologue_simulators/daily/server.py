"""How does Daily answer? Its routes, its own errors, and the pages behind its addresses."""

import argparse
import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from html import escape
from typing import Any

from duologue_simulators.daily import checks
from duologue_simulators.daily.rooms import Person, Room
from duologue_simulators.frames import Lobby, refused
from duologue_simulators.hooks import Hooks, Message
from duologue_simulators.pages import page
from duologue_simulators.serving import serve
from duologue_simulators.vendor import Answer, Call, Reply, Vendor

KEY = "simulated-daily-key"
HMAC = base64.b64encode(b"simulated daily secret").decode()
DOMAIN = "simulated"
_ROOM = r"/v1/rooms/(?P<name>[^/]+)"
_WEBHOOK = {"url": str, "eventTypes": list, "hmac": str, "retryType": str, "basicAuth": str}


def signature(body: bytes, secret: str, at: int) -> dict[str, str]:
    """The headers of a webhook. Secrets are base64; any other text is its own key."""
    try:
        key = base64.b64decode(secret, validate=True)
    except ValueError:
        key = secret.encode()
    signed = hmac.digest(key, b"%d.%b" % (at, body), "sha256")
    return {"X-Webhook-Timestamp": str(at), "X-Webhook-Signature": base64.b64encode(signed).decode()}


class Daily(Vendor):
    """One domain. `limit` is how many requests it takes in five seconds, 0 for any number."""

    name = "Daily"
    settings = {
        "DUOLOGUE_DAILY_API_KEY": KEY,
        "DUOLOGUE_DAILY_API_BASE": "{url}/v1",
        "DUOLOGUE_DAILY_SCRIPT": "{url}/daily.js",
        "DUOLOGUE_DAILY_WEBHOOK_SECRETS": HMAC,
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.rooms: dict[str, Room] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.hooks = Hooks(signature, self.now, HMAC)
        self.limit = 0
        self.lobby = Lobby(url, self.now)

    def routes(self) -> Mapping[str, Answer]:
        return {
            **self.lobby.routes(),
            "GET /daily.js": lambda call: self.lobby.script("daily"),
            "GET /v1/": self._guarded(self._domain),
            "POST /v1/rooms": self._guarded(self._create),
            "GET /v1/rooms": self._guarded(self._list),
            f"GET {_ROOM}": self._guarded(self._get),
            f"POST {_ROOM}": self._guarded(self._change),
            f"DELETE {_ROOM}": self._guarded(self._delete),
            f"GET {_ROOM}/presence": self._guarded(self._presence),
            f"POST {_ROOM}/eject": self._guarded(self._eject),
            "POST /v1/meeting-tokens": self._guarded(self._token),
            "POST /v1/webhooks": self._guarded(self._webhook),
            r"GET /(?P<name>[^/]+)": self._page,
        }

    # Refusals in Daily's own form

    def too_many(self, pause: int) -> Reply:
        """It names no pause."""
        return _no(429, "rate-limit-error", "You have exceeded the rate limit.")

    def broken(self) -> Reply:
        return _no(500, "server-error", "Something went wrong.")

    def unknown(self) -> Reply:
        return _no(404, "not-found", "There is no such endpoint.")

    def _guarded(self, answer: Answer) -> Answer:
        def checked(call: Call, **groups: str) -> Reply:
            if "Authorization" not in call.headers:
                return _no(400, "authorization-header-error", "There is no authorization header.")
            if call.bearer != KEY:
                return _no(401, "authentication-error", "The API key is wrong.")
            if self.limit and len(self._lately()) > self.limit:
                return self.too_many(0)
            try:
                call.json()
            except ValueError:
                return _no(400, "json-parsing-error", "The body is no JSON.")
            return answer(call, **groups)

        return checked

    def _lately(self) -> list[Call]:
        return [call for call in self.calls if call.seconds > self.now() - 5]

    # The API

    def _domain(self, call: Call) -> Reply:
        return Reply(200, {"domain_name": DOMAIN, "config": {}})

    def _create(self, call: Call) -> Reply:
        body = call.json() or {}
        wrong = checks.wrong_room(body, is_new=True)
        name = "" if wrong else body.get("name") or secrets.token_urlsafe(15)
        if wrong or name in self.rooms:
            return _no(400, "invalid-request-error", wrong or f"a room named {name} already exists")
        room = self.rooms[name] = Room(name, self.now())
        room.change(body)
        return Reply(200, room.shown(self.url))

    def _list(self, call: Call) -> Reply:
        rooms = [room.shown(self.url) for room in self.rooms.values()]
        return Reply(200, {"total_count": len(rooms), "data": rooms[: int(call.query.get("limit", 100))]})

    def _get(self, call: Call, name: str) -> Reply:
        room = self.rooms.get(name)
        return Reply(200, room.shown(self.url)) if room else _gone(name)

    def _change(self, call: Call, name: str) -> Reply:
        room, body = self.rooms.get(name), call.json() or {}
        wrong = checks.wrong_room(body, is_new=False)
        if room is None or wrong:
            return _no(400, "invalid-request-error", wrong) if room else _gone(name)
        room.change(body)
        return Reply(200, room.shown(self.url))

    def _delete(self, call: Call, name: str) -> Reply:
        return Reply(200, {"deleted": True, "name": name}) if self.rooms.pop(name, None) else _gone(name)

    def _presence(self, call: Call, name: str) -> Reply:
        if name not in self.rooms:
            return _gone(name)
        there = [_present(one) for one in self.rooms[name].inside(self.now())]
        return Reply(200, {"total_count": len(there), "data": there})

    def _eject(self, call: Call, name: str) -> Reply:
        if name not in self.rooms:
            return _gone(name)
        room, given = self.rooms[name], call.json() or {}
        wanted = {*given.get("ids", []), *given.get("user_ids", [])}
        out = [one for one in room.inside(self.now()) if {one.session, one.user_id} & wanted]
        room.people = [one for one in room.people if one not in out]
        return Reply(200, {"ejectedIds": [one.session for one in out]})

    def _token(self, call: Call) -> Reply:
        """Whether there is such a room is not looked at."""
        body = call.json() or {}
        wrong = checks.wrong_token(body)
        if wrong:
            return _no(400, "invalid-request-error", wrong)
        token = ".".join(secrets.token_urlsafe(length) for length in (27, 90, 32))
        self.tokens[token] = body.get("properties", {})
        return Reply(200, {"token": token})

    def _webhook(self, call: Call) -> Reply:
        """It is tried at once with a body that is no event."""
        body = call.json() or {}
        wrong = checks.wrong_fields(body, _WEBHOOK)
        if wrong or "url" not in body:
            return _no(400, "invalid-request-error", wrong or "url is missing")
        self.hooks.secret, self.hooks.address = body.get("hmac", HMAC), body["url"]
        test = json.dumps({"test": "test"}).encode()
        self.hooks.send(Message(test, signature(test, self.hooks.secret, int(self.now()))))
        if self.hooks.answered[-1] != 200:
            self.hooks.address = ""
            return _no(400, "invalid-request-error", "the url did not answer 200")
        shown = {"uuid": secrets.token_hex(16), "url": body["url"], "hmac": self.hooks.secret}
        return Reply(200, {**shown, "state": "ACTIVE", "failedCount": 0})

    # What people see

    def _page(self, call: Call, name: str) -> Reply:
        room, shown = self.rooms.get(name), call.query.get("t")
        if room is None:
            words = "The meeting you're trying to join does not exist"
            return Reply(404, page(self.name, words, refused("no-room", words)))
        token = self.tokens.get(shown) if shown else None
        is_forged = shown is not None and token is None
        words = "You are not allowed to join this meeting" if is_forged else room.refusal(token, self.now())
        if words:
            return Reply(403, page(self.name, words, refused("not-allowed", words)))
        person = room.enter(token, self.now())
        self.hooks.tell(_told(room, person))
        role = "its owner" if person.is_owner else "a participant"
        title = f"You are in Daily room {name} as {role}"
        return Reply(
            200,
            page(
                self.name, title, f"<p>Others see you as {escape(person.name)}.</p>{self.lobby.inside(name)}"
            ),
        )


def _no(status: int, error: str, info: str) -> Reply:
    return Reply(status, {"error": error, "info": info})


def _gone(name: str) -> Reply:
    return _no(404, "not-found", f"room {name} not found")


def _present(one: Person) -> dict[str, Any]:
    return {"id": one.session, "userId": one.user_id, "userName": one.name, "joinTime": one.joined_at}


def _told(room: Room, one: Person) -> dict[str, Any]:
    """The event that somebody came."""
    ends = {} if one.leaves_at is None else {"will_eject_at": one.leaves_at}
    payload = {
        "room": room.name,
        "user_id": one.user_id,
        "user_name": one.name,
        "session_id": one.session,
        "joined_at": one.joined_at,
        "owner": one.is_owner,
        **ends,
    }
    about = {"version": "1.1.0", "type": "participant.joined", "id": f"ptcpt-join-{one.session}"}
    return {**about, "payload": payload, "event_ts": one.joined_at}


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Daily, arguments, _ready)


def _ready(vendor: Vendor, duologue: str) -> None:
    if isinstance(vendor, Daily):
        vendor.hooks.address = f"{duologue}/webhooks/daily"
