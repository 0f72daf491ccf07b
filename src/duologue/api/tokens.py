"""Whose is this token? Personal keys to the API: shown once, kept as a fingerprint (law 12)."""

from datetime import datetime, timedelta

from django.db import transaction

from duologue.accounts.models import ApiToken, User
from duologue.core import crypto
from duologue.core.ids import random_token

PREFIX = "dl_"
USE_IS_NOTED_EVERY = timedelta(hours=1)


def issue(user: User, *, label: str = "", now: datetime) -> str:
    """A new token for a person; this is the only time it can be read."""
    token = f"{PREFIX}{random_token(256)}"
    ApiToken.objects.create(user=user, fingerprint=crypto.fingerprint(token), label=label, created_at=now)
    return token


def holder(token: str, *, now: datetime) -> User | None:
    """The person a token speaks for; None for an unknown or revoked one, or where the account is closed."""
    if not token.startswith(PREFIX):
        return None
    found = (
        ApiToken.objects.select_related("user")
        .filter(fingerprint=crypto.fingerprint(token), revoked_at=None, user__is_active=True)
        .first()
    )
    if found is None:
        return None
    if found.last_used_at is None or found.last_used_at <= now - USE_IS_NOTED_EVERY:
        _note_use(found, now)
    return found.user


def _note_use(token: ApiToken, now: datetime) -> None:
    # In a transaction, so that on SQLite it waits its turn among the writers.
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(last_used_at=now)
