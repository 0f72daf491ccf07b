"""How is the simulator reached? One small HTTP server for the API, the hosted pages and the steering."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from duologue_simulators.stripe import pages
from duologue_simulators.stripe.api import Call, Cut
from duologue_simulators.stripe.errors import ApiError
from duologue_simulators.stripe.simulator import Simulator

SECRET = "whsec_simulator_0123456789abcdef"  # noqa: S105 (it guards nothing)
KEY = "sk_test_simulator"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "Server"
    # One packet an answer: without it small answers wait for the other side's acknowledgement.
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    @property
    def simulator(self) -> Simulator:
        return self.server.simulator

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the desk shows what happened."""

    def _answer(self) -> None:
        place = urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        try:
            if place.path.startswith("/v1/"):
                self._api(place.path, text if self.command == "POST" else place.query)
            elif place.path.startswith("/_sim/"):
                self._steer(place.path.removeprefix("/_sim/"), text)
            else:
                self._page(place.path, {name: values[-1] for name, values in parse_qs(text).items()})
        except Cut:
            self.close_connection = True

    def _api(self, path: str, text: str) -> None:
        answer = self.simulator.api.answer(Call(self.command, path, text, dict(self.headers)))
        self._send(answer.status, json.dumps(answer.body), "application/json", answer.headers)

    def _steer(self, what: str, text: str) -> None:
        try:
            body = self.simulator.steer(what, json.loads(text or "{}"))
            self._send(200, json.dumps(body), "application/json")
        except ApiError as error:
            self._send(error.status, json.dumps(error.body), "application/json")
        except (KeyError, TypeError, ValueError) as error:
            self._send(400, json.dumps({"error": repr(error)}), "application/json")

    def _page(self, path: str, form: Mapping[str, str]) -> None:
        try:
            if path.startswith("/c/pay/"):
                self._checkout(path.removeprefix("/c/pay/"), form)
            elif path == "/":
                self._desk(form)
            else:
                self._send(404, "There is no such page.", "text/plain")
        except ApiError as error:
            self._send(409, f"{error}", "text/plain; charset=utf-8")

    def _checkout(self, id_: str, form: Mapping[str, str]) -> None:
        account = self.simulator.account
        with account.lock:
            session = account.session(id_)
            said = account.pay(id_, form["way"]) if self.command == "POST" else ""
            page = pages.checkout(session, said=said)
        if said in {"paid", "processing"}:
            return self._go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id_))
        self._send(200, page, "text/html; charset=utf-8")

    def _desk(self, form: Mapping[str, str]) -> None:
        simulator = self.simulator
        if self.command == "POST":
            _decide(simulator, form["what"], form["id"])
            return self._go("/")
        with simulator.account.lock:
            answered = [(one.event_id, one.status) for one in simulator.hooks.deliveries]
            page = pages.desk(simulator.account, answered)
        self._send(200, page, "text/html; charset=utf-8")

    def _go(self, where: str) -> None:
        self._send(303, "", "text/plain", {"Location": where})

    def _send(self, status: int, body: str, kind: str, headers: Mapping[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _decide(simulator: Simulator, what: str, id_: str) -> None:
    """A button of the desk."""
    account = simulator.account
    if what == "send":
        simulator.hooks.send([id_])
        return
    with account.lock:
        if what in {"arrive", "bounce"}:
            account.end_transfer(id_, arrives=what == "arrive")
        elif what == "dispute":
            account.dispute(account.charge_of(account.session(id_)["payment_intent"])["id"])
        elif what in {"succeed", "fail"}:
            account.end_refund(id_, succeeds=what == "succeed")


class Server(ThreadingHTTPServer):
    """Listens at loopback; port 0 takes a free one."""

    daemon_threads = True
    # The default of 5 refuses a crowd.
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.simulator = self.begin_anew()

    def begin_anew(self, clock: Callable[[], float] = time.time) -> Simulator:
        """An empty account at the same address."""
        self.simulator = Simulator(self.url, clock)
        return self.simulator


@contextmanager
def running(port: int = 0) -> Iterator[Server]:
    """A server that serves while the block runs."""
    server = Server(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    try:
        server = Server(arguments.port)
    except OSError as error:
        print(f"Cannot listen at port {arguments.port}: {error.strerror}.", file=sys.stderr)
        return 1
    server.simulator.listen(f"{arguments.duologue.rstrip('/')}/webhooks/stripe", SECRET)
    print(f"Stripe is simulated at {server.url} (open it: what was paid, and what may happen next).")
    print("Start Duologue in another terminal with:\n")
    print(f"  export DUOLOGUE_STRIPE_SECRET_KEY={KEY}")
    print(f"  export DUOLOGUE_STRIPE_WEBHOOK_SECRETS={SECRET}")
    print(f"  export DUOLOGUE_STRIPE_API_BASE={server.url}")
    print("  duologue up --demo\n\nCtrl-C ends it, and everything in it is forgotten.", flush=True)
    server.serve_forever()
    return 0
