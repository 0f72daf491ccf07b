"""Can this installation write to people? Said at the start, not at the first booking."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning

from duologue.notifications import senders


def mail_is_set_up(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Warnings only: an installation without mail still serves those who have a password."""
    found: list[CheckMessage] = []
    if settings.ENV == "production" and not settings.DUOLOGUE_EMAIL_URL:
        found.append(
            Warning(
                "No mail server is set, so no confirmation, code or reminder can be sent.",
                hint="Set DUOLOGUE_EMAIL_URL, for example smtp+tls://user:password@mail.example:587.",
                id="duologue.mail.W001",
            )
        )
    if settings.DUOLOGUE_EMAIL_URL and senders.address().endswith("@localhost"):
        found.append(
            Warning(
                "Mails would be sent in the name of an address that does not exist.",
                hint="Set DUOLOGUE_EMAIL_FROM, for example Duologue <sessions@duologue.example>.",
                id="duologue.mail.W002",
            )
        )
    return found
