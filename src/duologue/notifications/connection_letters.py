"""What do we write when an account elsewhere stops working? What happened, what it means, one button."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from duologue.connections.models import Connection
from duologue.connections.vendors import VENDORS
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import senders, when
from duologue.notifications.letter import Letter, Link, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.readers import Reader
from duologue.video.displaced import Displaced, displaced, platforms_of
from duologue.video.places import place_name
from duologue.video.registry import provider


def reconnect(mail: OutgoingMail, reader: Reader, now: datetime) -> Letter:
    """To the host whose account it is; to operators, of the installation's."""
    connection = Connection.objects.get(pk=mail.params["connection_id"])
    platform = platform_name(connection.vendor)
    values = {"platform": platform, "account": connection.account_name, "site": senders.site_host()}
    title = what_happened(connection)
    return Letter(
        subject=_("%(title)s Please connect it again.") % {"title": title},
        preview=_("Connect %(platform)s again with one button.") % values,
        heading=title,
        lead=f"{_since(connection, reader)}{_meanwhile(connection, now)}",
        button=Link(_("Reconnect %(platform)s") % values, reconnect_page(connection)),
        sections=(
            Section(
                _("What to do"),
                (
                    _(
                        "Sign in at %(site)s and press Reconnect; %(platform)s then asks you once to allow"
                        " it. New sessions take place there again, and those that moved go back."
                    )
                    % values,
                ),
            ),
        ),
        small=(_why_you(connection) % values,),
    )


def is_mended(mail: OutgoingMail) -> str:
    """Why nobody needs to be told any more."""
    broken = Connection.objects.filter(
        pk=mail.params.get("connection_id"), state=Connection.State.RECONNECT_NEEDED
    )
    return "" if broken.exists() else "the account was connected again, or disconnected"


def what_happened(connection: Connection) -> str:
    """One whole sentence, for mails and pages."""
    problem = Connection.Problem
    words = {
        problem.RIGHTS.value: _("%(platform)s no longer allows all that we need."),
        problem.REFUSED.value: _("%(platform)s no longer takes your account."),
        problem.UNREADABLE.value: _("We can no longer open our access to %(platform)s."),
    }.get(connection.problem, _("%(platform)s ended our access."))
    return words % {"platform": platform_name(connection.vendor)}


def platform_name(vendor: str) -> str:
    """What people call it: Google Meet rather than Google."""
    platform = next(iter(platforms_of(vendor)), "")
    if platform:
        return provider(platform).name
    return VENDORS[vendor].name if vendor in VENDORS else vendor


def reconnect_page(connection: Connection) -> str:
    page = "/ops/connections" if connection.is_for_all else "/connections"
    return f"{settings.BASE_URL}{page}#{connection.vendor}"


def meanwhile(found: Iterable[Displaced]) -> str:
    """What it means for sessions that are agreed; `found` are those that fell back."""
    platforms = [one.platform for one in found]
    if not platforms:
        return _("What is agreed keeps its links. New sessions take place elsewhere meanwhile.")
    vocabulary = VOCABULARIES[settings.DUOLOGUE_VOCABULARY]
    values = {
        "count": len(platforms),
        "session": vocabulary.session,
        "sessions": vocabulary.sessions,
        "place": place_name(platforms[0]),
    }
    if len(set(platforms)) == 1 and platforms[0]:
        words = ngettext(
            "Your next %(session)s moved to %(place)s meanwhile. Its link is the same.",
            "Your next %(count)s %(sessions)s moved to %(place)s meanwhile. Their links are the same.",
            len(platforms),
        )
    else:
        words = ngettext(
            "Your next %(session)s takes place elsewhere meanwhile. Its link is the same.",
            "Your next %(count)s %(sessions)s take place elsewhere meanwhile. Their links are the same.",
            len(platforms),
        )
    return words % values


def _meanwhile(connection: Connection, now: datetime) -> str:
    if connection.is_for_all:
        return _("Sessions that relied on it take place elsewhere meanwhile; their links stay the same.")
    return meanwhile(displaced(connection.vendor, now=now, user_id=connection.user_id))


def _since(connection: Connection, reader: Reader) -> str:
    if connection.broke_at is None or not connection.account_name:
        return ""
    moment = when.moment_short(connection.broke_at, reader.zone, when.locale_of(reader.language))
    values = {"account": connection.account_name, "moment": moment}
    return _("%(account)s has not worked since %(moment)s.") % values + " "


def _why_you(connection: Connection) -> str:
    if connection.is_for_all:
        return _("You get this mail because you are an operator of %(site)s.")
    return _("You get this mail because you connected an account at %(site)s.")
