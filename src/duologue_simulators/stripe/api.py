"""How does `/v1/…` answer? The part of Stripe's API that takes a payment and gives it back."""

import copy
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from duologue_simulators.stripe import errors, form, objects
from duologue_simulators.stripe.account import GOOD, Account
from duologue_simulators.stripe.errors import ApiError, refused
from duologue_simulators.stripe.faults import Fault, Faults
from duologue_simulators.stripe.form import Params
from duologue_simulators.stripe.idempotency import Keys
from duologue_simulators.stripe.objects import Object

SHORTEST, LONGEST = 30 * 60, 24 * 3600
LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl"
    " pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
_PAGE = {"mode", "line_items", "success_url", "cancel_url", "expires_at", "client_reference_id", "metadata"}
_PAGE |= {"payment_intent_data", "customer_email", "locale", "submit_type", "allowed_payment_method_types"}
_PAGE |= {"adaptive_pricing", "ui_mode", "expand"}
_REFUND = {"payment_intent", "charge", "amount", "metadata", "reason", "expand"}
_DECLINED_BY = {"429": errors.too_many, "503": lambda: errors.broken(503), "409": errors.conflict}
_DECLINED_BY |= {"401": lambda: errors.unauthorized("Invalid API Key provided."), "403": errors.forbidden}


class Cut(Exception):
    """The connection ends here, without an answer."""


@dataclass(frozen=True)
class Call:
    """A request to the API as it came in."""

    method: str
    path: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Object
    headers: Mapping[str, str] = field(default_factory=dict)


class Api:
    """`url` is where people find the hosted pages."""

    def __init__(self, account: Account, faults: Faults, url: str) -> None:
        self.account, self.faults, self.url = account, faults, url
        self.keys = Keys()
        self.webhook_endpoints: list[Object] = []
        self.calls: list[Call] = []
        self._routes: list[tuple[str, Callable[..., Object]]] = [
            (r"POST /v1/checkout/sessions", self._create_session),
            (r"GET /v1/checkout/sessions/(\w+)", self._retrieve_session),
            (r"POST /v1/checkout/sessions/(\w+)/expire", self._expire_session),
            (r"POST /v1/refunds", self._create_refund),
            (r"GET /v1/refunds", self._list_refunds),
            (r"GET /v1/refunds/(\w+)", self._retrieve_refund),
            (r"GET /v1/payment_intents/(\w+)", self._retrieve_intent),
            (r"GET /v1/charges/(\w+)", self._retrieve_charge),
            (r"GET /v1/events/(\w+)", self._retrieve_event),
            (r"GET /v1/balance", self._balance),
            (r"GET /v1/webhook_endpoints", self._endpoints),
        ]

    def answer(self, call: Call) -> Answer:
        """Do what is asked, or strike with a fault; raises Cut where no answer is to be given."""
        self.calls.append(call)
        fault = self.faults.strike(call.name)
        try:
            _check_key(call)
            if fault is not None:
                self._strike_before(call, fault)
            key = call.headers.get("Idempotency-Key", "") if call.method == "POST" else ""
            return self._once(call, key, fault) if key else self._do(call, fault, "")
        except ApiError as error:
            return _of_error(error)

    def _once(self, call: Call, key: str, fault: Fault | None) -> Answer:
        """Do it the first time, repeat the answer ever after."""
        before = self.keys.begin(key, f"{call.name}?{call.text}", self.account.now())
        if before is not None:
            return Answer(before[0], before[1], {"Idempotent-Replayed": "true"})
        kept: tuple[int, Object] | None = None
        try:
            answer = self._do(call, fault, key)
            kept = (answer.status, answer.body)
            if fault is not None and fault.kind == "lost":
                raise Cut
            return answer
        except ApiError as error:
            kept = (error.status, error.body) if error.is_stored else None
            raise
        finally:
            self.keys.finish(key, kept)

    def _do(self, call: Call, fault: Fault | None, key: str) -> Answer:
        if fault is not None and fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault is not None and fault.kind == "500":
            raise errors.broken()
        params = form.parse(call.text)
        with self.account.lock:
            self.account.tick()
            self.account.key = key or None
            try:
                body = self._routed(call, params)
            finally:
                self.account.key = None
        if fault is not None and fault.kind == "500_after":
            raise errors.broken()
        return Answer(200, body)

    def _routed(self, call: Call, params: Params) -> Object:
        for pattern, route in self._routes:
            match = re.fullmatch(pattern, call.name)
            if match:
                # A copy: what is kept under a key stays as it was said.
                return self._expanded(copy.deepcopy(route(*match.groups(), params)), params)
        raise ApiError(404, {"type": "invalid_request_error", "message": "Unrecognized request URL."})

    def _strike_before(self, call: Call, fault: Fault) -> None:
        if fault.kind in _DECLINED_BY:
            raise _DECLINED_BY[fault.kind]()
        if fault.kind == "cut":
            raise Cut
        page = re.search(r"/(cs_\w+)", call.path)
        if fault.kind == "paid_meanwhile" and page:
            with self.account.lock:
                self.account.pay(page[1], GOOD)

    def _create_session(self, params: Params) -> Object:
        form.known(params, _PAGE)
        if form.required(params, "mode") != "payment":
            raise refused("Only mode=payment is simulated.", param="mode")
        currency, amount = _price(form.required(params, "line_items"))
        _check_url(form.required(params, "success_url"), "success_url")
        _check_url(params.get("cancel_url") or self.url, "cancel_url")
        now = self.account.now()
        expires_at = form.whole(params, "expires_at") or now + LONGEST
        if not now + SHORTEST <= expires_at <= now + LONGEST:
            words = "The `expires_at` timestamp must be between 30 minutes and 24 hours from creation."
            raise refused(words, param="expires_at")
        _check_words(params)
        form.metadata(params)
        wish = form.known(
            params.get("payment_intent_data") or {}, {"metadata", "description"}, "payment_intent_data"
        )
        form.metadata(wish, "payment_intent_data[metadata]")
        given = {**params, "expires_at": expires_at}
        fresh = objects.session(given, url=self.url, amount=amount, currency=currency, now=now)
        return self.account.add_session(fresh, wish)

    def _retrieve_session(self, id_: str, params: Params) -> Object:
        return self.account.session(id_)

    def _expire_session(self, id_: str, params: Params) -> Object:
        form.known(params, {"expand"})
        return self.account.expire(id_)

    def _create_refund(self, params: Params) -> Object:
        form.known(params, _REFUND)
        if ("payment_intent" in params) == ("charge" in params):
            raise refused("Give one of payment_intent and charge.", param="payment_intent")
        amount = form.whole(params, "amount")
        metadata = form.metadata(params)
        if "charge" in params:
            charge = _found(self.account.charges, params["charge"], "charge")
        else:
            charge = self.account.charge_of(params["payment_intent"])
        return self.account.refund(charge, amount=amount, metadata=metadata, reason=params.get("reason"))

    def _list_refunds(self, params: Params) -> Object:
        form.known(params, {"payment_intent", "charge", "limit", "expand"})
        wanted = {name: params[name] for name in ("payment_intent", "charge") if name in params}
        found = [
            refund
            for refund in reversed(self.account.refunds.values())
            if all(refund[name] == value for name, value in wanted.items())
        ]
        return objects.listing("/v1/refunds", found[: form.whole(params, "limit") or 10])

    def _retrieve_refund(self, id_: str, params: Params) -> Object:
        return _found(self.account.refunds, id_, "refund")

    def _retrieve_intent(self, id_: str, params: Params) -> Object:
        return _found(self.account.intents, id_, "payment_intent")

    def _retrieve_charge(self, id_: str, params: Params) -> Object:
        return _found(self.account.charges, id_, "charge")

    def _retrieve_event(self, id_: str, params: Params) -> Object:
        return _found(self.account.events, id_, "event")

    def _balance(self, params: Params) -> Object:
        empty = [{"amount": 0, "currency": "eur", "source_types": {"card": 0}}]
        return {"object": "balance", "livemode": False, "available": empty, "pending": empty}

    def _endpoints(self, params: Params) -> Object:
        return objects.listing("/v1/webhook_endpoints", self.webhook_endpoints)

    def _expanded(self, body: Object, params: Params) -> Object:
        """Objects in the place of their ids, where asked for."""
        tables = {"payment_intent": self.account.intents, "latest_charge": self.account.charges}
        for path in params.get("expand") or []:
            inner: Object | None = body
            for name in path.split("."):
                if inner is None:
                    break
                if name not in tables or name not in inner:
                    raise refused(f"This property cannot be expanded ({path}).", param="expand")
                if isinstance(inner[name], str):
                    inner[name] = copy.deepcopy(tables[name].get(inner[name]))
                inner = inner[name]
        return body


def _check_key(call: Call) -> None:
    key = call.headers.get("Authorization", "").removeprefix("Bearer ")
    if not re.fullmatch(r"[sr]k_test_\w+", key):
        raise errors.unauthorized("Invalid API Key provided.")


def _price(items: Any) -> tuple[str, int]:
    """Currency and sum of the lines."""
    total, currencies = 0, set()
    for number, item in enumerate(items if isinstance(items, list) else [items]):
        where = f"line_items[{number}]"
        form.known(item, {"quantity", "price_data"}, where)
        data = form.known(
            form.required(item, "price_data", where),
            {"currency", "unit_amount", "product_data"},
            f"{where}[price_data]",
        )
        product = form.required(data, "product_data", f"{where}[price_data]")
        form.required(product, "name", f"{where}[price_data][product_data]")
        amount = form.whole(data, "unit_amount")
        currency = str(form.required(data, "currency", f"{where}[price_data]"))
        if amount is None or amount < 1 or not re.fullmatch("[a-z]{3}", currency):
            raise refused("Invalid price.", param=f"{where}[price_data]")
        total += amount * (form.whole(item, "quantity") or 1)
        currencies.add(currency)
    if len(currencies) != 1:
        raise refused("All prices must have one currency.", param="line_items")
    return currencies.pop(), total


def _check_words(params: Params) -> None:
    if params.get("locale") and params["locale"] not in LOCALES.split():
        raise refused("Invalid locale.", param="locale")
    if params.get("submit_type") not in {None, "auto", "book", "donate", "pay"}:
        raise refused("Invalid submit_type.", param="submit_type")
    email = params.get("customer_email")
    if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise refused(f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    if len(params.get("client_reference_id") or "") > 200:
        raise refused("client_reference_id is too long.", param="client_reference_id")


def _check_url(url: str, name: str) -> None:
    parts = urlsplit(url.replace("{CHECKOUT_SESSION_ID}", "x"))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise refused("Not a valid URL", code="url_invalid", param=name)


def _found(rows: dict[str, Object], id_: Any, kind: str) -> Object:
    if id_ not in rows:
        raise errors.missing(kind, str(id_))
    return rows[id_]


def _of_error(error: ApiError) -> Answer:
    return Answer(error.status, error.body, {"Stripe-Should-Retry": "false"} if error.is_stored else {})
