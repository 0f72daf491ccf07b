"""Take the mailed digits as proof that an address is somebody's, and give them what is theirs (BOOK-7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import codes, people
from duologue.accounts.models import MailedCode, User
from duologue.core.errors import Refused
from duologue.usecases.claim_bookings import claim_bookings


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody told at sign-up. It waits with their browser until the address is proved."""

    name: str = ""
    password_hash: str = ""
    time_zone: str = "UTC"
    language: str = "en"


NOBODY = Newcomer()


def prove_address(
    code_id: UUID, digits: str, *, browser: str, newcomer: Newcomer = NOBODY, now: datetime
) -> User:
    """The user whose address it is, made if there is none.

    The first proof of an address ends every password, session and token that was set for it before: whoever
    set them did not read its mail. `newcomer` counts at the first proof only, and must come from the very
    browser that `browser` names. Raises Refused as `codes.check` does, and `account_closed`.
    """
    code = codes.check(code_id, digits, purpose=MailedCode.Purpose.SIGN_IN, browser=browser, now=now)
    with transaction.atomic():
        codes.spend(code, now=now)
        user = _user(code.email, newcomer, now)
        people.lock([user.pk], email=user.email)
        user.refresh_from_db()
        if user.email_proved_at is None:
            _first_proof(user, newcomer, now)
        claim_bookings(user, now=now)
    if not user.is_active:
        raise Refused(_("This account is closed. Write to whoever runs this site."), code="account_closed")
    return user


def _user(email: str, newcomer: Newcomer, now: datetime) -> User:
    made = {
        "date_joined": now,
        "time_zone": newcomer.time_zone,
        "language": newcomer.language,
        "password": make_password(None),
    }
    user, _made = User.objects.get_or_create(email=email, defaults=made)
    return user


def _first_proof(user: User, newcomer: Newcomer, now: datetime) -> None:
    # Sessions carry a mac over the password's hash, so a new one, even an unusable one, ends them all.
    user.password = newcomer.password_hash or make_password(None)
    user.api_tokens.all().delete()
    user.name = newcomer.name or user.name
    user.email_proved_at = now
    user.save(update_fields=["password", "name", "email_proved_at"])
