"""Is a next session booked, paid and given back on the pages, by the right ones? (BOOK-2)"""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from duologue.bookings import pay_links
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.payments.models import CheckoutAttempt
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.usecases.book_follow_up import NextTime, book_follow_up
from duologue.usecases.find_slots import open_slots
from tests.cast import make_booking

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def after(paid, attendee):
    return make_booking(paid, attendee, status=Status.COMPLETED, starts_at=clock.now() - 5 * HOUR)


@pytest.fixture
def at(paid):
    now = clock.now()
    return datetime.fromtimestamp(open_slots(paid, now + 6 * DAY, now + 15 * DAY, now=now)[0], UTC)


@pytest.fixture
def booking(after, paid, at):
    made = book_follow_up(after, NextTime(paid.pk, at), by=Actor("host"), now=clock.now())
    return Booking.objects.get(pk=made.pk)


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def read(client, address, data=None):
    return client.get(address, data).content.decode()


def pay(booking):
    return pay_links.address(booking).removeprefix(settings.BASE_URL)


def test_the_host_books_it_to_be_paid(after, paid, at, as_host, as_attendee):
    assert f'href="{page(after, "next")}"' in read(as_host, page(after))
    assert f'href="{page(after, "next")}"' not in read(as_attendee, page(after))
    shown = read(as_host, page(after, "next"), {"at": at.isoformat()})
    assert "What Amara pays" in shown
    form = {"event_type": paid.pk, "at": at.isoformat(), "price": "paid"}
    said = as_host.post(page(after, "next"), form, follow=True).content.decode()
    booking = Booking.objects.get(follows=after)
    assert (booking.status, booking.starts_at) == (Status.PENDING_PAYMENT, at)
    assert "The time is kept for Amara." in said
    assert "You booked this next session. To be paid until" in said
    assert "Not paid yet" in read(as_host, page(after))
    assert "Pay €65.00" in read(as_attendee, "/sessions")
    assert as_attendee.get(f"/bookings/{booking.pk}/details")["Location"].endswith(pay(booking))


def test_or_for_nothing(after, paid, at, as_host):
    form = {"event_type": paid.pk, "at": at.isoformat(), "price": "free"}
    assert (
        "The next session is booked." in as_host.post(page(after, "next"), form, follow=True).content.decode()
    )
    assert Booking.objects.get(follows=after).status == Status.CONFIRMED


def test_the_link_leads_anybody_to_the_payment_and_lets_nobody_in(booking, as_nobody):
    shown = read(as_nobody, pay(booking))
    assert "Naoko booked your next session" in shown
    assert "Pay €65.00" in shown
    assert "/j/" not in shown
    assert as_nobody.get(pay(booking)).headers["Referrer-Policy"] == "no-referrer"
    assert Booking.objects.get(pk=booking.pk).status == Status.PENDING_PAYMENT
    answer = as_nobody.post(pay(booking), {"choice": "pay"})
    assert "/sandbox/checkout/" in answer["Location"]
    attempt = CheckoutAttempt.objects.get()
    SandboxProvider().pay(attempt.external_id)
    back = as_nobody.get(f"{pay(booking)}?attempt={attempt.pk}", follow=True).content.decode()
    assert "It is paid." in back
    assert "/j/" not in back
    assert Booking.objects.get(pk=booking.pk).status == Status.CONFIRMED
    assert as_nobody.get(page(booking)).status_code == 404
    again = as_nobody.post(pay(booking), {"choice": "pay"})
    assert "This session is booked already." in again.content.decode()


def test_who_left_the_payment_page_reads_that_it_is_still_kept(booking, as_nobody):
    as_nobody.post(pay(booking), {"choice": "pay"})
    attempt = CheckoutAttempt.objects.get()
    back = as_nobody.get(f"{pay(booking)}?attempt={attempt.pk}", follow=True).content.decode()
    assert "The payment did not go through." in back
    assert "You left the payment page" in read(as_nobody, pay(booking), {"payment": "left"})


def test_an_old_link_says_that_it_is_over_and_books_nothing(booking, as_nobody, as_host):
    as_nobody.post(pay(booking), {"choice": "no"})
    assert Booking.objects.get(pk=booking.pk).status == Status.EXPIRED
    shown = as_nobody.get(pay(booking))
    assert shown.status_code == 410
    assert "This is over, and nothing was charged" in shown.content.decode()
    as_nobody.post(pay(booking), {"choice": "pay"})
    assert not CheckoutAttempt.objects.exists()
    assert "Not paid, the time is free again" in read(as_host, page(booking.follows))


def test_the_host_takes_it_back(booking, as_host, as_attendee):
    assert as_attendee.post(page(booking, "take-back")).status_code == 404
    said = as_host.post(page(booking, "take-back"), follow=True).content.decode()
    assert "The time is free again. Amara gets a mail." in said
    assert "Naoko Ishida took it back before it was paid." in said


@pytest.mark.parametrize("who", ["as_attendee", "as_stranger", "as_operator", "as_nobody"])
def test_nobody_else_books_for_somebody(request, after, paid, at, who):
    form = {"event_type": paid.pk, "at": at.isoformat(), "price": "free"}
    assert request.getfixturevalue(who).post(page(after, "next"), form).status_code == 404
    assert not Booking.objects.filter(follows=after).exists()


def test_nonsense_and_lost_times_lead_back(after, paid, at, stranger, attendee, as_host, as_nobody):
    for form in ({}, {"event_type": "x", "at": at.isoformat()}, {"event_type": paid.pk, "at": "soon"}):
        assert as_host.post(page(after, "next"), form)["Location"] == page(after, "next")
    make_booking(paid, stranger, starts_at=at)
    form = {"event_type": paid.pk, "at": at.isoformat(), "price": "paid"}
    shown = as_host.post(page(after, "next"), form, follow=True).content.decode()
    assert "Sorry, this time slot is no longer available." in shown
    assert "That time is not free any more." in shown
    assert as_nobody.get("/pay/nothing").status_code == 404
    early = make_booking(paid, attendee)
    assert "once this one has begun" in as_host.get(page(early, "next"), follow=True).content.decode()
