"""Which connection serves whom? One's own that works, else the installation's."""

from django.db.models import F, Q, QuerySet

from duologue.connections.models import Connection
from duologue.core.kept import Kept, given


def find(user_id: int, vendor: str) -> Connection | None:
    """The working connection through which a vendor is asked in this host's name; None without one."""
    return _WORKING.first(user=user_id, vendor=vendor)


_WORKING = Kept(
    lambda: Connection.objects.filter(
        Q(user=given("user")) | Q(user__isnull=True), vendor=given("vendor"), state=Connection.State.WORKS
    ).order_by(F("user").asc(nulls_last=True))
)


def last_ended(user_id: int, vendor: str) -> Connection | None:
    """The one that served this host and was disconnected last."""
    ended = Connection.objects.filter(vendor=vendor, state=Connection.State.DISCONNECTED)
    return ended.filter(Q(user=user_id) | Q(user__isnull=True)).order_by("-checked_at", "-pk").first()


def living(user_id: int | None) -> QuerySet[Connection]:
    """All that somebody (None: the installation) connected and did not end, broken ones too."""
    whose = Connection.objects.filter(user__isnull=True) if user_id is None else _of(user_id)
    return whose.exclude(state=Connection.State.DISCONNECTED).order_by("vendor")


def _of(user_id: int) -> QuerySet[Connection]:
    return Connection.objects.filter(user=user_id)
