"""How is a session moved on its pages, who may, and what do those read who come too late? (CANCEL-5)"""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from duologue.bookings.models import Booking, Party, Reschedule
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock, crypto
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Refund
from duologue.usecases.cancel import cancel
from duologue.usecases.find_slots import open_slots
from duologue.usecases.reschedule import reschedule
from tests.cast import make_booking
from tests.rooms import link_of, make_room
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def read(client, address, **more):
    return client.get(address, **more).content.decode()


def later(offer, *, after=5 * DAY):
    now = clock.now()
    return datetime.fromtimestamp(open_slots(offer, now + after, now + after + 7 * DAY, now=now)[0], UTC)


def chosen(to, booking=None, **more):
    return {"at": to.isoformat(), **({"seen": booking.ics_sequence} if booking else {}), **more}


def start_of(booking):
    return Booking.objects.get(pk=booking.pk).starts_at


def hidden(html):
    """What a form would send along."""
    return dict(re.findall(r'<input type="hidden" name="(seen|at)" value="([^"]*)"', html))


@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_either_of_the_two_moves_it_step_by_step(request, paid, attendee, who):
    client, booking, to = request.getfixturevalue(who), sell(paid, attendee), later(paid)
    assert f'href="{page(booking, "move")}"' in read(client, page(booking))
    picker = read(client, page(booking, "move"), data={"at": to.isoformat()})
    fields = hidden(picker)
    assert datetime.fromisoformat(fields["at"]) == to
    asked = read(client, page(booking, "move", "confirm"), data=fields)
    assert "These stay the same:" in asked
    assert "the €65.00 paid" in asked
    assert start_of(booking) != to
    answer = client.post(page(booking, "move", "confirm"), hidden(asked))
    assert (answer.status_code, answer["Location"]) == (303, page(booking))
    assert start_of(booking) == to
    assert "<b>Session moved.</b> It is now on" in read(client, page(booking))
    step = Reschedule.objects.get()
    assert step.actor == who.removeprefix("as_")
    assert step.actor_user is not None


@pytest.mark.parametrize("who", ["as_stranger", "as_nobody", "as_operator"])
def test_for_everybody_else_there_is_nothing(request, paid, attendee, who):
    booking, to = make_booking(paid, attendee), later(paid)
    client = request.getfixturevalue(who)
    assert client.get(page(booking, "move")).status_code == 404
    assert client.get(page(booking, "move", "confirm"), chosen(to)).status_code == 404
    assert client.post(page(booking, "move", "confirm"), chosen(to)).status_code == 404
    assert start_of(booking) == booking.starts_at


def test_the_browser_that_booked_without_an_account_moves_it(paid):
    client = Client()
    client.cookies["browser"] = "b" * 22
    booking, to = make_booking(paid, holder=crypto.fingerprint("b" * 22)), later(paid)
    assert "Move your session with Naoko" in read(client, page(booking, "move"))
    assert client.post(page(booking, "move", "confirm"), chosen(to)).status_code == 303
    assert start_of(booking) == to


def test_a_join_link_is_good_for_joining_only(paid):
    booking = make_room(paid, attendee_email="guest@people.example", begins_in=3 * DAY)
    client = Client()
    client.post(link_of(booking, Party.ATTENDEE))
    assert client.get(page(booking, "move")).status_code == 404


def test_moving_needs_the_token_of_a_form(paid, attendee):
    client = Client(enforce_csrf_checks=True)
    client.force_login(attendee)
    booking = make_booking(paid, attendee)
    assert client.post(page(booking, "move", "confirm"), chosen(later(paid))).status_code == 403


# What it shows


def test_it_says_old_and_new_on_both_clocks_and_until_when_money_comes_back(paid, attendee, as_attendee):
    attendee.time_zone = "Asia/Tokyo"
    attendee.save()
    booking, to = sell(paid, attendee), later(paid, after=9 * DAY)
    asked = read(as_attendee, page(booking, "move", "confirm"), data=chosen(to))
    assert asked.count("You, Tokyo") == 2
    assert asked.count("Naoko, Berlin") == 2
    assert "and you get all of it back. Moving does not make that deadline later." in asked
    assert "The old time opens for other people, and you both get a mail." in asked


def test_the_host_reads_what_it_means_for_the_attendee(paid, attendee, as_host):
    booking, to = sell(paid, attendee), later(paid, after=9 * DAY)
    assert "If Amara cancels before" in read(as_host, page(booking, "move", "confirm"), data=chosen(to))


def test_a_time_that_is_soon_is_said_to_be_final(paid, attendee, as_attendee):
    paid.minimum_notice = 60
    paid.save()
    booking = make_booking(paid, attendee, starts_at=later(paid))
    soon = clock.now() + 2 * HOUR
    to = datetime.fromtimestamp(open_slots(paid, soon, soon + 14 * DAY, now=clock.now())[0], UTC)
    Booking.objects.filter(pk=booking.pk).update(cancel_hours=96)
    asked = read(as_attendee, page(booking, "move", "confirm"), data=chosen(to))
    assert "so it cannot be cancelled or moved any more." in asked


def test_a_free_session_speaks_of_no_money(free, attendee, as_attendee):
    booking = make_booking(free, attendee)
    asked = read(as_attendee, page(booking, "move", "confirm"), data=chosen(later(free)))
    assert "These stay the same:" in asked
    assert "all of it back" not in asked
    assert "paid" not in asked.split("<form")[-1]


def test_the_present_time_is_not_offered(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee, starts_at=later(paid))
    day = booking.starts_at.astimezone().date()
    shown = read(as_attendee, page(booking, "move"), data={"month": f"{day:%Y-%m}", "day": day.isoformat()})
    assert f'id="time-{int(booking.starts_at.timestamp())}"' not in shown


def test_only_the_card_comes_to_whoever_asks_for_it(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee)
    part = read(as_attendee, page(booking, "move"), headers={"HX-Target": "booking"})
    assert part.lstrip().startswith('<section class="card roomy booking-card" id="booking"')


@pytest.mark.parametrize("at", ["", "soon", "2026-13-01", "2026-10-22T09:30:00", "9" * 40])
def test_nonsense_leads_back_to_the_choice(paid, attendee, as_attendee, at):
    booking = make_booking(paid, attendee)
    answer = as_attendee.post(page(booking, "move", "confirm"), {"at": at})
    assert answer.status_code == 303
    assert answer["Location"].startswith(page(booking, "move"))
    assert as_attendee.get(page(booking, "move"), {"at": at, "day": at, "month": at}).status_code == 200


# Too late


@pytest.mark.parametrize("door", [("move",), ("move", "confirm")])
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"starts_at": 23 * HOUR}, "Too late to move it: it starts in less than 24 hours."),
        ({"starts_at": -HOUR / 2}, "Too late to move it: it has begun."),
        ({"status": Status.CANCELLED}, "It is cancelled. Nothing was changed."),
        ({"status": Status.COMPLETED}, "Only what is agreed and has not begun can be moved."),
    ],
)
def test_what_cannot_be_moved_says_why_and_shows_what_is(paid, attendee, as_attendee, door, fields, words):
    to = later(paid)
    if "starts_at" in fields:
        fields = {"starts_at": clock.now() + fields["starts_at"]}
    booking = make_booking(paid, attendee, **fields)
    answer = as_attendee.get(page(booking, *door), chosen(to))
    assert (answer.status_code, answer["Location"]) == (303, page(booking))
    shown = read(as_attendee, page(booking))
    assert words in shown
    assert f'href="{page(booking, "move")}"' not in shown


def test_a_time_that_somebody_took_leads_to_the_others(paid, attendee, stranger, as_attendee):
    booking, to = make_booking(paid, attendee), later(paid)
    make_booking(paid, stranger, starts_at=to)
    answer = as_attendee.post(page(booking, "move", "confirm"), chosen(to), follow=True)
    shown = answer.content.decode()
    assert "Sorry, this time slot is no longer available." in shown
    assert "That time is not free any more." in shown
    assert start_of(booking) == booking.starts_at


def test_two_tabs_move_it_and_the_second_is_told(paid, attendee, as_attendee, as_host):
    booking, to = sell(paid, attendee), later(paid)
    as_host.post(page(booking, "move", "confirm"), chosen(to, booking))
    other = later(paid, after=9 * DAY)
    answer = as_attendee.post(page(booking, "move", "confirm"), chosen(other, booking), follow=True)
    shown = answer.content.decode()
    assert "meanwhile, so nothing else was changed. This is how it stands now." in shown
    assert start_of(booking) == to
    assert OutgoingMail.objects.filter(template="session_moved").count() == 2


def test_the_same_form_sent_twice_moves_once(paid, attendee, as_attendee):
    booking, to = sell(paid, attendee), later(paid)
    for _ in range(2):
        answer = as_attendee.post(page(booking, "move", "confirm"), chosen(to, booking))
        assert (answer.status_code, answer["Location"]) == (303, page(booking))
    assert Reschedule.objects.count() == 1
    assert "meanwhile" not in read(as_attendee, page(booking))


def test_a_cancel_form_from_before_the_move_cancels_nothing(paid, attendee, as_attendee):
    booking = sell(paid, attendee)
    form = read(as_attendee, page(booking, "cancel"))
    reschedule(booking, later(paid), by=Actor("host"), now=clock.now())
    answer = as_attendee.post(
        page(booking, "cancel"), {"reason": "other", "seen": hidden(form)["seen"]}, follow=True
    )
    assert "meanwhile, so nothing else was changed" in answer.content.decode()
    assert Booking.objects.get().status == Status.CONFIRMED


def test_a_move_form_from_before_the_cancelling_books_nothing(paid, attendee, as_attendee):
    booking = sell(paid, attendee)
    cancel(booking, by=Actor("host"), reason="other", now=clock.now())
    to = later(paid, after=9 * DAY)
    answer = as_attendee.post(page(booking, "move", "confirm"), chosen(to) | {"seen": 0}, follow=True)
    assert "It is cancelled. Nothing was changed." in answer.content.decode()
    assert Booking.objects.get().status == Status.CANCELLED


# The money after a move


def after_the_deadline(paid, attendee, settings):
    """Moved to a later time, and the deadline of the first one is over."""
    booking = sell(paid, attendee)
    reschedule(booking, later(paid, after=9 * DAY), by=Actor("attendee"), now=clock.now())
    Booking.objects.update(first_starts_at=clock.now() + 20 * HOUR)
    return booking


def test_the_page_and_the_question_say_that_nothing_comes_back(paid, attendee, as_attendee, settings):
    booking = after_the_deadline(paid, attendee, settings)
    assert "Nothing comes back any more: that was possible until" in read(as_attendee, page(booking))
    asked = read(as_attendee, page(booking, "cancel"))
    assert "Nothing comes back." in asked
    assert "You get €65.00 back." not in asked
    as_attendee.post(page(booking, "cancel"), {"reason": "other", "seen": 1})
    assert Booking.objects.get().status == Status.CANCELLED
    assert not Refund.objects.exists()


def test_the_host_still_gives_all_of_it_back(paid, attendee, as_host, settings):
    booking = after_the_deadline(paid, attendee, settings)
    assert "Amara gets €65.00 back." in read(as_host, page(booking, "cancel"))
    as_host.post(page(booking, "cancel"), {"reason": "other", "seen": 1})
    assert Refund.objects.get().amount == 6500


def test_too_many_moves_a_day_are_stopped(paid, attendee, as_attendee, monkeypatch):
    booking = sell(paid, attendee)
    monkeypatch.setattr("duologue.web.views.moving.MOVES_A_DAY", 1)
    first, second = later(paid), later(paid, after=9 * DAY)
    as_attendee.post(page(booking, "move", "confirm"), chosen(first))
    answer = as_attendee.post(page(booking, "move", "confirm"), chosen(second), follow=True)
    assert "It was moved many times today." in answer.content.decode()
    assert start_of(booking) == first


def test_the_page_after_paying_gives_way_to_the_sessions_own(paid, attendee, as_attendee):
    booking = sell(paid, attendee)
    assert as_attendee.get(page(booking, "confirmed")).status_code == 200
    reschedule(booking, later(paid), by=Actor("host"), now=clock.now())
    assert as_attendee.get(page(booking, "confirmed"))["Location"] == page(booking)
