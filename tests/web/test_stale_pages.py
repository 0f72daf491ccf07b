"""Whoever acts on a page that was drawn before the session moved on: do they read so, and see what is?

Each test draws the page, lets the other one be quicker, and sends the form that the page has.
"""

import re
from datetime import timedelta
from html import unescape

import pytest

from duologue.bookings.models import Booking, Proposal, RunningLate
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.notifications.models import OutgoingMail
from duologue.reviews.models import Review
from duologue.usecases.cancel import cancel
from duologue.usecases.propose_times import propose
from duologue.usecases.reschedule import reschedule
from duologue.video.models import MeetingLink
from tests.cast import make_booking
from tests.reviews.said import public
from tests.sold import open_start, sell

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MEETS = "https://own.example/room"


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def sold(paid, attendee):
    return sell(paid, attendee)


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def forms(client, address):
    """What each form of a page would send, by the address that it goes to."""
    drawn = client.get(address).content.decode()
    found = {}
    for tag, inside in re.findall(r"<form\b([^>]*)>(.*?)</form>", drawn, re.S):
        action = re.search(r'action="([^"]*)"', tag)
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside)
        if action and 'method="post"' in tag:
            found[action[1]] = {name: unescape(value) for name, value in hidden}
    return found


def sends(client, address, data):
    """The page that the answer leads to, as text. Never an error, always the session's own page."""
    answer = client.post(address, data, follow=True)
    assert answer.status_code == 200
    assert re.fullmatch(r"/sessions/[0-9a-f-]{36}", answer.request["PATH_INFO"])
    assert answer.redirect_chain
    shown = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(shown).split())


def is_cancelled(booking, now):
    cancel(Booking.objects.get(pk=booking.pk), by=Actor("host"), reason="other", now=now)


def is_moved(booking, now):
    own = Booking.objects.select_related("host__user", "attendee", "event_type").get(pk=booking.pk)
    to = open_start(own.event_type, now, after=6 * DAY)
    reschedule(own, to, by=Actor("host"), now=now)


def is_over(booking, now):
    """Time alone, as on a machine that slept."""
    begun = now - 5 * HOUR
    at = {"starts_at": begun, "ends_at": begun + HOUR, "blocked_from": begun, "blocked_until": begun + HOUR}
    Booking.objects.filter(pk=booking.pk).update(**at)


def state_of(booking):
    kept = Booking.objects.get(pk=booking.pk)
    return kept.status, kept.starts_at, kept.note, kept.ics_sequence, kept.cancelled_by


@pytest.mark.parametrize(
    ("door", "who", "meanwhile", "words"),
    [
        ("cancel", "as_attendee", is_cancelled, "cancelled already"),
        ("cancel", "as_attendee", is_moved, "meanwhile, so nothing else was changed"),
        ("cancel", "as_attendee", is_over, ""),
        ("cancel", "as_host", is_moved, "meanwhile, so nothing else was changed"),
        ("move/confirm", "as_attendee", is_cancelled, "It is cancelled. Nothing was changed."),
        ("move/confirm", "as_attendee", is_moved, "meanwhile, so nothing else was changed"),
        ("move/confirm", "as_host", is_over, ""),
        ("propose", "as_host", is_cancelled, "It is cancelled. Nothing was changed."),
        ("propose", "as_host", is_moved, "meanwhile, so nothing else was changed"),
        ("propose", "as_host", is_over, ""),
        ("note", "as_attendee", is_cancelled, "can be changed until the start"),
        ("note", "as_attendee", is_over, "can be changed until the start"),
        ("place/new", "as_host", is_cancelled, "its link cannot change any more"),
        ("place/link", "as_host", is_cancelled, "its link cannot change any more"),
        ("place/link", "as_host", is_over, "its link cannot change any more"),
        ("late", "as_host", is_cancelled, "You can say so from 15 minutes before"),
        ("cannot-come", "as_host", is_cancelled, ""),
        ("next", "as_host", is_cancelled, "once this one has begun"),
    ],
)
@pytest.mark.parametrize("typed", ["fine", "far_too_much"])
def test_the_session_moved_on(request, paid, sold, now, door, who, meanwhile, words, typed):
    client = request.getfixturevalue(who)
    to = open_start(paid, now, after=9 * DAY)
    data = {
        "seen": "0",
        "at": to.isoformat(),
        "t": to.isoformat(),
        "reason": "other",
        "minutes": "5",
        "event_type": str(paid.pk),
        "price": "paid",
        "link": MEETS if typed == "fine" else "https://",
        **dict.fromkeys(("words", "note"), "Sorry." if typed == "fine" else "x" * 10_000),
    }
    meanwhile(sold, now)
    before, mails = state_of(sold), OutgoingMail.objects.count()
    shown = sends(client, page(sold, door), data)
    assert words in shown
    assert state_of(sold) == before
    assert OutgoingMail.objects.count() == mails
    assert not Proposal.objects.exists()
    assert not MeetingLink.objects.filter(platform="by_hand").exists()


@pytest.mark.parametrize("verb", ["", "/decline", "/withdraw"])
@pytest.mark.parametrize("meanwhile", [is_cancelled, is_moved, is_over])
def test_an_offer_that_was_overtaken(paid, sold, now, verb, meanwhile, as_attendee, as_host):
    times = [open_start(paid, now, after=days * DAY) for days in (8, 10)]
    proposal = propose(sold, times, now=now)
    meanwhile(sold, now)
    before = state_of(sold)
    words = {is_cancelled: "It is cancelled.", is_moved: "nothing else was changed", is_over: "can be moved"}
    client = as_host if verb == "/withdraw" else as_attendee
    shown = sends(client, page(sold, f"proposals/{proposal.pk}{verb}"), {"at": times[0].isoformat()})
    assert words[meanwhile] in shown
    assert state_of(sold) == before
    assert Proposal.objects.get().state == "open"


class TestLate:
    def soon(self, paid, attendee, now):
        return make_booking(paid, attendee, starts_at=now + 5 * MINUTE)

    def test_the_form_names_the_time_that_it_is_about(self, paid, attendee, as_attendee, now):
        booking = self.soon(paid, attendee, now)
        sent = forms(as_attendee, page(booking))[page(booking, "late")]
        Booking.objects.filter(pk=booking.pk).update(ics_sequence=1)
        assert "nothing else was changed" in sends(
            as_attendee, page(booking, "late"), {**sent, "minutes": "5"}
        )
        assert not RunningLate.objects.exists()

    def test_less_than_was_said_is_no_news_and_told_as_it_is(self, paid, attendee, as_attendee, now):
        booking = self.soon(paid, attendee, now)
        for minutes in ("5", "10", "5"):
            shown = sends(as_attendee, page(booking, "late"), {"minutes": minutes})
        assert "Naoko knows that you come 10 minutes late." in shown
        assert RunningLate.objects.get().minutes == 10

    def test_of_one_that_was_cancelled_after_it_nobody_knows_it_again(self, paid, attendee, as_attendee, now):
        booking = self.soon(paid, attendee, now)
        assert "knows that you come" in sends(as_attendee, page(booking, "late"), {"minutes": "5"})
        Booking.objects.filter(pk=booking.pk).update(status=Status.CANCELLED.value, cancelled_at=now)
        shown = sends(as_attendee, page(booking, "late"), {"minutes": "5"})
        assert "knows that you come" not in shown
        assert "You can say so from 15 minutes before" in shown


class TestAfterwards:
    @pytest.fixture
    def over(self, paid, attendee, now):
        return make_booking(paid, attendee, status=Status.COMPLETED, starts_at=now - 5 * HOUR)

    @pytest.mark.parametrize("went", ["", "fine", "host"])
    def test_how_it_went_is_said_in_known_words_only(self, over, as_host, went):
        shown = sends(as_host, page(over, "outcome"), {"went": went})
        assert "Say how it went. Nothing was changed." in shown
        assert "It is corrected." not in shown
        assert Booking.objects.get(pk=over.pk).status == Status.COMPLETED

    def test_what_an_operator_corrected_first_is_told(self, over, as_host, as_operator):
        as_operator.post(page(over, "outcome"), {"went": "host_absent"})
        shown = sends(as_host, page(over, "outcome"), {"went": "attendee_absent"})
        assert "Only what is completed can be corrected so." in shown
        assert Booking.objects.get(pk=over.pk).no_show_party == "host"

    def test_an_offer_that_went_away_books_nothing(self, over, paid, as_host, now):
        data = {"event_type": paid.pk, "at": open_start(paid, now).isoformat(), "price": "paid"}
        gone = {**data, "event_type": paid.pk + 1000}
        answer = as_host.post(page(over, "next"), gone, follow=True)
        assert answer.status_code == 200
        assert "This offer is gone meanwhile. Nothing was booked." in answer.content.decode()
        paid.is_active = False
        paid.save()
        answer = as_host.post(page(over, "next"), data, follow=True)
        assert answer.status_code == 200
        assert not Booking.objects.filter(follows=over).exists()

    def test_an_answer_to_a_review_that_was_hidden_meanwhile(self, paid, attendee, as_host, as_stranger, now):
        review = public(paid, attendee)
        Review.objects.update(hidden_at=now)
        address = f"/reviews/{review.pk}/reply"
        shown = sends(as_host, address, {"words": "Thank you."})
        assert "An operator has hidden this review meanwhile." in shown
        assert not Review.objects.get().reply
        assert as_stranger.post(address, {"words": "Thank you."}).status_code == 404

    def test_a_review_of_what_became_a_no_show(self, over, as_attendee, as_operator):
        as_operator.post(page(over, "outcome"), {"went": "attendee_absent"})
        shown = sends(as_attendee, page(over, "review"), {"stars": "5", "words": "Good."})
        assert not Review.objects.exists()
        assert "review" in shown.lower()


def test_a_new_room_that_was_asked_for_before_the_move_serves_the_new_time(sold, as_host, now):
    """Nothing is lost: what makes the room asks where the session is now."""
    drawn = forms(as_host, page(sold))
    address = page(sold, "place/new")
    is_moved(sold, now)
    assert "A new room is being made." in sends(as_host, address, drawn[address])
    assert Job.objects.filter(key=f"make_link:{sold.pk}").exists()


class TestTwoWindows:
    """What was written in one of them is not lost to the other, and neither is what is typed there."""

    @pytest.mark.parametrize(("door", "who"), [("note", "as_attendee"), ("private", "as_host")])
    def test_the_second_reads_what_the_first_saved(self, request, sold, door, who):
        client = request.getfixturevalue(who)
        action = f"{page(sold, door)}#{door}"
        one, other = (forms(client, page(sold))[action] for _ in range(2))
        assert client.post(page(sold, door), {**one, door: "From <one>."}).status_code == 303
        answer = client.post(page(sold, door), {**other, door: "From the other."})
        drawn = answer.content.decode()
        assert answer.status_code == 422
        assert "It was changed in another window meanwhile." in drawn
        assert "From &lt;one&gt;." in drawn
        assert "From the other." in drawn
        fresh = re.search(rf'action="{action}".*?name="seen" value="(\w{{16}})"', drawn, re.S)
        again = client.post(page(sold, door), {"seen": fresh[1], door: "From both."})
        assert again.status_code == 303
        assert "From both." in client.get(page(sold)).content.decode()

    @pytest.mark.parametrize(("door", "who"), [("note", "as_attendee"), ("private", "as_host")])
    def test_the_same_words_twice_are_saved_once(self, request, sold, door, who):
        client = request.getfixturevalue(who)
        sent = {**forms(client, page(sold))[f"{page(sold, door)}#{door}"], door: "The same."}
        assert [client.post(page(sold, door), sent).status_code for _ in range(2)] == [303, 303]
