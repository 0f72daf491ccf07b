"""Does the simulated Stripe behave as the real one is known to? Over HTTP, as the real one is used."""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

import pytest
import stripe as package

from duologue.core import clock
from duologue_simulators.stripe import account as ways
from duologue_simulators.stripe.api import Call
from duologue_simulators.stripe.server import running
from tests.simulators.stripe_spec import check_error, check_object

KEY = "Bearer sk_test_x"
HEADERS = {"Authorization": KEY}
WAIT = 60.0


def now():
    return int(clock.machine().timestamp())


@pytest.fixture(scope="module")
def server():
    with running() as found:
        yield found


@pytest.fixture
def simulator(server):
    found = server.begin_anew()
    found.hooks.is_held = True
    return found


class Api:
    """A program that uses the API, and checks each answer against Stripe's description."""

    def __init__(self, server):
        self.address = server.server_address[:2]

    def ask(self, method, path, params=None, *, key="", auth=KEY):
        headers = {"Authorization": auth, "Content-Type": "application/x-www-form-urlencoded"}
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection(*self.address, timeout=WAIT)
        try:
            connection.request(method, path, urlencode(params or {}), headers)
            response = connection.getresponse()
            body = json.loads(response.read())
        finally:
            connection.close()
        check_object(body) if response.status == 200 else check_error(body)
        return response.status, body, dict(response.getheaders())

    def create(self, *, key="", **more):
        return self.ask("POST", "/v1/checkout/sessions", page(**more), key=key)

    def refund(self, intent, *, key="", **more):
        return self.ask("POST", "/v1/refunds", {"payment_intent": intent, **more}, key=key)


@pytest.fixture
def api(server, simulator):
    return Api(server)


def page(**more):
    price = "line_items[0][price_data]"
    given = {
        "mode": "payment",
        f"{price}[currency]": "eur",
        f"{price}[unit_amount]": "4500",
        f"{price}[product_data][name]": "Session",
        "line_items[0][quantity]": "1",
        "success_url": "https://sessions.example/{CHECKOUT_SESSION_ID}",
        "cancel_url": "https://sessions.example/left",
        "expires_at": str(now() + 31 * 60),
        **more,
    }
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def paid(api, simulator):
    """The payment intent of a paid page."""
    _, session, _ = api.create()
    simulator.account.pay(session["id"], ways.GOOD)
    return (
        session["payment_intent"]
        or api.ask("GET", f"/v1/checkout/sessions/{session['id']}")[1]["payment_intent"]
    )


class TestPages:
    def test_everything_it_answers_and_tells_is_as_stripe_describes_it(self, api, simulator):
        """The checks are in `ask`; here every object and state is visited."""
        for way in (ways.GOOD, ways.DECLINED, ways.TRANSFER, ways.REFUND_WAITS, ways.REFUND_BOUNCES):
            _, session, _ = api.create(customer_email="a@b.example", **{"metadata[a]": "b"})
            place = f"/v1/checkout/sessions/{session['id']}"
            simulator.account.pay(session["id"], way)
            if way == ways.TRANSFER:
                simulator.account.end_transfer(session["id"], arrives=True)
            _, session, _ = api.ask("GET", place)
            _, intent, _ = api.ask("GET", f"/v1/payment_intents/{session['payment_intent']}")
            if way == ways.DECLINED:
                api.ask("POST", f"{place}/expire")
                continue
            _, refund, _ = api.refund(intent["id"], **{"metadata[refund_id]": "r"})
            if way in {ways.REFUND_WAITS, ways.REFUND_BOUNCES}:
                simulator.account.end_refund(refund["id"], succeeds=False)
            api.ask("GET", f"/v1/refunds/{refund['id']}")
            api.ask("GET", f"/v1/refunds?payment_intent={intent['id']}")
            api.ask("GET", f"/v1/charges/{intent['latest_charge']}")
        api.ask("GET", "/v1/balance")
        simulator.listen("https://sessions.example/webhooks/stripe", "whsec_x")
        api.ask("GET", "/v1/webhook_endpoints")
        told = set()
        for event_id, event in simulator.account.events.items():
            check_object(api.ask("GET", f"/v1/events/{event_id}")[1])
            if event["data"]["object"]["object"] != "dispute":
                check_object(event["data"]["object"])
            told.add(event["type"])
        assert {"checkout.session.completed", "refund.failed", "checkout.session.expired"} <= told

    @pytest.mark.parametrize(
        ("minutes", "status"), [(29, 400), (30.1, 200), (24 * 60 - 1, 200), (24 * 60 + 1, 400)]
    )
    def test_a_page_ends_30_minutes_to_24_hours_from_now(self, api, minutes, status):
        code, body, _ = api.create(expires_at=str(int(now() + minutes * 60)))
        assert code == status
        assert status == 200 or body["error"]["param"] == "expires_at"

    @pytest.mark.parametrize(
        "more",
        [
            {"mode": None},
            {"mode": "subscription"},
            {"success_url": None},
            {"success_url": "nowhere"},
            {"line_items[0][price_data][unit_amount]": "1.5"},
            {"line_items[0][price_data][product_data][name]": None},
            {"locale": "tlh"},
            {"submit_type": "steal"},
            {"customer_email": "nobody"},
            {"expires_at": "soon"},
            {"payment_method_types[0]": "card"},
            {"payment_intent_data[secret]": "x"},
            {"metadata[a]": "x" * 501},
            {"metadata[a][b]": "x"},
        ],
    )
    def test_what_stripe_would_not_take_is_refused_and_frees_the_key(self, api, more):
        assert api.create(key="k", **more)[0] == 400
        assert api.create(key="k")[0] == 200

    def test_the_address_is_there_only_while_it_can_be_paid(self, api, simulator):
        _, session, _ = api.create()
        assert session["url"].startswith(simulator.url)
        place = f"/v1/checkout/sessions/{session['id']}"
        assert api.ask("POST", f"{place}/expire")[1]["url"] is None
        code, body, _ = api.ask("POST", f"{place}/expire")
        assert (code, body["error"]["type"]) == (400, "invalid_request_error")

    def test_paying_and_ending_race_to_one_winner(self, api, simulator):
        _, session, _ = api.create()
        place = f"/v1/checkout/sessions/{session['id']}"
        simulator.steer("fault", {"kind": "paid_meanwhile", "on": "POST /v1/checkout"})
        assert api.ask("POST", f"{place}/expire")[0] == 400
        found = api.ask("GET", place)[1]
        assert (found["status"], found["payment_status"], found["url"]) == ("complete", "paid", None)

    def test_time_ends_a_page_and_says_so(self, api, simulator):
        _, session, _ = api.create()
        simulator.steer("clock", {"advance": 32 * 60})
        assert api.ask("GET", f"/v1/checkout/sessions/{session['id']}")[1]["status"] == "expired"
        kinds = [event["type"] for event in simulator.account.events.values()]
        assert kinds == ["checkout.session.expired"]


class TestKeys:
    def test_the_ids_in_answers_can_be_opened_up(self, api, simulator, paid):
        [session] = simulator.account.sessions.values()
        for how in ("expand[]", "expand[0]"):
            found = simulator.api.answer(
                Call("GET", f"/v1/checkout/sessions/{session['id']}", f"{how}=payment_intent", HEADERS)
            )
            assert found.body["payment_intent"]["id"] == paid
        assert api.ask("GET", f"/v1/charges/{session['id']}?expand[]=nothing")[0] == 404

    def test_the_charge_inside_can_be_opened_up_and_names_its_card(self, api, simulator, paid):
        [session] = simulator.account.sessions.values()

        def ask(path):
            call = Call("GET", f"/v1/checkout/sessions/{session['id']}", f"expand[]={path}", HEADERS)
            return simulator.api.answer(call)

        charge = ask("payment_intent.latest_charge").body["payment_intent"]["latest_charge"]
        assert charge["payment_method_details"]["card"]["last4"] == "4242"
        assert ask("payment_intent.nothing").status == 400
        [intent] = simulator.account.intents.values()
        assert isinstance(intent["latest_charge"], str)

    def test_the_same_key_repeats_the_answer(self, api, simulator):
        _, first, _ = api.create(key="k")
        simulator.account.expire(first["id"])
        code, again, headers = api.create(key="k", expires_at=str(first["expires_at"]))
        assert (code, again) == (200, first)
        assert headers["Idempotent-Replayed"] == "true"

    def test_a_changed_body_is_refused(self, api):
        api.create(key="k", locale="de")
        code, body, _ = api.create(key="k", locale="fr")
        assert (code, body["error"]["type"]) == (400, "idempotency_error")

    @pytest.mark.parametrize(("kind", "made"), [("500", 0), ("500_after", 1)])
    def test_a_500_is_repeated_too(self, api, simulator, kind, made):
        at = str(now() + 3600)
        simulator.steer("fault", {"kind": kind})
        assert [api.create(key="k", expires_at=at)[0] for _ in range(3)] == [500, 500, 500]
        assert len(simulator.account.sessions) == made

    def test_while_the_first_is_under_way_the_second_is_told_so(self, api, simulator):
        pattern, create = simulator.api._routes[0]
        begun, go_on = threading.Event(), threading.Event()
        codes: list[int] = []

        def held_up(params):
            begun.set()
            assert go_on.wait(WAIT)
            return create(params)

        simulator.api._routes[0] = (pattern, held_up)
        at = str(now() + 3600)
        first = threading.Thread(target=lambda: codes.append(api.create(key="k", expires_at=at)[0]))
        first.start()
        assert begun.wait(WAIT)
        code, body, _ = api.create(key="k", expires_at=at)
        go_on.set()
        first.join(WAIT)
        assert (code, body["error"]["code"], codes) == (409, "idempotency_key_in_use", [200])

    def test_a_slow_answer_is_an_answer(self, api, simulator):
        simulator.steer("fault", {"kind": "slow", "seconds": 0.01})
        assert api.create()[0] == 200

    def test_a_key_is_forgotten_after_a_day(self, api, simulator):
        _, first, _ = api.create(key="k")
        simulator.steer("clock", {"advance": 24 * 3600 + 1})
        later = str(now() + 24 * 3600 + 3600)
        assert api.create(key="k", expires_at=later)[1]["id"] != first["id"]

    def test_what_was_lost_on_the_way_was_done_once(self, api, simulator):
        at = str(now() + 3600)
        simulator.steer("fault", {"kind": "lost"})
        with pytest.raises(http.client.RemoteDisconnected):
            api.create(key="k", expires_at=at)
        assert api.create(key="k", expires_at=at)[0] == 200
        assert len(simulator.account.sessions) == 1

    @pytest.mark.parametrize(("kind", "status"), [("429", 429), ("503", 503), ("401", 401), ("403", 403)])
    def test_refused_before_anything_is_done_frees_the_key(self, api, simulator, kind, status):
        simulator.steer("fault", {"kind": kind})
        assert [api.create(key="k")[0], api.create(key="k")[0]] == [status, 200]

    @pytest.mark.parametrize("auth", ["", "Bearer sk_live_x", "Bearer pk_test_x", "sk_test"])
    def test_only_a_secret_test_key_opens(self, api, auth):
        assert api.ask("GET", "/v1/balance", auth=auth)[0] == 401


class TestRefunds:
    def test_no_more_than_was_taken(self, api, paid):
        assert api.refund(paid, amount="4501")[0] == 400
        assert api.refund(paid, amount="1500")[1]["amount"] == 1500
        assert api.refund(paid)[1]["amount"] == 3000
        assert api.refund(paid)[1]["error"]["code"] == "charge_already_refunded"

    def test_one_that_bounces_gives_the_money_back_to_the_charge(self, api, simulator, paid):
        _, refund, _ = api.refund(paid)
        simulator.steer("refund", {"refund": refund["id"], "succeeds": False})
        assert api.refund(paid)[0] == 200
        kinds = [event["type"] for event in simulator.account.events.values()]
        assert kinds.index("refund.created") < kinds.index("refund.updated") < kinds.index("refund.failed")

    def test_a_disputed_charge_is_not_refunded(self, api, simulator, paid):
        charge = simulator.account.charge_of(paid)
        simulator.steer("dispute", {"charge": charge["id"]})
        assert api.refund(paid)[1]["error"]["code"] == "charge_disputed"

    def test_what_is_unknown_or_unclear_is_refused(self, api, paid):
        assert api.refund("pi_else")[0] == 404
        assert api.refund(paid, charge="ch_x")[0] == 400
        assert api.ask("GET", "/v1/refunds/re_else")[0] == 404
        assert api.ask("GET", "/v1/customers")[0] == 404


class TestWebhooks:
    @pytest.fixture
    def listener(self):
        """Somebody who is told: bodies, signatures, and how to answer the next ones."""

        class Listener(BaseHTTPRequestHandler):
            url = ""
            heard: list[tuple[bytes, str]] = []
            codes: list[int] = []

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(self.codes.pop(0) if self.codes else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format, *args):
                pass

        with HTTPServer(("127.0.0.1", 0), Listener) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            Listener.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
            yield Listener
            server.shutdown()
            thread.join(WAIT)

    def test_they_are_signed_as_stripes_own_package_wants_it(self, api, simulator, listener, paid):
        simulator.steer("webhooks", {"url": listener.url, "secret": "whsec_x"})
        assert {one["status"] for one in simulator.steer("send", {})["deliveries"]} == {200}
        for body, header in listener.heard:
            event = package.Webhook.construct_event(body, header, "whsec_x")
            assert event.type in {one["type"] for one in simulator.account.events.values()}

    def test_they_come_twice_and_in_any_order_as_one_wishes(self, simulator, listener, paid):
        simulator.steer("webhooks", {"url": listener.url, "secret": "whsec_x"})
        held = list(simulator.hooks.held)
        simulator.steer("send", {"events": [*reversed(held), held[0]]})
        assert [json.loads(body)["id"] for body, _ in listener.heard] == [*reversed(held), held[0]]
        assert not simulator.hooks.held

    def test_they_can_be_lost(self, simulator, listener, paid):
        assert simulator.steer("lose", {})["lost"]
        simulator.steer("webhooks", {"url": listener.url})
        assert simulator.steer("send", {})["deliveries"] == []

    def test_by_themselves_they_come_at_once_and_again_when_nobody_took_them(
        self, api, simulator, listener, monkeypatch
    ):
        monkeypatch.setattr("duologue_simulators.stripe.hooks.RETRIES", (0.0,))
        listener.codes[:] = [500]
        simulator.steer("webhooks", {"url": listener.url, "secret": "whsec_x", "hold": False})
        _, session, _ = api.create()
        api.ask("POST", f"/v1/checkout/sessions/{session['id']}/expire")
        until = time.monotonic() + WAIT
        while len(simulator.hooks.deliveries) < 2 and time.monotonic() < until:
            pass
        assert [one.status for one in simulator.hooks.deliveries] == [500, 200]


class TestByHand:
    """What a person clicks, and what other programs steer."""

    def visit(self, server, method, path, form=None):
        connection = http.client.HTTPConnection(*server.server_address[:2], timeout=WAIT)
        try:
            connection.request(method, path, urlencode(form or {}))
            response = connection.getresponse()
            return response.status, response.read().decode(), response.getheader("Location")
        finally:
            connection.close()

    def test_declined_then_paid(self, server, api):
        _, session, _ = api.create()
        place = f"/c/pay/{session['id']}"
        assert "45.00 EUR" in self.visit(server, "GET", place)[1]
        status, page, _ = self.visit(server, "POST", place, {"way": ways.DECLINED})
        assert (status, "generic_decline" in page) == (200, True)
        status, _, where = self.visit(server, "POST", place, {"way": ways.GOOD})
        assert (status, where) == (303, f"https://sessions.example/{session['id']}")
        assert "over" in self.visit(server, "GET", place)[1]
        assert self.visit(server, "POST", place, {"way": ways.GOOD})[0] == 409

    def test_a_card_page_offers_no_transfer(self, server, api):
        _, session, _ = api.create(**{"allowed_payment_method_types[0]": "card"})
        place = f"/c/pay/{session['id']}"
        assert "transfer" not in self.visit(server, "GET", place)[1]
        assert self.visit(server, "POST", place, {"way": ways.TRANSFER})[0] == 409

    def test_the_desk_decides_what_happens_next(self, server, api, simulator):
        _, session, _ = api.create()
        self.visit(server, "POST", f"/c/pay/{session['id']}", {"way": ways.TRANSFER})
        assert "The money arrives" in self.visit(server, "GET", "/")[1]
        assert self.visit(server, "POST", "/", {"what": "arrive", "id": session["id"]})[0] == 303
        intent = simulator.account.session(session["id"])["payment_intent"]
        _, refund, _ = api.refund(intent)
        self.visit(server, "POST", "/", {"what": "fail", "id": refund["id"]})
        assert refund["status"] == "succeeded"
        assert simulator.account.refunds[refund["id"]]["status"] == "failed"
        self.visit(server, "POST", "/", {"what": "dispute", "id": session["id"]})
        assert simulator.account.charge_of(intent)["disputed"]
        desk = self.visit(server, "GET", "/")[1]
        assert "charge.dispute.created" in desk
        assert "<script" not in desk

    def test_other_programs_steer_it_by_json(self, server, api):
        def steer(what, given):
            connection = http.client.HTTPConnection(*server.server_address[:2], timeout=WAIT)
            connection.request("POST", f"/_sim/{what}", json.dumps(given))
            response = connection.getresponse()
            body = json.loads(response.read())
            connection.close()
            return response.status, body

        _, session, _ = api.create()
        assert steer("pay", {"session": session["id"], "way": ways.GOOD}) == (200, {"outcome": "paid"})
        assert steer("pay", {"session": session["id"], "way": ways.GOOD})[0] == 400
        assert (
            steer("change", {"session": session["id"], "changes": {"amount_total": 1}})[1]["amount_total"]
            == 1
        )
        assert steer("fault", {"kind": "unheard of"})[0] == 400
        assert steer("fault", {"kind": "429"})[0] == 200
        assert steer("calm", {})[0] == 200
        assert api.ask("GET", "/v1/balance")[0] == 200
        assert steer("dance", {})[0] == 400
        assert len(steer("state", {})[1]["sessions"]) == 1
