"""How does a vendor's account get connected? A consent page, codes that serve once, tokens that end.

Vendors that ask for consent extend `OAuthVendor` instead of `Vendor`, say in class attributes how theirs
differs, and merge `consent_routes()` into their routes.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from duologue_simulators.front import Button
from duologue_simulators.pages import form, page
from duologue_simulators.vendor import Answer, Call, Reply, Vendor, go

CLIENT_ID, CLIENT_SECRET = "simulated-client", "simulated-client-secret"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account at the vendor."""

    id: str
    email: str
    name: str


NAOKO = Person("person-naoko", "naoko@studio.example", "Naoko")
AMARA = Person("person-amara", "amara@office.example", "Amara")


@dataclass
class Grant:
    """What one person allowed. `ended` says how it was over, empty while it lives."""

    person: Person
    scopes: tuple[str, ...]
    refresh_until: float
    ended: str = ""

    def has(self, *any_of: str) -> bool:
        return not any_of or any(scope in self.scopes for scope in any_of)


@dataclass(frozen=True, slots=True)
class Code:
    """An answer to the question for consent that nobody has exchanged yet."""

    asked: Mapping[str, str]
    person: Person
    scopes: tuple[str, ...]
    until: float


@dataclass
class Tokens:
    """Everything given out: access tokens with their end, refresh tokens that still serve."""

    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, tuple[Grant, float]] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)


class OAuthVendor(Vendor):
    """A vendor whose accounts are used with their owners' consent.

    `rights` are the scopes there are, each with words for the page. `asks_scopes`: the request for consent
    names them; else the app has them all by its registration. `takes`: where client id and secret may stand.
    `rotation` of refresh tokens: "none" (the same goes on), "kills" (a new one each time, the old one is
    dead), "adds" (a new one each time, the old one serves on). `one_grant`: a new consent of a person ends
    the earlier one. `refresh_lives` in seconds, 0 for ever.
    """

    authorize_path = "/oauth/authorize"
    token_path = "/oauth/token"  # noqa: S105 (an address)
    revoke_path = "/oauth/revoke"
    client_id, client_secret = CLIENT_ID, CLIENT_SECRET
    people: Sequence[Person] = (NAOKO, AMARA)
    rights: Mapping[str, str] = {}
    asks_scopes = True
    takes: Sequence[Literal["basic", "form"]] = ("basic", "form")
    rotation: Literal["none", "kills", "adds"] = "none"
    one_grant = False
    code_lives = 300.0
    access_lives = 3600.0
    refresh_lives = 0.0

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.tokens = Tokens()

    # What a vendor may do its own way

    def gives_refresh(self, asked: Mapping[str, str], *, is_first: bool) -> bool:
        """Whether an exchange brings a refresh token; `is_first`: this person never consented before."""
        return True

    def refused_token(self, error: str, words: str, status: int = 400) -> Reply:
        """The vendor's own form of a refusal by the token endpoint (error names of RFC 6749, 5.2)."""
        return Reply(status, {"error": error, "error_description": words})

    def unauthorized(self, call: Call) -> Reply:
        """The vendor's own answer to an access token that is unknown, over or ended."""
        return Reply(401, {"error": "invalid_token"})

    def lacks(self, grant: Grant, any_of: Sequence[str]) -> Reply:
        """The vendor's own answer where the token lives and none of these scopes was granted."""
        return Reply(403, {"error": "insufficient_scope", "scope": " ".join(any_of)})

    def told_with_token(self, grant: Grant) -> Mapping[str, Any]:
        """What else stands in the token endpoint's answer."""
        return {"id_token": unsigned(grant.person)} if grant.has("openid") else {}

    # For routes

    def consent_routes(self) -> dict[str, Answer]:
        return {
            f"GET {self.authorize_path}": self._ask,
            f"POST {self.authorize_path}": self._decide,
            f"POST {self.token_path}": self._token,
            f"POST {self.revoke_path}": self._revoke,
        }

    def guarded(self, answer: Answer, *any_of: str) -> Answer:
        """The route for whoever holds one of these scopes; `answer` gets the call and the grant."""

        def checked(call: Call, **groups: str) -> Reply:
            grant = self._living(call.bearer)
            if grant is None:
                return self.unauthorized(call)
            return answer(call, grant, **groups) if grant.has(*any_of) else self.lacks(grant, any_of)

        return checked

    # For tests and people at a keyboard

    def connect(self, person: Person = NAOKO, scopes: Sequence[str] | None = None) -> tuple[str, str]:
        """A consent without its page: an access token and a refresh token."""
        with self.lock:
            grant = self._granted(person, tuple(self.rights) if scopes is None else tuple(scopes))
            return self._new_access(grant), self._new_refresh(grant)

    def end_consents(self, how: str = "taken back by the person") -> None:
        """Everybody takes back what they allowed."""
        with self.lock:
            for grant in self._grants():
                grant.ended = how

    def buttons(self) -> Mapping[str, Button]:
        return {"end": Button("End all consents", self.end_consents), **super().buttons()}

    # The consent page

    def _ask(self, call: Call) -> Reply:
        wrong = self._wrong_request(call.query)
        if wrong:
            return Reply(400, page(self.name, "This app cannot ask that", f"<p>{escape(wrong)}</p>"))
        choices = "".join(
            f'<option value="{escape(one.id)}">{escape(one.name)}, {escape(one.email)}</option>'
            for one in self.people
        )
        boxes = "".join(
            f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked> '
            f"{escape(self.rights[scope])} <small>{escape(scope)}</small></label>"
            for scope in self._asked_scopes(call.query)
        )
        body = (
            f'<p>Duologue wants to:</p>{boxes}<label>As <select name="person">{choices}</select></label>'
            '<button name="answer" value="allow">Allow</button>'
            '<button name="answer" value="deny">Deny</button>'
        )
        asked = urlencode(call.query)
        shown = form(f"{self.authorize_path}?{asked}", body, {})
        return Reply(200, page(self.name, f"Connect your {self.name} account", shown))

    def _decide(self, call: Call) -> Reply:
        asked, said = call.query, parse_qs(call.content.decode())
        wrong = self._wrong_request(asked)
        if wrong:
            return Reply(400, page(self.name, "This app cannot ask that", f"<p>{escape(wrong)}</p>"))
        if said.get("answer") != ["allow"]:
            return go(_back(asked, error="access_denied"))
        person = next((one for one in self.people if [one.id] == said.get("person")), self.people[0])
        scopes = tuple(one for one in self._asked_scopes(asked) if one in said.get("scope", []))
        code = secrets.token_urlsafe(24)
        self.tokens.codes[code] = Code(asked, person, scopes, self.now() + self.code_lives)
        return go(_back(asked, code=code))

    def _wrong_request(self, asked: Mapping[str, str]) -> str:
        """Why the app may not ask so; such a browser is never sent back."""
        if asked.get("client_id") != self.client_id:
            return "There is no app with this client id."
        if urlsplit(asked.get("redirect_uri", "")).scheme not in {"http", "https"}:
            return "The redirect address is none."
        if asked.get("response_type") != "code":
            return "Only the response type code is known."
        if "code_challenge" in asked and asked.get("code_challenge_method") != "S256":
            return "Only the challenge method S256 is known."
        unknown = set(asked.get("scope", "").split()) - set(self.rights) if self.asks_scopes else set()
        return f"There are no scopes {', '.join(sorted(unknown))}." if unknown else ""

    def _asked_scopes(self, asked: Mapping[str, str]) -> list[str]:
        return asked.get("scope", "").split() if self.asks_scopes else list(self.rights)

    # The token endpoint

    def _token(self, call: Call) -> Reply:
        given = call.form()
        if not self._knows_client(call, given):
            return self.refused_token("invalid_client", "The client id or secret is wrong.", 401)
        exchange = {"authorization_code": self._exchange, "refresh_token": self._renew}.get(
            given.get("grant_type", "")
        )
        if exchange is None:
            return self.refused_token("unsupported_grant_type", "The grant type is unknown.")
        return exchange(given)

    def _exchange(self, given: Mapping[str, str]) -> Reply:
        # It serves once, whatever comes of it.
        code = self.tokens.codes.pop(given.get("code", ""), None)
        if code is None or code.until < self.now() or not _fits(code.asked, given):
            return self.refused_token("invalid_grant", "The authorization code is wrong or was used.")
        is_first = code.person not in [one.person for one in self._grants()]
        grant = self._granted(code.person, code.scopes)
        renewable = self.gives_refresh(code.asked, is_first=is_first)
        return self._told(grant, self._new_refresh(grant) if renewable else "")

    def _renew(self, given: Mapping[str, str]) -> Reply:
        token = given.get("refresh_token", "")
        grant = self.tokens.refresh.get(token)
        if grant is None or grant.ended or grant.refresh_until < self.now():
            return self.refused_token("invalid_grant", "The refresh token is over.")
        if self.rotation == "none":
            return self._told(grant, "")
        if self.rotation == "kills":
            del self.tokens.refresh[token]
        return self._told(grant, self._new_refresh(grant))

    def _told(self, grant: Grant, refresh: str) -> Reply:
        told = {
            "access_token": self._new_access(grant),
            "token_type": "bearer",
            "expires_in": round(self.access_lives),
            "scope": " ".join(grant.scopes),
            **({"refresh_token": refresh} if refresh else {}),
            **self.told_with_token(grant),
        }
        return Reply(200, told, {"Cache-Control": "no-store"})

    def _revoke(self, call: Call) -> Reply:
        """Ends the whole consent, by whichever of its tokens."""
        given = {**call.query, **call.form()}
        token = given.get("token", "")
        access = self.tokens.access.get(token)
        grant = access[0] if access else self.tokens.refresh.get(token)
        if grant is None or grant.ended:
            return self.refused_token("invalid_token", "There is no such token.")
        grant.ended = "given back by the app"
        return Reply(200, {"status": "success"})

    def _knows_client(self, call: Call, given: Mapping[str, str]) -> bool:
        name, secret = self.client_id, self.client_secret
        basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
        by_header = call.headers.get("Authorization") == f"Basic {basic}"
        by_form = (given.get("client_id"), given.get("client_secret")) == (name, secret)
        return ("basic" in self.takes and by_header) or ("form" in self.takes and by_form)

    # Tokens

    def _granted(self, person: Person, scopes: tuple[str, ...]) -> Grant:
        if self.one_grant:
            for earlier in self._grants():
                if earlier.person == person and not earlier.ended:
                    earlier.ended = "replaced by a newer consent"
        until = self.now() + self.refresh_lives if self.refresh_lives else float("inf")
        return Grant(person, scopes, until)

    def _grants(self) -> list[Grant]:
        return [grant for grant, _ in self.tokens.access.values()]

    def _new_access(self, grant: Grant) -> str:
        token = f"access-{secrets.token_urlsafe(24)}"
        self.tokens.access[token] = grant, self.now() + self.access_lives
        return token

    def _new_refresh(self, grant: Grant) -> str:
        token = f"refresh-{secrets.token_urlsafe(24)}"
        self.tokens.refresh[token] = grant
        return token

    def _living(self, token: str) -> Grant | None:
        grant, until = self.tokens.access.get(token, (None, 0.0))
        return grant if grant is not None and not grant.ended and until > self.now() else None


def unsigned(person: Person) -> str:
    """An id token that says who it is; nobody needs to check its signature who got it from the vendor."""
    claims = {
        "sub": person.id,
        "email": person.email,
        "preferred_username": person.email,
        "name": person.name,
    }
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.unsigned"


def _back(asked: Mapping[str, str], **answer: str) -> str:
    """The app's own address, with the answer and the state it gave along."""
    told = {**answer, **({"state": asked["state"]} if "state" in asked else {})}
    where = asked["redirect_uri"]
    return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(told)}"


def _fits(asked: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether the one who exchanges the code is the one who asked for it."""
    if given.get("redirect_uri") != asked["redirect_uri"]:
        return False
    if "code_challenge" not in asked:
        return True
    digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
