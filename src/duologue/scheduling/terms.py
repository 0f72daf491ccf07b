"""What about an offer decides its slots? Its rules, its host's clocks and whose time it takes; no words."""

from dataclasses import dataclass

from duologue.accounts.models import Host
from duologue.scheduling import prepared
from duologue.scheduling.models import EventType
from duologue.scheduling.schedules import rules_of
from duologue.scheduling.slots import SlotRules

_OPEN = """
SELECT offer.id, offer.host_id, host.user_id, person.time_zone, offer.price_amount,
       offer.duration * 60, offer.slot_step * 60, offer.buffer_before * 60, offer.buffer_after * 60,
       offer.minimum_notice * 60, offer.horizon_days * 86400, offer.daily_limit
FROM scheduling_eventtype AS offer
JOIN accounts_host AS host ON host.id = offer.host_id
JOIN accounts_user AS person ON person.id = host.user_id
WHERE host.slug = %s AND offer.slug = %s AND host.status = %s AND offer.is_active AND person.is_active
"""


@dataclass(frozen=True, slots=True)
class Terms:
    event_type_id: int
    host_id: int
    user_id: int
    zone_name: str
    is_free: bool
    rules: SlotRules


def of(event_type: EventType) -> Terms:
    """An event type's terms; needs `host__user` loaded."""
    return Terms(
        event_type_id=event_type.pk,
        host_id=event_type.host_id,
        user_id=event_type.host.user_id,
        zone_name=event_type.host.user.time_zone,
        is_free=event_type.is_free,
        rules=rules_of(event_type),
    )


def find(host_slug: str, event_type_slug: str) -> Terms | None:
    """The terms of an offer that can be booked; None where there is none, as `find_slots.is_open` says."""
    with prepared.cursor() as cursor:
        cursor.execute(_OPEN, (host_slug, event_type_slug, Host.Status.APPROVED.value))
        row = cursor.fetchone()
    if row is None:
        return None
    event_type_id, host_id, user_id, zone_name, price_amount, *rules = row
    return Terms(event_type_id, host_id, user_id, zone_name, price_amount == 0, SlotRules(*rules))
