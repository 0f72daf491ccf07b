"""How does Google answer? Its consent, its two APIs with their limits, and the pages behind its addresses."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from duologue_simulators.google import description
from duologue_simulators.google.calendar import Calendars
from duologue_simulators.google.errors import Refused, both, newer, older
from duologue_simulators.google.spaces import Spaces
from duologue_simulators.oauth import CLIENT_ID, CLIENT_SECRET, Grant, OAuthVendor, Person
from duologue_simulators.pages import page
from duologue_simulators.vendor import Answer, Call, Reply

AUTH = "https://www.googleapis.com/auth/"
MEET_RIGHT, CALENDAR_RIGHT = f"{AUTH}meetings.space.created", f"{AUTH}calendar.events.owned"
_EVENTS = r"/calendar/v3/calendars/primary/events"
_SPACE = r"/v2/spaces/(?P<id_>[^/:]+)"
Serve = Callable[..., Any]


class Google(OAuthVendor):
    """Google. An app that is still "in testing" there gets `refresh_lives` of seven days.

    `limits` are reasons of usage limits that strike the next calls, one each. `switched_off` APIs ("meet",
    "calendar") were never enabled in the app's project. `refuses_meet`: the account may not use the Meet API.
    """

    name = "Google"
    authorize_path = "/o/oauth2/v2/auth"
    token_path = "/token"  # noqa: S105 (an address)
    revoke_path = "/revoke"
    rights = {
        "openid": "know who you are",
        "email": "see your e-mail address",
        MEET_RIGHT: "create, edit and see its own Google Meet conferences",
        CALENDAR_RIGHT: "see, create, change and delete events on calendars you own",
    }
    settings = {
        "DUOLOGUE_GOOGLE_CLIENT_ID": CLIENT_ID,
        "DUOLOGUE_GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        "DUOLOGUE_GOOGLE_OAUTH_BASE": "{url}",
        "DUOLOGUE_GOOGLE_API_BASE": "{url}",
    }

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.calendars, self.spaces = Calendars(), Spaces()
        self.limits: list[str] = []
        self.switched_off: set[str] = set()
        self.refuses_meet = False

    def routes(self) -> Mapping[str, Answer]:
        calendars, spaces, url = self.calendars, self.spaces, self.url
        return {
            **self.consent_routes(),
            "POST /tokeninfo": self._token_info,
            f"POST {_EVENTS}": self._api(
                "events.insert",
                lambda who, call: calendars.insert(who, call.json(), version=_version(call)).shown(url),
            ),
            f"GET {_EVENTS}": self._api("events.list", self._list_events),
            f"GET {_EVENTS}/(?P<id_>[^/]+)": self._api(
                "events.get", lambda who, call, id_: calendars.read(who, id_).shown(url)
            ),
            f"PATCH {_EVENTS}/(?P<id_>[^/]+)": self._api("events.patch", self._patch_event),
            f"DELETE {_EVENTS}/(?P<id_>[^/]+)": self._api(
                "events.delete", lambda who, call, id_: calendars.delete(who, id_)
            ),
            "POST /v2/spaces": self._api(
                "spaces.create", lambda who, call: spaces.create(who, call.json()).shown(url)
            ),
            f"GET {_SPACE}": self._api("spaces.get", lambda who, call, id_: spaces.get(who, id_).shown(url)),
            f"PATCH {_SPACE}": self._api("spaces.patch", self._patch_space),
            f"POST {_SPACE}:endActiveConference": self._api("spaces.endActiveConference", self._end),
            "GET /v2/conferenceRecords": self._api("conferenceRecords.list", lambda who, call: {}),
            r"GET /(?P<code>[a-z]{3}-[a-z]{4}-[a-z]{3})": self._enter,
        }

    # Google's own forms

    def gives_refresh(self, asked: Mapping[str, str], *, is_first: bool) -> bool:
        return asked.get("access_type") == "offline" and (is_first or asked.get("prompt") == "consent")

    def too_many(self, pause: int) -> Reply:
        refused = newer(429, "Quota exceeded.", reason="RATE_LIMIT_EXCEEDED", domain="googleapis.com")
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{pause}s"}
        refused.reply.body["error"]["details"].append(retry)
        return refused.reply

    def broken(self) -> Reply:
        return newer(500, "Internal error encountered.").reply

    def unauthorized(self, call: Call) -> Reply:
        return both(
            401, "Request had invalid authentication credentials.", "authError", "ACCESS_TOKEN_INVALID"
        )

    def lacks(self, grant: Grant, any_of: Sequence[str]) -> Reply:
        words = "Request had insufficient authentication scopes."
        return both(403, words, "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")

    # The APIs

    def _api(self, method: str, serve: Serve) -> Answer:
        return self.guarded(partial(self._served, method, serve), *description.scopes(method))

    def _served(self, method: str, serve: Serve, call: Call, grant: Grant, **groups: str) -> Reply:
        is_older = method.startswith("events.")
        try:
            self._check_open("calendar" if is_older else "meet")
            problem = description.wrong(method, call.query, call.json())
            if problem:
                raise older(400, "badRequest", problem) if is_older else newer(400, problem)
            shown = serve(grant.person, call, **groups)
        except Refused as refused:
            return refused.reply
        except ValueError:
            return (older(400, "parseError", "Parse Error") if is_older else newer(400, "No JSON.")).reply
        return Reply(204) if shown is None else Reply(200, shown)

    def _check_open(self, api: str) -> None:
        if api in self.switched_off:
            words = "The API has not been used in project 1 before or it is disabled."
            raise Refused(both(403, words, "accessNotConfigured", "SERVICE_DISABLED"))
        if self.limits:
            raise older(403, self.limits.pop(0), "Rate Limit Exceeded", "usageLimits")
        if api == "meet" and self.refuses_meet:
            raise newer(403, "The caller does not have permission")

    def _list_events(self, who: Person, call: Call) -> dict[str, Any]:
        shown = {
            "kind": "calendar#events",
            "summary": who.email,
            "items": [one.shown(self.url) for one in self.calendars.of(who) if not one.is_deleted],
        }
        wanted = call.query.get("fields")
        return {name: one for name, one in shown.items() if not wanted or name in wanted.split(",")}

    def _patch_event(self, who: Person, call: Call, id_: str) -> dict[str, Any]:
        return self.calendars.patch(who, id_, call.json(), version=_version(call)).shown(self.url)

    def _patch_space(self, who: Person, call: Call, id_: str) -> dict[str, Any]:
        mask = call.query.get("updateMask", "")
        return self.spaces.patch(who, id_, call.json(), mask).shown(self.url)

    def _end(self, who: Person, call: Call, id_: str) -> dict[str, Any]:
        self.spaces.get(who, id_).is_on = False
        return {}

    def _token_info(self, call: Call) -> Reply:
        grant = self._living(call.form().get("access_token", ""))
        if grant is None:
            return Reply(400, {"error": "invalid_token", "error_description": "Invalid Value"})
        email = {"email": grant.person.email, "email_verified": "true"} if grant.has("email") else {}
        told = {"aud": self.client_id, "scope": " ".join(grant.scopes), "expires_in": "3599", **email}
        return Reply(200, told)

    # The pages behind addresses

    def _enter(self, call: Call, code: str) -> Reply:
        space, event = self.spaces.by_code(code), self.calendars.by_code(code)
        found = space or event
        if found is None:
            return Reply(404, page(self.name, "There is no such meeting", "<p>Check your meeting code.</p>"))
        if call.query.get("authuser") == found.owner.email:
            how = f"You are here as {found.owner.name}, whose meeting it is."
        elif space is not None and space.config.get("accessType") == "OPEN":
            how = "You are here as a guest, without knocking."
        else:
            words = f"<p>{escape(found.owner.name)} has to let you in.</p>"
            return Reply(200, page(self.name, f"You knock at Google Meet {code}", words))
        if space is not None:
            space.is_on = True
        return Reply(200, page(self.name, f"You are in Google Meet {code}", f"<p>{escape(how)}</p>"))


def _version(call: Call) -> str:
    return call.query.get("conferenceDataVersion", "0")
