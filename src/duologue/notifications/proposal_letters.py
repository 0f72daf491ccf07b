"""What do we write about times that a host proposes? The offer, its end, and the answer no.

Who says yes moves the session: `move_letters` tells that.
"""

from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from duologue.bookings import proposals
from duologue.bookings.models import Proposal
from duologue.bookings.states import AGREED
from duologue.core.errors import Permanent
from duologue.notifications import when
from duologue.notifications.letter import Letter, Link, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.move_letters import clocks_differ, on_both_clocks
from duologue.notifications.session_letters import small
from duologue.notifications.subject import Subject

_TOLD = (OutgoingMail.State.SENT, OutgoingMail.State.KEPT)


def proposed(subject: Subject) -> Letter:
    """To the attendee: each time leads to a page that asks once more; nothing changes before that."""
    proposal = _proposal(subject)
    until = when.moment(proposals.answer_until(proposal, subject.booking), subject.zone, subject.locale)
    values = {"name": subject.other.call_name, "until": until}
    return Letter(
        subject=_("Another time? %(name)s proposes one") % {"name": subject.other.name},
        preview=_("Nothing changes until you choose."),
        heading=_("%(name)s asks whether another time suits you.") % values,
        lead=_(
            "Choose one of these times, or say no, before %(until)s. Your session stays as it is until then."
        )
        % values,
        faces=(subject.me, subject.other),
        choices=tuple(_choice(subject, proposal, at) for at in proposal.times if at > subject.now),
        button=Link(_("See and answer"), subject.page),
        sections=(_planned(subject),),
        small=small(subject),
    )


def declined(subject: Subject) -> Letter:
    """To the host."""
    values = {"name": subject.other.call_name}
    return Letter(
        subject=_("None of your times suits %(name)s") % {"name": subject.other.name},
        preview=_("Your session stays as it is."),
        heading=_("None of the times that you proposed suits %(name)s.") % values,
        lead=_("Your session stays as it is. You can propose other times."),
        faces=(subject.me, subject.other),
        button=Link(_("See the session"), subject.page),
        sections=(_planned(subject),),
        small=small(subject),
    )


def withdrawn(subject: Subject) -> Letter:
    """To the attendee."""
    values = {"name": subject.other.call_name}
    return Letter(
        subject=_("%(name)s takes the proposed times back") % {"name": subject.other.name},
        preview=_("Your session stays as it is."),
        heading=_("%(name)s takes the proposed times back.") % values,
        lead=_("Your session stays as it is. There is nothing for you to do."),
        faces=(subject.me, subject.other),
        button=Link(_("See the session"), subject.page),
        sections=(_planned(subject),),
        small=small(subject),
    )


def is_answered(mail: OutgoingMail, now: datetime) -> str:
    """Why an offer shall not go any more."""
    proposal = Proposal.objects.filter(pk=mail.params["proposal_id"]).first()
    if mail.booking is None or proposal is None or not proposals.stands(proposal, mail.booking, now=now):
        return "the times were answered or taken back, or the session moved on"
    return ""


def is_no_news(mail: OutgoingMail, now: datetime) -> str:
    """Why its reader need not hear how an offer ended."""
    if mail.booking is None or mail.booking.status_at(now) not in AGREED:
        return "the session is not going to take place, or is over"
    if mail.template == "proposal_withdrawn":
        offers = OutgoingMail.objects.filter(key=f"times_proposed:{mail.params.get('proposal_id')}")
        if not offers.filter(state__in=_TOLD).exists():
            return "its reader never heard of the times"
    return ""


def _proposal(subject: Subject) -> Proposal:
    found = Proposal.objects.filter(pk=subject.params["proposal_id"]).first()
    if found is None:
        raise Permanent("The proposal that this mail is about is gone.")
    return found


def _choice(subject: Subject, proposal: Proposal, at: datetime) -> Link:
    label = when.moment(at, subject.zone, subject.locale)
    if clocks_differ(subject, at):
        theirs = when.clock(at, subject.other_zone, subject.locale)
        label = _("%(moment)s (%(time)s for %(name)s)") % {
            "moment": label,
            "time": theirs,
            "name": subject.other.call_name,
        }
    asked = urlencode({"at": at.isoformat()})
    return Link(label, f"{subject.page}/proposals/{proposal.pk}?{asked}")


def _planned(subject: Subject) -> Section:
    return Section(_("It is planned for"), (on_both_clocks(subject, subject.starts_at),))
