"""What do we write to people about themselves? Codes, and whether a host's page is open."""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from duologue.accounts import codes
from duologue.accounts.models import Host, MailedCode
from duologue.calendars.ics import one_line
from duologue.core.errors import Permanent
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import readers, senders, when
from duologue.notifications.letter import Letter, Link, Section, Words, linked
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Reader
from duologue.notifications.subject import VEIL


def code(mail: OutgoingMail, reader: Reader, *, is_veiled: bool) -> Letter:
    """The digits stand in the mail's body alone: subjects and previews show on locked and shared screens."""
    row = MailedCode.objects.filter(pk=mail.code_id).get() if mail.code_id else None
    if row is None:
        raise Permanent(f"The mail {mail.key} carries a code and names none.")
    minutes = int((row.expires_at - row.created_at) / timedelta(minutes=1))
    values = {
        "length": when.minutes_long(minutes, when.locale_of(reader.language)),
        "site": senders.site_host(),
    }
    is_device = row.purpose == MailedCode.Purpose.SECOND_DEVICE
    return Letter(
        subject=_("Your code for a second device") if is_device else _("Your code for %(site)s") % values,
        preview=_("It works for %(length)s, in the browser that asked for it.") % values,
        heading=_("Your code"),
        lead=(
            _("Type it on the device that wants to join the call.")
            if is_device
            else _("Type it in the browser where you asked for it.")
        ),
        code=VEIL if is_veiled else codes.digits_of(row),
        code_hint=_("It works once, for %(length)s.") % values,
        sections=(
            Section(
                _("You did not ask for it?"),
                (
                    _(
                        "Then you need not do anything: without the code nobody gets in. Give it to nobody;"
                        " we never ask for it by mail or phone."
                    ),
                ),
            ),
        ),
        small=(_("You get this mail because somebody typed your address at %(site)s.") % values,),
    )


def password_changed(mail: OutgoingMail, reader: Reader) -> Letter:
    """To whom the account belongs, however it came about."""
    at = when.moment(mail.created_at, reader.zone, when.locale_of(reader.language))
    values = {"site": senders.site_host(), "at": at, "zone": when.zone_label(mail.created_at, reader.zone)}
    subject, words = {
        "set": (
            _("Your account has a password now"),
            _("It was set on %(at)s, %(zone)s. Mailed codes go on working."),
        ),
        "removed": (
            _("Your account has no password any more"),
            _("It was taken away on %(at)s, %(zone)s. You sign in by mailed codes."),
        ),
    }.get(
        str(mail.params.get("done")),
        (
            _("Your password was changed"),
            _("It was changed on %(at)s, %(zone)s. Everywhere else your account was signed out."),
        ),
    )
    return Letter(
        subject=subject,
        preview=words % values,
        heading=f"{subject}.",
        lead=words % values,
        sections=(
            Section(_("It was you?"), (_("Then you need not do anything."),)),
            Section(
                _("It was not you?"),
                linked(
                    _(
                        "Sign in [by a mailed code], which nobody but you can read, and set a new password:"
                        " that signs everybody else out."
                    ),
                    f"{settings.BASE_URL}/sign-in?{urlencode({'next': '/profile/password'})}",
                ),
            ),
        ),
        small=(_("You get this mail because you have an account at %(site)s.") % values,),
    )


def host_approved(mail: OutgoingMail) -> Letter:
    host = _host(mail)
    page = Link(_("Look at your page"), f"{settings.BASE_URL}/h/{host.slug}")
    values = {"page": page.shown}
    return Letter(
        subject=_("Your page is open"),
        preview=_("People can find and book you at %(page)s.") % values,
        heading=_("Your page is open."),
        lead=_("People can find and book you at %(page)s.") % values,
        faces=(readers.face_of_user(host.user),),
        button=page,
        sections=(
            Section(
                _("What makes it complete"),
                linked(
                    _("Times to book come from [your weekly hours] and from what you offer."),
                    f"{settings.BASE_URL}/availability",
                ),
            ),
        ),
        small=_about_your_page(),
    )


def host_suspended(mail: OutgoingMail) -> Letter:
    host = _host(mail)
    return Letter(
        subject=_("Your page is closed for now"),
        preview=_("Nobody can book you for now. What is agreed stays agreed."),
        heading=_("Your page is closed for now."),
        lead=_(
            "Nobody can find or book you for now. What is agreed stays agreed, and your links keep working."
        ),
        faces=(readers.face_of_user(host.user),),
        button=Link(_("See what is agreed"), f"{settings.BASE_URL}/sessions"),
        sections=(
            Section(
                _("Why, and what next"),
                (_("Those who run %(site)s decided it. Ask them, they can open it again.") % _site(),),
            ),
        ),
        small=_about_your_page(),
    )


def host_application(mail: OutgoingMail) -> Letter:
    """To operators: somebody wants to be a host."""
    host = Host.objects.select_related("user").get(pk=mail.params["host_id"])
    face = readers.face_of_user(host.user)
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    values = {"role": str(vocabulary.host), "name": face.name}
    return Letter(
        subject=_("To approve: %(name)s, %(role)s") % values,
        preview=one_line(host.headline),
        heading=_("%(name)s waits for approval.") % values,
        lead=one_line(host.headline),
        faces=(face,),
        button=Link(_("Read the profile"), f"{settings.BASE_URL}/ops/hosts"),
        small=(_("You get this mail because you are an operator of %(site)s.") % _site(),),
    )


def _host(mail: OutgoingMail) -> Host:
    return Host.objects.select_related("user").get(user=mail.user_id)


def _site() -> dict[str, str]:
    return {"site": senders.site_host()}


def _about_your_page() -> Words:
    return (_("You get this mail because you have a page at %(site)s.") % _site(),)
