"""What about an offer decides its slots? Its rules, its host's clocks and whose time it takes; no words."""

from dataclasses import dataclass
from typing import Any

from duologue.accounts.models import Host
from duologue.core import statements
from duologue.scheduling.models import EventType
from duologue.scheduling.schedules import rules_of
from duologue.scheduling.slots import SlotRules

_TERMS = """
SELECT offer.id, offer.host_id, host.user_id, person.time_zone, offer.price_amount,
       offer.duration * 60, offer.slot_step * 60, offer.buffer_before * 60, offer.buffer_after * 60,
       offer.minimum_notice * 60, offer.horizon_days * 86400, offer.daily_limit
"""
_WORDS = """
, offer.name, offer.currency, offer.is_active,
       host.status, host.slug, person.is_active, person.name, person.email
"""
_OF_ALL = """
FROM scheduling_eventtype AS offer
JOIN accounts_host AS host ON host.id = offer.host_id
JOIN accounts_user AS person ON person.id = host.user_id
"""
_OPEN = f"""{_TERMS} {_OF_ALL}
WHERE host.slug = %s AND offer.slug = %s AND host.status = %s AND offer.is_active AND person.is_active
"""
_SOLD = f"{_TERMS} {_WORDS} {_OF_ALL} WHERE offer.id = %s"
_TERMS_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Terms:
    event_type_id: int
    host_id: int
    user_id: int
    zone_name: str
    price_amount: int
    rules: SlotRules

    @property
    def is_free(self) -> bool:
        return self.price_amount == 0


@dataclass(frozen=True, slots=True)
class Sold:
    """What a booking keeps of an offer, and whether and from whom it can be had."""

    terms: Terms
    title: str
    currency: str
    is_open: bool
    host_name: str
    host_email: str


def of(event_type: EventType) -> Terms:
    """An event type's terms; needs `host__user` loaded."""
    return Terms(
        event_type_id=event_type.pk,
        host_id=event_type.host_id,
        user_id=event_type.host.user_id,
        zone_name=event_type.host.user.time_zone,
        price_amount=event_type.price_amount,
        rules=rules_of(event_type),
    )


def find(host_slug: str, event_type_slug: str) -> Terms | None:
    """The terms of an offer that can be booked; None where there is none, as `find_slots.is_open` says."""
    row = _row(_OPEN, host_slug, event_type_slug, Host.Status.APPROVED.value)
    return _terms(row) if row is not None else None


def sold(event_type_id: int) -> Sold | None:
    """What is sold under that id, open or not."""
    row = _row(_SOLD, event_type_id)
    if row is None:
        return None
    title, currency, is_active, status, slug, is_there, name, email = row[_TERMS_LENGTH:]
    return Sold(
        terms=_terms(row[:_TERMS_LENGTH]),
        title=title,
        currency=currency,
        is_open=is_active and is_there and status == Host.Status.APPROVED,
        host_name=name or slug,
        host_email=email,
    )


def _row(sql: str, *values: str | int) -> tuple[Any, ...] | None:
    with statements.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _terms(row: tuple[Any, ...]) -> Terms:
    event_type_id, host_id, user_id, zone_name, price_amount, *rules = row
    return Terms(event_type_id, host_id, user_id, zone_name, price_amount, SlotRules(*rules))
