"""How does Microsoft answer? Its consent for work accounts, the meetings of Graph, and their join pages."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import unquote

from duologue_simulators.microsoft.meetings import CHANGES, NEW, Meeting, wrong
from duologue_simulators.oauth import CLIENT_ID, CLIENT_SECRET, Grant, OAuthVendor, Person
from duologue_simulators.pages import page
from duologue_simulators.vendor import Answer, Call, Reply

RIGHT = "OnlineMeetings.ReadWrite"
PERSONAL = Person("b7c0ffee12345678", "lu@home.example", "Lu")
"""A personal account. It cannot sign in at `organizations`, but its tokens exist."""
_MEETINGS = "/v1.0/me/onlineMeetings"
_ONE = _MEETINGS + "/(?P<id_>[^/]+)"


class Microsoft(OAuthVendor):
    """Microsoft, with accounts of work or school. `unlicensed`: the organisation has no Teams for them."""

    name = "Microsoft"
    authorize_path = "/organizations/oauth2/v2.0/authorize"
    token_path = "/organizations/oauth2/v2.0/token"  # noqa: S105 (an address)
    rotation = "adds"
    refresh_lives = 90 * 86_400.0
    rights = {
        "openid": "sign you in",
        "profile": "view your basic profile",
        "email": "view your e-mail address",
        "offline_access": "keep what you gave it access to",
        "User.Read": "read your profile",
        RIGHT: "read and create your online meetings",
    }
    settings = {
        "DUOLOGUE_MICROSOFT_CLIENT_ID": CLIENT_ID,
        "DUOLOGUE_MICROSOFT_CLIENT_SECRET": CLIENT_SECRET,
        "DUOLOGUE_MICROSOFT_OAUTH_BASE": "{url}",
        "DUOLOGUE_MICROSOFT_API_BASE": "{url}",
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.meetings: list[Meeting] = []
        self.unlicensed = False

    def routes(self) -> Mapping[str, Answer]:
        consent = self.consent_routes()
        # There is no way to give a consent back.
        del consent[f"POST {self.revoke_path}"]
        return {
            **consent,
            "GET /v1.0/me": self.guarded(self._me, "User.Read"),
            f"POST {_MEETINGS}/createOrGet": self.guarded(self._for_work(self._create_or_get), RIGHT),
            f"GET {_ONE}": self.guarded(self._for_work(self._read), RIGHT),
            f"PATCH {_ONE}": self.guarded(self._for_work(self._change), RIGHT),
            f"DELETE {_ONE}": self.guarded(self._for_work(self._delete), RIGHT),
            "GET /l/meetup-join/(?P<thread>[^/]+)/0": self._enter,
        }

    def of(self, person: Person) -> list[Meeting]:
        return [one for one in self.meetings if one.owner == person]

    # Microsoft's own forms

    def gives_refresh(self, asked: Mapping[str, str], *, is_first: bool) -> bool:
        return "offline_access" in asked.get("scope", "").split()

    def refused_token(self, error: str, words: str, status: int = 400) -> Reply:
        told = {"error": error, "error_description": f"AADSTS70000: {words}", "error_codes": [70000]}
        return Reply(status, told)

    def too_many(self, pause: int) -> Reply:
        refused = _error(429, "TooManyRequests", "Too many requests")
        return Reply(429, refused.body, {"Retry-After": str(pause)})

    def broken(self) -> Reply:
        return _error(500, "InternalServerError", "Something went wrong.")

    def unknown(self) -> Reply:
        return _error(404, "ResourceNotFound", "Resource not found.")

    def unauthorized(self, call: Call) -> Reply:
        return _error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")

    def lacks(self, grant: Grant, any_of: Sequence[str]) -> Reply:
        words = f"Missing scope permissions on the request. API requires one of '{', '.join(any_of)}'."
        return _error(403, "Forbidden", words)

    # Graph

    def _for_work(self, serve: Callable[..., Reply]) -> Answer:
        """Online meetings are for accounts of work or school, with a licence."""

        def served(call: Call, grant: Grant, **groups: str) -> Reply:
            if grant.person == PERSONAL:
                return _error(401, "AuthenticationError", "Error authenticating with resource")
            if self.unlicensed:
                return _error(403, "Forbidden", "The user is not enabled for Teams.")
            return serve(call, grant, **groups)

        return served

    def _me(self, call: Call, grant: Grant) -> Reply:
        who = grant.person
        id_ = who.id if who == PERSONAL else str(uuid.uuid5(uuid.NAMESPACE_URL, who.id))
        mail = None if who == PERSONAL else who.email
        told = {"id": id_, "displayName": who.name, "mail": mail, "userPrincipalName": who.email}
        return Reply(200, told)

    def _create_or_get(self, call: Call, grant: Grant) -> Reply:
        body = _json(call)
        problem = wrong(body, NEW)
        if problem or not body.get("externalId"):
            return _error(400, "BadRequest", problem or "externalId is required.")
        for one in self.of(grant.person):
            if one.fields["externalId"] == body["externalId"]:
                return Reply(200, one.shown(self.url))
        self.meetings.append(Meeting(grant.person, body))
        return Reply(201, self.meetings[-1].shown(self.url))

    def _read(self, call: Call, grant: Grant, id_: str) -> Reply:
        meeting = self._meeting(grant.person, id_)
        return self.unknown() if meeting is None else Reply(200, meeting.shown(self.url))

    def _change(self, call: Call, grant: Grant, id_: str) -> Reply:
        meeting, body = self._meeting(grant.person, id_), _json(call)
        if meeting is None:
            return self.unknown()
        problem = wrong(body, CHANGES)
        if problem:
            return _error(400, "BadRequest", problem)
        meeting.fields |= body
        return Reply(200, meeting.shown(self.url))

    def _delete(self, call: Call, grant: Grant, id_: str) -> Reply:
        meeting = self._meeting(grant.person, id_)
        if meeting is None:
            return self.unknown()
        self.meetings.remove(meeting)
        return Reply(204)

    def _meeting(self, person: Person, id_: str) -> Meeting | None:
        return next((one for one in self.of(person) if one.id == unquote(id_)), None)

    # The pages behind addresses

    def _enter(self, call: Call, thread: str) -> Reply:
        meeting = next((one for one in self.meetings if one.thread == unquote(thread)), None)
        if meeting is None:
            return Reply(404, page(self.name, "There is no such meeting", "<p>It was cancelled.</p>"))
        if call.query.get("as") == meeting.owner.email:
            words = f"<p>You are here as {escape(meeting.owner.name)}, the organiser.</p>"
            return Reply(200, page(self.name, "You are in a Teams meeting", words))
        name, email = escape(meeting.owner.name), escape(meeting.owner.email)
        words = (
            f"<p>You wait in the lobby as a guest. {name} has to let you in.</p>"
            f'<p><a href="?as={email}">I am {name}, signed in</a></p>'
        )
        return Reply(200, page(self.name, "The lobby of a Teams meeting", words))


def _json(call: Call) -> Any:
    try:
        return call.json()
    except ValueError:
        return None


def _error(status: int, code: str, message: str) -> Reply:
    inner = {"request-id": str(uuid.uuid4()), "date": "2026-11-21T05:00:00"}
    return Reply(status, {"error": {"code": code, "message": message, "innerError": inner}})
