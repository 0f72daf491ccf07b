"""What of people's comings and goings is no longer needed?"""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction

from duologue.accounts import browsers, throttle
from duologue.accounts.models import MailedCode

CODES_ARE_KEPT_FOR = timedelta(days=1)
"""After they ended, so that the Mail page can still tell what a mail was about."""


def forget_ended(now: datetime) -> None:
    """The chore: sessions, codes and browsers that are too old, and spans that count nothing any more."""
    with transaction.atomic():
        Session.objects.filter(expire_date__lt=now).delete()
        MailedCode.objects.filter(expires_at__lt=now - CODES_ARE_KEPT_FOR).delete()
        throttle.forget_ended(now)
        browsers.forget_old(now)
