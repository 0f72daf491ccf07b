"""In whose name do mails go out?"""

from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings


def address() -> str:
    """The installation's own address: sender of all mails and organizer of all invites."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def name() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or settings.DUOLOGUE_NAME


def site_host() -> str:
    """The installation's public name, as people type it."""
    return urlsplit(settings.BASE_URL).netloc or "localhost"


def message_id(mail_id: object) -> str:
    """One for a mail's life, so that a repeat after a crash is the same mail to everyone who keeps it."""
    return f"<{mail_id}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}>"
