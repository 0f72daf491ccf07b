"""How often may somebody do this? Counts in the shared cache, so that every process counts alike."""

import hashlib
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def allow(scope: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one more and tell whether it is still within `limit` for each `seconds`."""
    name = f"throttle:{scope}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    if cache.add(name, 1, seconds):
        return limit >= 1
    try:
        return cache.incr(name) <= limit
    except ValueError:
        # It ran out between the two steps: a new span begins.
        cache.set(name, 1, seconds)
        return limit >= 1


def client_address(request: HttpRequest) -> str:
    """The caller's network address; forwarded ones count only from a proxy the operator trusts."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_trusted(address):
            break
        address = hop.strip() or address
    return address


def _is_trusted(address: str) -> bool:
    try:
        found = ip_address(address)
        return any(found in ip_network(proxy, strict=False) for proxy in settings.DUOLOGUE_TRUSTED_PROXIES)
    except ValueError:
        return False
