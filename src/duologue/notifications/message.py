"""Which bytes go to the mail server? The parts of a mail in an order that Gmail, Apple and Outlook read.

mixed( alternative( text, related( html, portraits ), text/calendar;method=… ), invite.ics ). The calendar
part inside the alternative is what iMIP asks for (RFC 6047) and what Gmail and Outlook act on; the
attachment is for people. It is called application/ics, as a second text/calendar part makes some programs
show the invite twice.
"""

from datetime import datetime
from email import policy
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.utils import format_datetime

from duologue.calendars.ics import Mailbox, one_line
from duologue.notifications import senders
from duologue.notifications.rendering import Rendered


class _OneLine(UnstructuredHeader, BaseHeader):
    """A header that is never folded: an address in encoded words is one that mail programs do not read."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _OneLine)


class Wire(EmailMessage):
    """A finished message, which writes itself as Django's backend asks for it."""

    def as_bytes(
        self, unixfrom: bool = False, policy: Policy | None = None, *, linesep: str = "\r\n"
    ) -> bytes:
        return super().as_bytes(unixfrom, (policy or self.policy).clone(linesep=linesep))


def build(rendered: Rendered, now: datetime) -> Wire:
    """The whole message. Raises ValueError for an address that no header can carry."""
    wire = Wire(policy=policy.SMTP.clone(header_factory=_HEADERS))
    wire["Message-ID"] = senders.message_id(rendered.mail_id)
    wire["Date"] = format_datetime(now)
    wire["From"] = _address(Mailbox(senders.name(), senders.address()))
    wire["To"] = _address(rendered.to)
    wire["Subject"] = rendered.subject
    # Nobody is away to a machine (RFC 3834).
    wire["Auto-Submitted"] = "auto-generated"
    if rendered.unsubscribe:
        wire["List-Unsubscribe"] = f"<{rendered.unsubscribe}>"
        wire["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    wire.set_content(rendered.text, cte="quoted-printable")
    wire.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    _add_pictures(wire, rendered)
    if rendered.calendar:
        _add_calendar(wire, rendered)
    return wire


def _add_pictures(wire: Wire, rendered: Rendered) -> None:
    if html := wire.get_body(preferencelist=("html",)):
        for picture in rendered.pictures:
            cid = f"<{picture.cid}>"
            html.add_related(picture.png, maintype="image", subtype="png", cid=cid, disposition="inline")


def _add_calendar(wire: Wire, rendered: Rendered) -> None:
    # As bytes: the lines of a calendar end and fold as its own standard says.
    wire.add_alternative(
        rendered.calendar,
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"charset": "UTF-8", "method": rendered.calendar_method},
    )
    wire.add_attachment(rendered.calendar, maintype="application", subtype="ics", filename="invite.ics")


def _address(person: Mailbox) -> Address:
    """Domains in other scripts travel in their ASCII form."""
    local, _, domain = person.email.rpartition("@")
    if not local.isascii():
        msg = f"The address {person.email} needs a kind of mail that few servers take."
        raise ValueError(msg)
    return Address(one_line(person.name, 80), addr_spec=f"{local}@{domain.encode('idna').decode()}")
