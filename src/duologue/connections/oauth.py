"""How do we get, renew and give back access to an account? OAuth 2 as the vendors speak it (RFC 6749, 7636).

Plain requests through `core.http`, so that deadlines and sizes hold here too. Whatever a vendor answers, one
of the four errors comes of it, and none of its words.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from duologue.connections.vendors import Vendor
from duologue.core import http
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable
from duologue.core.http import Answer

_TOKEN = re.compile(r"[\x21-\x7e]{1,16000}")
_LIVES = timedelta(hours=1)
"""Of an access token, where the vendor does not say."""
_LONGEST = timedelta(days=90)
_NAME = 254
# What a vendor calls the end of a consent: taken back, run out, or to be given anew.
_OVER = {"invalid_grant", "access_denied", "interaction_required", "consent_required", "login_required"}
_OURS = {"invalid_client", "unauthorized_client", "invalid_scope", "redirect_uri_mismatch"}
_BUSY = {"temporarily_unavailable", "server_error", "internal_failure", "slow_down"}
# Zoom tells it by number in places: token gone.
_ZOOM_OVER = re.compile(r"\b47(35|37|41)\b|invalid token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grant:
    """Access that was granted. `refresh` is empty where the old one goes on; `scopes` None where untold."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lives: timedelta
    scopes: tuple[str, ...] | None
    account_name: str


def authorize_address(vendor: Vendor, *, state: str, verifier: str, redirect_uri: str) -> str:
    """The vendor's page that asks the person for consent."""
    asked = {
        "response_type": "code",
        "client_id": vendor.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        **vendor.extra,
    }
    if vendor.asks_scopes:
        asked["scope"] = " ".join(scope.name for scope in vendor.scopes)
    if vendor.uses_pkce:
        asked |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    return f"{vendor.at(vendor.authorize_url)}?{urlencode(asked)}"


def challenge(verifier: str) -> str:
    """S256 of RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def exchange(vendor: Vendor, *, code: str, verifier: str, redirect_uri: str) -> Grant:
    """The access that a code stands for. NeedsReconnect: the code serves no more, so ask for consent anew."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if vendor.uses_pkce:
        form["code_verifier"] = verifier
    return _grant(vendor, _post(vendor, vendor.token_url, form))


def refresh(vendor: Vendor, refresh_token: str) -> Grant:
    """New access for the same consent. NeedsReconnect: the consent is over."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _grant(vendor, _post(vendor, vendor.token_url, form))


def revoke(vendor: Vendor, token: str) -> None:
    """Give access back; one that is gone already is no error, nor is a vendor without a way to."""
    if not vendor.revoke_url:
        return
    answer = _post(vendor, vendor.revoke_url, {"token": token})
    if not http.is_good(answer) and not isinstance(_refusal(answer), NeedsReconnect):
        error = _refusal(answer)
        # "No such token" comes as many kinds of 400; only what may pass is tried again.
        if not isinstance(error, Permanent):
            raise error


def _post(vendor: Vendor, url: str, form: Mapping[str, str]) -> Answer:
    ours = {"client_id": vendor.client_id, "client_secret": vendor.client_secret}
    return http.request(
        vendor.name,
        "POST",
        vendor.at(url),
        form=form if vendor.uses_basic else {**form, **ours},
        auth=(vendor.client_id, vendor.client_secret) if vendor.uses_basic else None,
    )


def _grant(vendor: Vendor, answer: Answer) -> Grant:
    if not http.is_good(answer):
        raise _refusal(answer)
    found = answer.json()
    access, renewed = _token(found, "access_token"), _token(found, "refresh_token")
    if not access:
        raise Retryable(f"{vendor.name} answers without a token.")
    return Grant(access, renewed, _lives(found), _scopes(found), _account_name(found))


def _refusal(answer: Answer) -> ProviderError:
    told = answer.told()
    code = told.get("error")
    code = code.lower() if isinstance(code, str) else ""
    if code in _OVER or (answer.status < 500 and _ZOOM_OVER.search(_words(told))):
        return NeedsReconnect(f"{answer.vendor} ended our access.")
    if code in _OURS:
        return NotConfigured(f"{answer.vendor} does not accept our client id, secret or address: {code}.")
    if code in _BUSY or not code:
        # A page instead of an answer says nothing about the consent.
        return Retryable(f"{answer.vendor} answers {answer.status}.", retry_after=http.retry_after(answer))
    usual = http.refusal(answer)
    return usual if isinstance(usual, Retryable) else Permanent(f"{answer.vendor} answers {answer.status}.")


def _words(told: Mapping[str, Any]) -> str:
    return " ".join(str(told.get(name, "")) for name in ("reason", "error_description", "message"))


def _token(found: Mapping[str, Any], name: str) -> str:
    """The token, or empty: what cannot stand in a header is none."""
    value = found.get(name)
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else ""


def _lives(found: Mapping[str, Any]) -> timedelta:
    text = str(found.get("expires_in", ""))
    seconds = int(text) if text.isdecimal() and len(text) <= 9 else 0
    return min(timedelta(seconds=seconds), _LONGEST) if seconds else _LIVES


def _scopes(found: Mapping[str, Any]) -> tuple[str, ...] | None:
    told = found.get("scope")
    return tuple(told.split()) if isinstance(told, str) and told.strip() else None


def _account_name(found: Mapping[str, Any]) -> str:
    """Whose account it is, from the id token where one came along.

    Its signature need not be checked: it comes straight from the vendor (OpenID Connect Core, 3.1.3.7).
    """
    try:
        part = str(found["id_token"]).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        name = claims.get("email") or claims.get("preferred_username") or ""
    except (KeyError, IndexError, ValueError, AttributeError, RecursionError):
        return ""
    return name[:_NAME] if isinstance(name, str) and name.isprintable() else ""
