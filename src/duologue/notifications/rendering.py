"""How does a mail look to its one reader? Subject, text, HTML, portraits, calendar part: made when asked."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from duologue.calendars.ics import Mailbox, one_line
from duologue.core.errors import Permanent
from duologue.notifications import letters, portraits, readers, senders, wishes
from duologue.notifications.letter import Letter, as_text, linked
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Face, Reader
from duologue.notifications.subject import VEIL

_SUBJECT = 160
_FONTS = {
    "sans": "-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif",
    "serif": "Georgia,Times New Roman,serif",
    "mono": "ui-monospace,SF Mono,Cascadia Mono,Menlo,Consolas,monospace",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A portrait inside the mail, which the HTML shows as `cid:<cid>`."""

    cid: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Portrait:
    """A face as the template draws it: a picture, or initials on a colour."""

    initials: str
    colour: str
    cid: str


@dataclass(frozen=True, slots=True)
class Rendered:
    mail_id: str
    to: Mailbox
    subject: str
    text: str
    html: str
    calendar: bytes = b""
    calendar_method: str = ""
    pictures: list[Picture] = field(default_factory=list)
    unsubscribe: str = ""


def render(mail: OutgoingMail, now: datetime, *, is_veiled: bool = False) -> Rendered:
    """The mail as it is at this moment; veiled, its token or code is not written out (MAIL-2).

    Raises Permanent when there is nobody to write to.
    """
    reader = readers.reader_of(mail)
    if reader is None:
        raise Permanent("There is no address to send this to.")
    with translation.override(reader.language):
        letter = letters.write(letters.Occasion(mail, reader, now, is_veiled))
        choices = _choices(mail, reader, is_veiled=is_veiled)
        if choices:
            fewer = linked(_("[Fewer mails like this]"), choices)
            letter = replace(letter, small=(*letter.small, " · ", *fewer))
        pictures, faces = _draw(letter.faces)
        html = render_to_string("mail/letter.html", _context(letter, faces))
    return Rendered(
        mail_id=str(mail.pk),
        to=Mailbox(reader.name, reader.email),
        subject=one_line(letter.subject, _SUBJECT),
        text=as_text(letter),
        html=html,
        calendar=letter.calendar,
        calendar_method=letter.calendar_method,
        pictures=pictures,
        unsubscribe="" if is_veiled else choices,
    )


def _choices(mail: OutgoingMail, reader: Reader, *, is_veiled: bool) -> str:
    """Where mails of this kind are switched off; empty for what is owed to its reader."""
    kind = wishes.OPTIONAL.get(mail.template)
    if kind is None:
        return ""
    return f"{settings.BASE_URL}/mail-choices/{VEIL}" if is_veiled else wishes.address(reader.email, kind)


def _context(letter: Letter, faces: list[Portrait]) -> dict[str, object]:
    return {
        **_FONTS,
        "letter": letter,
        "faces": faces,
        "site_name": settings.DUOLOGUE_NAME,
        "site_url": settings.BASE_URL,
        "is_rtl": translation.get_language_bidi(),
        "language": translation.get_language(),
    }


def _draw(faces: tuple[Face, ...]) -> tuple[list[Picture], list[Portrait]]:
    pictures: list[Picture] = []
    drawn: list[Portrait] = []
    for place, face in enumerate(faces):
        data = portraits.png(face.photo)
        cid = f"portrait{place}@{senders.site_host().split(':')[0]}" if data else ""
        if data:
            pictures.append(Picture(cid, data))
        drawn.append(Portrait(face.initials, portraits.FIELDS[face.field % len(portraits.FIELDS)], cid))
    return pictures, drawn
