"""How are tokens kept? Sealed with the installation's keys, of which the first one seals."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from duologue.core import crypto


def seal(text: str) -> str:
    return _vault().seal(text) if text else ""


def unseal(sealed: str) -> str:
    """The text again; raises ValueError when no key fits."""
    return _vault().open(sealed) if sealed else ""


def is_current(sealed: str) -> bool:
    """Whether the first key, which seals now, opens it."""
    if not sealed:
        return True
    try:
        crypto.Vault(settings.DUOLOGUE_ENCRYPTION_KEYS[:1]).open(sealed)
    except ValueError:
        return False
    return True


def renewed(sealed: str) -> str | None:
    """The same, sealed with the first key; None when no key opens it."""
    try:
        return seal(unseal(sealed))
    except ValueError:
        return None


def reseal(rows: QuerySet[Any], name: str) -> None:
    """Seal anew, with the first key, what older ones sealed in this field. What nobody can open stays."""
    for row in rows.only(name).iterator():
        kept = getattr(row, name)
        fresh = None if is_current(kept) else renewed(kept)
        if fresh is not None:
            rows.filter(pk=row.pk, **{name: kept}).update(**{name: fresh})


def _vault() -> crypto.Vault:
    return crypto.Vault(settings.DUOLOGUE_ENCRYPTION_KEYS)
