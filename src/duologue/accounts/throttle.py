"""How often may somebody do this? One row a name and span, so that every process counts alike."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from duologue.accounts.models import Throttle
from duologue.core import clock

# Not Django's cache, whose counting is "read, then write": fifty at once would count as a few, each count
# would begin the span anew, and a full cache would forget counts at random.
_COUNT = """
INSERT INTO accounts_throttle (name, count, ends_at) VALUES (%(name)s, 1, %(ends_at)s)
ON CONFLICT (name) DO UPDATE SET
    count = CASE WHEN accounts_throttle.ends_at <= %(now)s THEN 1 ELSE accounts_throttle.count + 1 END,
    ends_at = CASE WHEN accounts_throttle.ends_at <= %(now)s THEN excluded.ends_at
              ELSE accounts_throttle.ends_at END
RETURNING count
"""


def allow(scope: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one more and tell whether it is still within `limit` for this span of `seconds`.

    Call it outside of transactions: one that fails would take its count back.
    """
    now = clock.now()
    as_stored = connection.ops.adapt_datetimefield_value
    values = {
        "name": f"{scope}:{hashlib.sha256(who.encode()).hexdigest()[:32]}",
        "now": as_stored(now),
        "ends_at": as_stored(now + timedelta(seconds=seconds)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        (count,) = cursor.fetchone()
    return bool(count <= limit)


def forget_ended(now: datetime) -> None:
    """Drop the spans that are over, which count nothing any more."""
    Throttle.objects.filter(ends_at__lte=now).delete()


def client_address(request: HttpRequest) -> str:
    """The caller's network address; forwarded ones count only from a proxy the operator trusts."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_trusted(address):
            break
        address = hop.strip() or address
    return address


def is_local(request: HttpRequest) -> bool:
    """Whether this very machine asks: what came through a proxy does not, wherever the proxy stands."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _is_trusted(address: str) -> bool:
    try:
        found = ip_address(address)
        return any(found in ip_network(proxy, strict=False) for proxy in settings.DUOLOGUE_TRUSTED_PROXIES)
    except ValueError:
        return False
