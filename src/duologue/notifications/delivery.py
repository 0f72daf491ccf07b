"""Does a mail leave this machine, and what does the mail server's answer mean for the next try?"""

import smtplib
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from duologue.core.errors import NotConfigured, Permanent, ProviderError, Retryable
from duologue.core.resting import resting
from duologue.notifications import message, senders
from duologue.notifications.rendering import Rendered

_TEMPORARY = range(400, 500)


class _Envelope(EmailMessage):
    """What Django's backend needs to know about a message that is built already."""

    def __init__(self, wire: message.Wire, to: str) -> None:
        super().__init__(from_email=senders.address(), to=[to])
        self._wire = wire

    def message(self) -> message.Wire:  # type: ignore[override]
        return self._wire


def leaves(email: str) -> bool:
    """Whether a mail to this address goes to the server, or stays here to be looked at.

    Raises NotConfigured in production without a mail server, where nobody would look.
    """
    if not settings.DUOLOGUE_EMAIL_URL:
        if settings.ENV == "production":
            raise NotConfigured("No mail server is set: DUOLOGUE_EMAIL_URL is empty.")
        return False
    return settings.ENV != "staging" or is_allowed(email)


def is_allowed(email: str) -> bool:
    """Staging writes to listed addresses and domains only (PAY-4)."""
    address = email.lower()
    domain = address[address.rfind("@") :]
    return any(entry.lower() in {address, domain} for entry in settings.DUOLOGUE_EMAIL_ALLOWED)


def deliver(rendered: Rendered, now: datetime) -> None:
    """Hand the mail to the server; raises Retryable, or Permanent where another try would not help."""
    try:
        wire = message.build(rendered, now)
    except ValueError as error:
        raise Permanent(f"The address cannot be written to: {error}") from error
    to = wire["To"].addresses[0].addr_spec
    try:
        with resting():
            get_connection().send_messages([_Envelope(wire, to)])
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(
            "The mail server refused the address", *next(iter(error.recipients.values()))
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        # A wrong password is the operator's to mend; mails wait for it as long as they can.
        raise Retryable(
            f"The mail server refused our sign-in: {_said(error.smtp_code, error.smtp_error)}"
        ) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal("The mail server refused the mail", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Permanent(f"The mail server cannot do what this mail needs: {error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Retryable(f"The mail server cannot be reached: {type(error).__name__}.") from error


def _refusal(what: str, code: int, words: bytes | str) -> ProviderError:
    kind = Retryable if code in _TEMPORARY else Permanent
    return kind(f"{what}: {_said(code, words)}")


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:200]
