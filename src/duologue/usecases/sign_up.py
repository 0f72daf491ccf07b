"""Begin an account: a code to the address, and what was told waits for its proof."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from duologue.accounts.models import MailedCode
from duologue.accounts.words import clean_line
from duologue.core.errors import Invalid
from duologue.usecases.mail_code import checked_email, mail_code
from duologue.usecases.prove_address import Newcomer
from duologue.usecases.set_password import check_password

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Application:
    """What the sign-up page asks. Without a password one signs in by mailed codes."""

    name: str
    email: str
    password: str = ""
    time_zone: str = "UTC"
    language: str = "en"


def sign_up(
    wanted: Application, *, browser: str, network: str = "", now: datetime
) -> tuple[MailedCode, Newcomer]:
    """Mail the code; no user is made yet, and nothing tells whether the address has an account.

    Keep the newcomer with the browser that asked and hand it to `prove_address`. Raises Invalid with the
    `field` it is about, and Refused as `mail_code` does.
    """
    name = checked_name(wanted.name)
    email = checked_email(wanted.email)
    if wanted.password:
        check_password(wanted.password, name=name, email=email, field="password")
    code = mail_code(
        email,
        purpose=MailedCode.Purpose.SIGN_IN,
        browser=browser,
        network=network,
        language=wanted.language,
        now=now,
    )
    newcomer = Newcomer(
        name=name,
        password_hash=make_password(wanted.password) if wanted.password else "",
        time_zone=wanted.time_zone,
        language=wanted.language,
    )
    return code, newcomer


def checked_name(name: str) -> str:
    """A name as it is shown; raises Invalid."""
    clean = clean_line(name)
    if not clean or len(clean) > LONGEST_NAME:
        raise Invalid(
            _("Write your name in at most %(count)s letters.") % {"count": LONGEST_NAME},
            code="invalid_name",
            field="name",
        )
    return clean
