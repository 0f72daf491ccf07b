"""Mail six digits to an address, so that whoever reads them can show that it is theirs (BOOK-7)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import browsers, codes
from duologue.accounts.models import MailedCode, normal_email
from duologue.accounts.throttle import allow
from duologue.core.errors import Invalid, Refused
from duologue.notifications.outbox import Mail, owe

AN_HOUR = 60 * 60
A_DAY = 24 * AN_HOUR
AN_ADDRESS_AN_HOUR = 8
AN_ADDRESS_A_DAY = 24
A_BROWSER_AN_HOUR = 12
A_NETWORK_AN_HOUR = 60
"""Many people can share one network address; nobody needs a code for many mailboxes."""


def mail_code(
    email: str,
    *,
    purpose: MailedCode.Purpose,
    browser: str,
    subject: str = "",
    network: str = "",
    language: str = "",
    now: datetime,
) -> MailedCode:
    """Write the code's row and owe its mail. Whether the address has an account makes no difference.

    `browser` is the fingerprint of the only browser in which the code will work, `network` its network
    address, `language` what its pages are in: an address without an account is written to in it. Raises
    Invalid for what is no address, Refused (`too_many_codes`) when it is asked too often.
    """
    address = checked_email(email)
    if not browser:
        msg = "A code belongs to a browser."
        raise ValueError(msg)
    _throttle(address, browser, network, now)
    with transaction.atomic():
        code = codes.issue(address, purpose=purpose, browser=browser, subject=subject, now=now)
        params = {"language": language} if language else {}
        owe(Mail(template="code", key=f"code:{code.id}", code_id=code.id, params=params), now=now)
    return code


def checked_email(email: str) -> str:
    """The one spelling of an address; raises Invalid."""
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if not address or len(address) > 254:
        raise Invalid(
            _("Write a whole e-mail address, for example amara@obi.example."),
            code="invalid_email",
            field="email",
        )
    return address


def _throttle(address: str, browser: str, network: str, now: datetime) -> None:
    # Anybody may ask for codes to anybody's address, as often as it takes to reach its limit. Whoever came in
    # by this browser before is counted apart, so that nobody can lock them out.
    is_known = browsers.is_known(address, browser, now=now)
    whose = f"{address} {browser}" if is_known else address
    asked = [
        allow("code-address", whose, limit=AN_ADDRESS_AN_HOUR, seconds=AN_HOUR),
        allow("code-address-day", whose, limit=AN_ADDRESS_A_DAY, seconds=A_DAY),
        allow("code-browser", browser, limit=A_BROWSER_AN_HOUR, seconds=AN_HOUR),
        not network or allow("code-network", network, limit=A_NETWORK_AN_HOUR, seconds=AN_HOUR),
    ]
    if not all(asked):
        refusal = Refused(
            _("That were many codes in a short time. Use the newest one, or try again in an hour."),
            code="too_many_codes",
        )
        refusal.status = 429
        raise refusal
