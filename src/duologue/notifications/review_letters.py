"""What do we write about reviews? A question how it was, what can be read now, what was hidden and why."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from duologue.bookings.models import Party
from duologue.core.errors import Permanent
from duologue.notifications import when
from duologue.notifications.letter import Letter, Link, Section
from duologue.notifications.models import OutgoingMail
from duologue.notifications.session_letters import small
from duologue.notifications.subject import Subject
from duologue.reviews import queries
from duologue.reviews.models import Moderation, Part, Review
from duologue.reviews.rules import BLIND_FOR

_NOTHING = UUID(int=0)


def review_request(subject: Subject) -> Letter:
    """DASH-2 by mail. The rule is told before anybody writes."""
    day = when.day_name(subject.starts_at, subject.zone, subject.locale)
    values = {"name": subject.other.call_name, "day": day, "title": subject.title}
    return Letter(
        subject=_("How was it with %(name)s?") % {"name": subject.other.name},
        preview=_("One to five stars and a few words."),
        heading=_("How was it with %(name)s?") % values,
        lead=_("%(title)s on %(day)s. One to five stars and a few words are enough.") % values,
        faces=(subject.me, subject.other),
        button=Link(_("Write a review"), f"{subject.page}/review"),
        sections=(Section(_("Who reads it, and when"), (_who_reads(subject),)),),
        small=small(subject),
    )


def _who_reads(subject: Subject) -> str:
    values = {"name": subject.other.call_name, "days": str(BLIND_FOR.days)}
    hidden = _(
        "Nobody, until %(name)s has written too, or %(days)s days after the session. Until then you can"
        " change it."
    )
    if subject.party == Party.HOST:
        whom = _("Then %(name)s reads it, and those who meet %(name)s next. It is not public.")
    else:
        whom = _("Then it stands on %(name)s’s page, with your first name and an initial.")
        if subject.is_discreet:
            whom = _("Then it stands on %(name)s’s page, without your name.")
    return f"{hidden % values} {whom % values}"


def why_not_ask(mail: OutgoingMail, now: datetime) -> str:
    """Why nobody is asked any more."""
    if mail.booking is None:
        return "the session is gone"
    refused = queries.refusal(mail.booking, Party(mail.party), queries.of_booking(mail.booking), now=now)
    return {
        None: "",
        "not_completed": "the session did not take place",
        "already_reviewed": "a review is there already",
    }.get(refused, "it is too late to write one")


def review_open(subject: Subject) -> Letter:
    """What the other one wrote can be read from now on."""
    review = _review(subject)
    values = {"name": subject.other.call_name, "stars": _stars(review)}
    if subject.party == Party.HOST:
        lead = _("%(name)s gave %(stars)s. It stands on your page now, and you can answer it once.")
        label = _("Read and answer")
    else:
        lead = _("%(name)s gave %(stars)s. You can read it, and so can those whom you meet next.")
        label = _("Read it")
    return Letter(
        subject=_("%(name)s wrote about your session") % {"name": subject.other.name},
        preview=_("You can read it now."),
        heading=_("%(name)s wrote about your session.") % values,
        lead=lead % values,
        faces=(subject.me, subject.other),
        note_title="" if subject.is_discreet else _("What %(name)s wrote") % values,
        note="" if subject.is_discreet else review.words,
        button=Link(label, _page(subject)),
        small=small(subject),
    )


def is_not_open(mail: OutgoingMail, now: datetime) -> str:
    """Why nobody is told of a review any more."""
    readable = queries.readable(now).filter(pk=mail.params.get("review_id") or _NOTHING)
    return "" if readable.exists() else "it was hidden, or the session did not take place"


def review_hidden(subject: Subject) -> Letter:
    """To who wrote it, with the operator's reason."""
    decision = _decision(subject)
    is_reply = decision.part == Part.REPLY
    heading = _("We hid your answer.") if is_reply else _("We hid your review.")
    return Letter(
        subject=heading.rstrip("."),
        preview=_("Nobody else can read it now."),
        heading=heading,
        lead=_("It was about %(what)s. Nobody else can read it now.") % {"what": _what(subject)},
        sections=(
            Section(_("The reason"), (decision.reason,)),
            Section(
                _("You see it otherwise?"),
                (_("Write to those who run this site. What is hidden can be shown again."),),
            ),
        ),
        button=Link(_("See the session"), _page(subject)),
        small=small(subject),
    )


def review_shown(subject: Subject) -> Letter:
    """To who wrote it: it was hidden and is not any more."""
    is_reply = _decision(subject).part == Part.REPLY
    heading = _("We show your answer again.") if is_reply else _("We show your review again.")
    return Letter(
        subject=heading.rstrip("."),
        preview=_("It stands as you wrote it."),
        heading=heading,
        lead=_("It is about %(what)s, and stands as you wrote it.") % {"what": _what(subject)},
        button=Link(_("See the session"), _page(subject)),
        small=small(subject),
    )


def was_decided_anew(mail: OutgoingMail) -> str:
    """Why a decision is not told: another one came after it."""
    decision = Moderation.objects.filter(pk=mail.params.get("moderation_id", 0)).first()
    if decision is None:
        return "the review is gone"
    later = Moderation.objects.filter(review=decision.review_id, part=decision.part, pk__gt=decision.pk)
    return "it was decided otherwise since" if later.exists() else ""


def _page(subject: Subject) -> str:
    """The session's page; who has no account proves the address on the way there, on whichever device."""
    page = f"{subject.page}#reviews"
    if subject.reader.has_account:
        return page
    return f"{settings.BASE_URL}/sign-in?{urlencode({'next': page.removeprefix(settings.BASE_URL)})}"


def _what(subject: Subject) -> str:
    day = when.day_name(subject.starts_at, subject.zone, subject.locale)
    return _("your session with %(name)s on %(day)s") % {"name": subject.other.call_name, "day": day}


def _stars(review: Review) -> str:
    return ngettext("%(count)s star", "%(count)s stars", review.stars) % {"count": review.stars}


def _review(subject: Subject) -> Review:
    review = Review.objects.filter(pk=subject.params.get("review_id") or _NOTHING).first()
    if review is None:
        raise Permanent("The review that this mail is about is gone.")
    return review


def _decision(subject: Subject) -> Moderation:
    found = Moderation.objects.filter(pk=subject.params.get("moderation_id", 0)).first()
    if found is None:
        raise Permanent("The decision that this mail is about is gone.")
    return found
