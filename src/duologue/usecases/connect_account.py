"""Connect an account elsewhere: ask its owner for consent, and keep what the vendor answers.

State and verifier wait in the session of whoever began; the answer counts once, for the same person in the
same browser, and not for long.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from duologue.accounts import throttle
from duologue.accounts.models import Host, User
from duologue.connections import keeping, oauth
from duologue.connections.models import Connection
from duologue.connections.oauth import Grant
from duologue.connections.vendors import VENDORS, Scope, Vendor, vendor_of
from duologue.core import crypto
from duologue.core.errors import (
    Forbidden,
    Invalid,
    NeedsReconnect,
    NotConfigured,
    Permanent,
    ProviderError,
    Refused,
    Retryable,
)
from duologue.core.ids import random_token
from duologue.jobs import queue
from duologue.usecases import order_platforms, retry_places
from duologue.video.contract import Account
from duologue.video.displaced import platforms_of
from duologue.video.registry import provider

CONSENT_WITHIN = timedelta(minutes=15)
_PENDING = "consents"
_LONGEST_ANSWER = 4000
_log = logging.getLogger(__name__)


class Memory(Protocol):
    """What a browser's session on the server has of a dictionary."""

    def get(self, key: str, default: Any, /) -> Any: ...
    def __setitem__(self, key: str, value: Any, /) -> None: ...


def begin(session: Memory, user: User, slug: str, *, now: datetime, for_all: bool = False) -> str:
    """The vendor's page to send the person to. `for_all` connects the whole installation's account.

    Raises NotConfigured where the operator set nothing up, Forbidden for who may not.
    """
    vendor = vendor_of(slug)
    _check_may(user, for_all=for_all)
    state, verifier = random_token(256), random_token(384)
    pending = {
        "state": state,
        "verifier": verifier,
        "user": user.pk,
        "for_all": for_all,
        "at": now.isoformat(),
    }
    session[_PENDING] = {**session.get(_PENDING, {}), slug: pending}
    return oauth.authorize_address(vendor, state=state, verifier=verifier, redirect_uri=redirect_uri(slug))


def redirect_uri(slug: str) -> str:
    """Where vendors send people back to; the operator registers it there."""
    return f"{settings.BASE_URL}/connections/{slug}/callback"


def finish(session: Memory, user: User, slug: str, answer: Mapping[str, str], *, now: datetime) -> Connection:
    """What comes of the vendor's answer. Raises Refused with a sentence that says what to do.

    Its `data["for_all"]` tells on whose page to say it. Asks the vendor: call it outside of transactions.
    """
    pending = _taken(session, user, slug, state=answer.get("state", ""), now=now)
    for_all = bool(pending["for_all"])
    try:
        vendor = vendor_of(slug)
        _check_may(user, for_all=for_all)
        code = _code(vendor, answer)
        grant = oauth.exchange(
            vendor, code=code, verifier=pending["verifier"], redirect_uri=redirect_uri(slug)
        )
        _check_rights(vendor, grant)
        if not grant.account_name:
            grant = replace(grant, account_name=_asked_name(vendor, grant))
        return _kept(None if for_all else user.pk, vendor, grant, now)
    except ProviderError as error:
        raise Refused(_told(slug, error), code="not_connected", for_all=for_all) from error
    except Refused as refusal:
        refusal.data = {**refusal.data, "for_all": for_all}
        raise


def _check_may(user: User, *, for_all: bool) -> None:
    may = user.is_operator if for_all else Host.objects.filter(user=user).exists()
    if not may:
        raise Forbidden(_("Only those who give sessions here can connect an account."))


def _taken(session: Memory, user: User, slug: str, *, state: str, now: datetime) -> dict[str, Any]:
    """What was begun in this session, taken out of it; raises Refused unless the answer belongs to it."""
    waiting = dict(session.get(_PENDING, {}))
    pending: dict[str, Any] = waiting.get(slug, {})
    if not pending or not crypto.equal(state, pending["state"]):
        # Left as it is: an answer that somebody made up must not end what was begun here.
        raise _over()
    session[_PENDING] = {name: one for name, one in waiting.items() if name != slug}
    is_late = now - datetime.fromisoformat(pending["at"]) > CONSENT_WITHIN
    if is_late or pending["user"] != user.pk or not _is_first(state):
        raise _over()
    return pending


def _is_first(state: str) -> bool:
    """Of two answers at the same moment both still find it in the session: the count lets one through."""
    return throttle.allow("consent", state, limit=1, seconds=int(CONSENT_WITHIN.total_seconds()))


def _over() -> Refused:
    words = _("This attempt to connect is over, or was begun in another browser. Press Connect once more.")
    return Refused(words, code="consent_over", for_all=False)


def _code(vendor: Vendor, answer: Mapping[str, str]) -> str:
    error, code = answer.get("error", ""), answer.get("code", "")
    if error == "access_denied":
        words = _("You did not allow it at %(vendor)s, so nothing was connected.")
        raise Refused(words % {"vendor": vendor.name}, code="consent_denied")
    if error or not 0 < len(code) <= _LONGEST_ANSWER:
        raise Retryable(f"{vendor.name} sent somebody back without a code.")
    return code


def _check_rights(vendor: Vendor, grant: Grant) -> None:
    """All that we need, and for longer than an hour."""
    missing = vendor.missing(grant.scopes) if grant.scopes is not None else []
    if missing:
        raise Invalid(_rights_words(vendor, missing), code="rights_missing")
    if not grant.refresh:
        words = _("%(vendor)s gave access for an hour only. Press Connect once more and allow all it asks.")
        raise Invalid(words % {"vendor": vendor.name}, code="rights_missing")


def _rights_words(vendor: Vendor, missing: list[Scope]) -> str:
    values = {
        "vendor": vendor.name,
        "rights": get_text_list([str(scope.words) for scope in missing], _("or")),
        "scopes": ", ".join(scope.name for scope in missing),
    }
    if vendor.asks_scopes:
        words = _(
            "%(vendor)s did not allow us to %(rights)s. Press Connect once more and leave every box ticked."
        )
    else:
        words = _(
            "%(vendor)s does not allow us to %(rights)s. Those who run this site have to add these scopes"
            " to their app there: %(scopes)s. Then connect once more."
        )
    return words % values


def _asked_name(vendor: Vendor, grant: Grant) -> str:
    """Whose account it is, from the first of the vendor's platforms that says so; empty where none can now.

    Raises Refused for an account that none of them lets us use.
    """
    refusing: list[str] = []
    asked = platforms_of(vendor.slug)
    for slug in asked:
        try:
            name = provider(slug).probe(account=Account("", grant.access))
        except (Retryable, NotConfigured):
            continue
        except (NeedsReconnect, Permanent) as error:
            _log.warning("A %s account could not be used: %s", vendor.name, error.message)
            refusing.append(provider(slug).name)
            continue
        if name:
            return name
    if refusing and len(refusing) == len(asked):
        words = _("%(platform)s cannot be used with this account. Connect another one.")
        raise Refused(words % {"platform": get_text_list(refusing, _("or"))}, code="account_refused")
    return ""


def _kept(user_id: int | None, vendor: Vendor, grant: Grant, now: datetime) -> Connection:
    with transaction.atomic():
        connection = keeping.keep(user_id, vendor.slug, grant, now=now)
        if user_id is not None:
            order_platforms.prefer(user_id, vendor.slug)
        queue.enqueue(retry_places.owed(connection, now=now), now=now)
    return connection


def _told(slug: str, error: ProviderError) -> str:
    """What a person can do about it, without the vendor's own words."""
    values = {"vendor": VENDORS[slug].name if slug in VENDORS else slug}
    _log.warning("Connecting %s failed: %s", values["vendor"], error.message)
    if isinstance(error, NeedsReconnect):
        return _("%(vendor)s no longer takes that answer. Press Connect once more.") % values
    if isinstance(error, Retryable):
        words = _("%(vendor)s did not answer as it should, so nothing was connected. Try again in a minute.")
        return words % values
    return _("This site is not set up at %(vendor)s as it should be. Tell those who run it.") % values
