"""What do Stripe's objects look like? Those members that the API always has, and those that anybody uses."""

import secrets
from typing import Any

Object = dict[str, Any]
API_VERSION = "2026-10-28.endive"


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def session(params: Object, *, url: str, amount: int, currency: str, now: int) -> Object:
    id_ = new_id("cs_test")
    return {
        "id": id_,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled") == "true"},
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": int(params["expires_at"]),
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata") or {},
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": params.get("allowed_payment_method_types") or ["card", "sepa_debit"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{url}/c/pay/{id_}",
    }


def payment_intent(of: Object, *, metadata: Object, description: str | None, now: int) -> Object:
    id_ = new_id("pi")
    return {
        "id": id_,
        "object": "payment_intent",
        "amount": of["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{id_}_secret_{secrets.token_hex(8)}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": of["currency"],
        "description": description,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "payment_method": None,
        "payment_method_types": of["payment_method_types"],
        "status": "requires_payment_method",
    }


def charge(intent: Object, *, email: str | None, way: str, now: int) -> Object:
    empty = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "billing_details": {"address": empty, "email": email, "name": None, "phone": None, "tax_id": None},
        "captured": True,
        "created": now,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": f"pm_{way}",
        "payment_method_details": _method(way),
        "receipt_email": None,
        "refunded": False,
        "status": "succeeded",
    }


def _method(way: str) -> Object:
    """The members of a card, or of another method, that are always there."""
    if not way.isdecimal():
        return {"type": way, way: {"last4": "3000", "country": "DE", "bank_code": "37040044"}}
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    card = {
        "brand": "visa",
        "checks": checks,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "simulated",
        "funding": "credit",
        "last4": way[-4:],
        "network": "visa",
        "wallet": None,
    }
    return {"type": "card", "card": card}


def refund(of: Object, *, amount: int, metadata: Object, reason: str | None, now: int) -> Object:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "metadata": metadata,
        "payment_intent": of["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "status": "succeeded",
    }


def dispute(of: Object, *, now: int) -> Object:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": of["amount"],
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "livemode": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def event(kind: str, about: Object, *, key: str | None, now: int) -> Object:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": new_id("req") if key else None, "idempotency_key": key},
        "type": kind,
    }


def listing(url: str, data: list[Object]) -> Object:
    return {"object": "list", "url": url, "has_more": False, "data": data}
