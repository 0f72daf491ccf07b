"""What was said about the sessions of the demo world? By the same rules as in earnest."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from duologue.accounts.models import User
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.config.demo import words
from duologue.config.demo.people import DEMO_ATTENDEE, OPERATOR_EMAIL
from duologue.core.ids import uuid7
from duologue.reviews import rules
from duologue.reviews.models import Moderation, Part, Report, Review

_OF_TEN_ATTENDEES, _OF_TEN_HOSTS, _OF_TEN_OWN = 6, 4, 5
_MIDDLING, _ANSWERED = 0.16, 0.22


def write(bookings: Iterable[Booking], chance: random.Random, now: datetime) -> None:
    """Reviews of what took place, some answered; one hidden, one reported, one with a note."""
    took_place = [booking for booking in bookings if booking.status == Status.COMPLETED]
    said = _Said(chance)
    made = [review for booking in took_place for review in _of(booking, said, chance, now)]
    Review.objects.bulk_create(made)
    public = [one for one in made if one.by == Party.ATTENDEE and one.visible_at <= now]
    if len(public) > 2:
        _moderate(*public[:3], now=now)


class _Said:
    """Words, each once a host: first what fits this host, then what fits anybody."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: dict[int, list[tuple[int, str]]] = {}

    def about(self, booking: Booking) -> tuple[int, str]:
        left = self._left.setdefault(booking.host_id, self._all(booking))
        middling = [one for one in left if one[0] < rules.MOST_STARS]
        praise = [one for one in left if one[0] == rules.MOST_STARS]
        wanted = middling if middling and self._chance.random() < _MIDDLING else praise or middling
        if not wanted:
            return 5, words.ANYBODY[0]
        left.remove(wanted[0])
        return wanted[0]

    def _all(self, booking: Booking) -> list[tuple[int, str]]:
        own = words.ABOUT.get(booking.host.user.first_name.lower(), ())
        anybody = self._chance.sample(words.ANYBODY, len(words.ANYBODY))
        middling = self._chance.sample(words.MIDDLING, len(words.MIDDLING))
        return [*((5, text) for text in (*own, *anybody)), *middling]


def _of(booking: Booking, said: _Said, chance: random.Random, now: datetime) -> Iterator[Review]:
    """What the two wrote, some days after; the demo attendee has left some for you to write."""
    is_own = booking.attendee_email == DEMO_ATTENDEE.email
    odds = {Party.ATTENDEE: _OF_TEN_OWN if is_own else _OF_TEN_ATTENDEES, Party.HOST: _OF_TEN_HOSTS}
    at: dict[Party, datetime] = {}
    for party, of_ten in odds.items():
        written_at = booking.ends_at + timedelta(hours=chance.randint(3, 9 * 24))
        if chance.randint(1, 10) <= of_ten and written_at < now:
            at[party] = written_at
    for party, written_at in at.items():
        other = at.get(party.other)
        yield _review(booking, party, written_at, other, said=said, chance=chance, now=now)


def _review(
    booking: Booking,
    party: Party,
    written_at: datetime,
    other: datetime | None,
    *,
    said: _Said,
    chance: random.Random,
    now: datetime,
) -> Review:
    is_public = party is Party.ATTENDEE
    stars, text = said.about(booking) if is_public else chance.choice(words.OF_ATTENDEES)
    visible_at = rules.visible_at(ends_at=booking.ends_at, written_at=written_at, other_written_at=other)
    replied_at = visible_at + timedelta(hours=chance.randint(2, 50))
    is_answered = is_public and replied_at < now and (stars < 4 or chance.random() < _ANSWERED)
    answer = words.ANSWERS[1] if stars < 4 else chance.choice((words.ANSWERS[0], words.ANSWERS[2]))
    return Review(
        id=uuid7(written_at),
        booking=booking,
        host_id=booking.host_id,
        by=party.value,
        stars=stars,
        words=text,
        written_at=written_at,
        visible_at=visible_at,
        reply=answer if is_answered else "",
        replied_at=replied_at if is_answered else None,
    )


def _moderate(hidden: Review, reported: Review, noted: Review, *, now: datetime) -> None:
    """What operators find on their page."""
    operator = User.objects.get(email=OPERATOR_EMAIL)
    at = now - timedelta(days=1)
    hidden.words, hidden.hidden_at, hidden.reply, hidden.replied_at = words.ADVERTISING, at, "", None
    hidden.save()
    Moderation.objects.create(
        review=hidden,
        part=Part.REVIEW.value,
        is_hidden=True,
        reason=words.WHY_HIDDEN,
        operator=operator,
        at=at,
    )
    Report.objects.create(review=reported, by=reported.host.user, words=words.WHY_REPORTED, at=at)
    noted.private_note = words.NOTE_TO_OPERATORS
    noted.save(update_fields=["private_note"])
