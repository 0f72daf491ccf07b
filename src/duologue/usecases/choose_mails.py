"""Keep which mails an address wants: all at once on a page, or one kind less by one click in a mail."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from duologue.accounts.models import normal_email
from duologue.notifications.models import UnwantedMail

Kind = UnwantedMail.Kind


def choose_mails(email: str, wanted: Collection[str], *, now: datetime) -> None:
    """Exactly these kinds are wanted from now on."""
    refused = [kind for kind in Kind if kind not in wanted]
    with transaction.atomic():
        UnwantedMail.objects.filter(email=normal_email(email)).exclude(kind__in=refused).delete()
        _refuse(email, refused, now)


def unsubscribe(email: str, kind: str, *, now: datetime) -> None:
    """Without `kind`, from all that can be switched off. Asked twice, it is the same."""
    with transaction.atomic():
        _refuse(email, [Kind(kind)] if kind else list(Kind), now)


def _refuse(email: str, kinds: Collection[Kind], now: datetime) -> None:
    rows = [UnwantedMail(email=normal_email(email), kind=kind, since=now) for kind in kinds]
    UnwantedMail.objects.bulk_create(rows, ignore_conflicts=True)
