"""How do old keys go out of use? What they sealed is sealed anew with the first key within a day."""

from datetime import datetime

from duologue.connections import vault
from duologue.connections.models import Connection


def reseal(now: datetime) -> None:
    """The chore. What nobody can open, and what is being renewed at this moment, is left as it is."""
    kept = Connection.objects.filter(refreshing_until__isnull=True).exclude(sealed_access="")
    for row in kept.only("sealed_access", "sealed_refresh").iterator():
        fresh = {
            name: vault.renewed(getattr(row, name))
            for name in ("sealed_access", "sealed_refresh")
            if not vault.is_current(getattr(row, name))
        }
        if fresh and None not in fresh.values():
            unchanged = Connection.objects.filter(
                pk=row.pk, sealed_access=row.sealed_access, refreshing_until__isnull=True
            )
            unchanged.update(**fresh)
