"""Set, change or take away a password."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from duologue.accounts.models import User
from duologue.core.errors import Invalid
from duologue.notifications.outbox import Mail, owe

LONGEST_PASSWORD = 200


def set_password(user: User, password: str | None, *, now: datetime) -> None:
    """From now on this password, or none; a mail tells of it, in case that it was not they.

    Every session of the user ends; the caller keeps its own if it may.
    Raises Invalid for a password that is too easy to guess.
    """
    if password is not None:
        check_password(password, name=user.name, email=user.email, field="new_password")
    done = _change(user.has_usable_password(), password is not None)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        key = f"password_changed:{user.pk}:{now.isoformat()}"
        owe(Mail(template="password_changed", key=key, user_id=user.pk, params={"done": done}), now=now)


def _change(had: bool, has: bool) -> str:
    if not has:
        return "removed"
    return "changed" if had else "set"


def check_password(password: str, *, name: str, email: str, field: str) -> None:
    """Raises Invalid with all that speaks against it; `field` names where it was typed."""
    try:
        validate_password(password, User(name=name, email=email))
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), code="invalid_password", field=field) from None
