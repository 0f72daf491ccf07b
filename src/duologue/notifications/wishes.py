"""Which mails does somebody not want? And the link that says so without an account (RFC 8058).

Only what one can do without can be switched off. The link carries the address and the kind, sealed: nothing
of it is stored, and whoever has it can do no more than choose mails.
"""

from dataclasses import dataclass

from django.conf import settings

from duologue.accounts.models import normal_email
from duologue.connections import vault
from duologue.notifications.models import OutgoingMail, UnwantedMail

Kind = UnwantedMail.Kind

OPTIONAL: dict[str, Kind] = {
    "reminder_day": Kind.REMINDER_DAY,
    "reminder_hour": Kind.REMINDER_HOUR,
    "other_waits": Kind.WAITING,
    "review_request": Kind.REVIEWS,
    "review_open": Kind.REVIEWS,
}
"""Letters that can be switched off; all others are owed to their readers."""

_PURPOSE = "mail-choices"


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose mails a link is about; `kind` is that of the mail it came in, empty for all."""

    email: str
    kind: str


def unwanted(email: str) -> set[str]:
    return set(UnwantedMail.objects.filter(email=normal_email(email)).values_list("kind", flat=True))


def is_unwanted(template: str, email: str) -> bool:
    kind = OPTIONAL.get(template)
    return kind is not None and UnwantedMail.objects.filter(email=normal_email(email), kind=kind).exists()


def why_not(mail: OutgoingMail, email: str) -> str:
    return "its reader does not want such mails" if is_unwanted(mail.template, email) else ""


def address(email: str, kind: str = "") -> str:
    """The page on which an address chooses its mails; a program that posts there switches the kind off."""
    sealed = vault.seal("\n".join([_PURPOSE, normal_email(email), kind])).rstrip("=")
    return f"{settings.BASE_URL}/mail-choices/{sealed}"


def read(token: str) -> Choice:
    """What a link says; raises ValueError for one that we did not write."""
    purpose, _, rest = vault.unseal(token + "=" * (-len(token) % 4)).partition("\n")
    email, _, kind = rest.partition("\n")
    if purpose != _PURPOSE or not email or (kind and kind not in Kind):
        msg = "This is not a link to somebody's mails."
        raise ValueError(msg)
    return Choice(email, kind)
