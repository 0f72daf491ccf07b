"""A vendor whose accounts can be connected: consent, tokens and their end over real HTTP."""

import base64
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET = "client-of-these-tests", "secret-of-these-tests"
HOUR = 3600
LONG = 60.0


@dataclass
class Consent:
    """What a code or a refresh token stands for."""

    challenge: str = ""
    redirect_uri: str = ""
    is_alive: bool = True
    access: str = ""


@dataclass
class Fault:
    """An answer instead of the usual one; `after` the effect: the token was made and its answer is lost."""

    status: int = 503
    body: bytes = b"<html><h1>Down for maintenance</h1></html>"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    seconds: float = 0.0
    after: bool = False


class VendorServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.begin_anew()

    def begin_anew(self) -> None:
        self.lock = threading.RLock()
        self.numbers = count(1)
        self.codes: dict[str, Consent] = {}
        self.refresh_tokens: dict[str, Consent] = {}
        self.revoked: list[str] = []
        self.asked: Counter[str] = Counter()
        self.forms: list[dict[str, str]] = []
        self.faults: list[Fault] = []
        self.rotates = True
        self.denies = False
        self.expires_in: Any = HOUR
        self.seconds = 0.0
        self.scope: str | None = None
        self.email = "naoko@studio.example"
        self.gives_refresh = True
        # Cleared by a test that does something while an answer is awaited.
        self.may_answer = threading.Event()
        self.may_answer.set()

    def consent(self, challenge: str = "", redirect_uri: str = "") -> str:
        """Somebody says yes: the code."""
        with self.lock:
            code = f"code-{next(self.numbers)}"
            self.codes[code] = Consent(challenge, redirect_uri)
            return code

    def granted(self) -> tuple[str, str]:
        """Access and refresh token of a consent that was given earlier."""
        with self.lock:
            found = self.give(Consent())
            return found["access_token"], found["refresh_token"]

    def give(self, consent: Consent) -> dict[str, Any]:
        number = next(self.numbers)
        consent.access = f"access-{number}"
        answer = {
            "access_token": consent.access,
            "token_type": "bearer",
            "expires_in": self.expires_in,
            "id_token": _unsigned({"email": self.email}),
        }
        if self.scope is not None:
            answer["scope"] = self.scope
        if self.gives_refresh:
            answer["refresh_token"] = f"refresh-{number}"
            self.refresh_tokens[answer["refresh_token"]] = consent
        return answer

    def end_consent(self) -> None:
        """The person takes everything back in the vendor's own settings."""
        for consent in self.refresh_tokens.values():
            consent.is_alive = False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: VendorServer
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        """The page that asks for consent, and a person who says yes at once."""
        place = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(place.query).items()}
        back = {"state": query["state"]}
        if self.server.denies:
            back["error"] = "access_denied"
        else:
            back["code"] = self.server.consent(query.get("code_challenge", ""), query["redirect_uri"])
        self._send(302, b"", {"Location": f"{query['redirect_uri']}?{urlencode(back)}"})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[-1] for name, values in parse_qs(text).items()}
        what = urlsplit(self.path).path.rpartition("/")[2]
        with self.server.lock:
            self.server.asked[form.get("grant_type", what)] += 1
            self.server.forms.append(form)
            fault = self.server.faults.pop(0) if self.server.faults else None
        time.sleep(fault.seconds if fault else self.server.seconds)
        assert self.server.may_answer.wait(LONG)
        if fault and not fault.after:
            return self._send(fault.status, fault.body, fault.headers)
        with self.server.lock:
            status, body = self._token(form) if what == "token" else self._revoke(form)
        if fault:
            return self._send(fault.status, fault.body, fault.headers)
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not self._knows_us(form):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            consent = self.server.codes.pop(form["code"], None)
            if consent is None or not _fits(consent, form):
                return 400, {"reason": "Invalid authorization code", "error": "invalid_grant"}
            return 200, self.server.give(consent)
        consent = self.server.refresh_tokens.get(form["refresh_token"])
        if consent is None or not consent.is_alive:
            return 400, {"reason": "Invalid Token!", "error": "invalid_grant"}
        if self.server.rotates:
            del self.server.refresh_tokens[form["refresh_token"]]
        return 200, self.server.give(consent)

    def _revoke(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.server.revoked.append(form["token"])
        for consent in self.server.refresh_tokens.values():
            consent.is_alive = False
        return 200, {"status": "success"}

    def _knows_us(self, form: dict[str, str]) -> bool:
        wanted = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        by_header = self.headers.get("Authorization") == f"Basic {wanted}"
        by_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        return by_header != by_form

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _fits(consent: Consent, form: dict[str, str]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return proved == consent.challenge and form["redirect_uri"] == consent.redirect_uri


def _unsigned(claims: dict[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.not-a-signature"


@contextmanager
def running() -> Iterator[VendorServer]:
    server = VendorServer()
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
