"""Does this person read the mail of that address? A code that works once, soon, in the browser that asked."""

import unicodedata
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from duologue.accounts.models import MailedCode
from duologue.core import crypto
from duologue.core.errors import Refused
from duologue.core.ids import uuid7

LIFETIME = timedelta(minutes=15)
MOST_ATTEMPTS = 5
_KEPT_FOR = timedelta(days=30)


def issue(
    email: str, *, purpose: MailedCode.Purpose, browser: str, subject: str = "", now: datetime
) -> MailedCode:
    """A new code; the one that this browser asked for before ends. Needs an open transaction."""
    MailedCode.objects.filter(expires_at__lt=now - _KEPT_FOR).delete()
    earlier = MailedCode.objects.filter(email=email, purpose=purpose, browser=browser, subject=subject)
    earlier.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    return MailedCode.objects.create(
        id=uuid7(now),
        email=email,
        purpose=purpose,
        subject=subject,
        browser=browser,
        created_at=now,
        expires_at=now + LIFETIME,
    )


def digits_of(code: MailedCode) -> str:
    """The six digits, for the mail alone."""
    return crypto.digits(settings.SECRET_KEY, "mailed-code", code.id)


def find(code_id: str, *, purpose: MailedCode.Purpose, browser: str) -> MailedCode | None:
    """A code that this browser asked for, whatever became of it."""
    try:
        wanted = UUID(code_id)
    except ValueError:
        return None
    return MailedCode.objects.filter(pk=wanted, purpose=purpose, browser=browser).exclude(browser="").first()


def check(
    code_id: UUID, typed: str, *, purpose: MailedCode.Purpose, browser: str, now: datetime
) -> MailedCode:
    """Count the attempt, then compare. The attempt stays counted whatever happens after.

    Raises Refused: `code_wrong`, or `code_over` when it is too old, replaced, used, too often wrong, or
    another browser's.
    """
    living = MailedCode.objects.filter(
        pk=code_id, purpose=purpose, browser=browser, used_at__isnull=True, expires_at__gt=now
    ).exclude(browser="")
    with transaction.atomic(durable=True):
        counted = living.filter(attempts__lt=MOST_ATTEMPTS).update(attempts=F("attempts") + 1)
    if not counted:
        raise _over()
    code = MailedCode.objects.get(pk=code_id)
    if not crypto.equal(_plain_digits(typed), digits_of(code)):
        raise _wrong(MOST_ATTEMPTS - code.attempts)
    return code


def spend(code: MailedCode, *, now: datetime) -> None:
    """Use a checked code up, in the transaction that does what it was for; raises Refused when it is."""
    if not MailedCode.objects.filter(pk=code.pk, used_at__isnull=True, expires_at__gt=now).update(
        used_at=now
    ):
        raise _over()


def _plain_digits(typed: str) -> str:
    """What was meant: digits of any script, with whatever was put between them."""
    kept = typed[:40]
    return "".join(
        str(unicodedata.digit(letter)) for letter in kept if unicodedata.digit(letter, None) is not None
    )


def _over() -> Refused:
    return Refused(_("This code does not work any more. Send another one."), code="code_over")


def _wrong(left: int) -> Refused:
    if left < 1:
        return Refused(_("That was not the code, for the fifth time. Send another one."), code="code_over")
    words = ngettext(
        "That is not the code. You have %(left)s attempt left.",
        "That is not the code. You have %(left)s attempts left.",
        left,
    )
    return Refused(words % {"left": left}, code="code_wrong")
