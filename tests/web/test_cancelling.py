"""Who may end a session on its pages, and what do they read before and after it? (CANCEL-1 to -3, PAY-5)"""

import re
from datetime import timedelta

import pytest
from django.test import Client

from duologue.bookings.models import CannotCome, Objection, Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.core import clock, crypto
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.payments.models import Payment, Refund
from duologue.usecases.cancel import cancel
from duologue.usecases.mark_absent import refund_key
from tests.cast import make_booking
from tests.rooms import link_of, make_room
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WORDS = "Something came up at work."


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def status_of(booking):
    booking.refresh_from_db()
    return booking.status


def read(client, address, **more):
    return client.get(address, **more).content.decode()


def soon(offer, attendee=None, *, begins_in=23 * HOUR, **fields):
    return make_booking(offer, attendee, starts_at=clock.now() + begins_in, **fields)


def over(offer, attendee, status=Status.COMPLETED, **fields):
    return soon(offer, attendee, begins_in=-30 * HOUR, status=status, **fields)


def browser_of(secret="b" * 22):
    """A browser that booked without an account, and the fingerprint that its bookings carry."""
    client = Client()
    client.cookies["browser"] = secret
    return client, crypto.fingerprint(secret)


# Whose it is


@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_either_party_cancels(request, paid, attendee, who):
    booking = sell(paid, attendee)
    client = request.getfixturevalue(who)
    answer = client.post(page(booking, "cancel"), {"reason": "plans_changed", "words": WORDS})
    assert (answer.status_code, answer["Location"]) == (303, page(booking))
    assert status_of(booking) == Status.CANCELLED
    assert booking.cancelled_by == who.removeprefix("as_")
    assert booking.transitions.last().actor_user is not None
    told = read(client, page(booking))
    assert "<b>Session cancelled.</b> €65.00 is on its way." in told
    assert WORDS in told
    assert "You cancelled it on" in told


@pytest.mark.parametrize("who", ["as_stranger", "as_nobody"])
@pytest.mark.parametrize("door", ["cancel", "cannot-come"])
def test_for_everybody_else_there_is_nothing(request, paid, attendee, who, door):
    booking = make_booking(paid, attendee)
    client = request.getfixturevalue(who)
    assert client.get(page(booking, door)).status_code == 404
    assert client.post(page(booking, door), {"reason": "other", "words": ""}).status_code == 404
    assert status_of(booking) == Status.CONFIRMED


def test_the_browser_that_booked_without_an_account_cancels(paid):
    client, fingerprint = browser_of()
    booking = make_booking(paid, holder=fingerprint)
    assert "Cancel your session with Naoko?" in read(client, page(booking, "cancel"))
    client.post(page(booking, "cancel"), {"reason": "not_needed"})
    assert (status_of(booking), booking.cancelled_by) == (Status.CANCELLED, "attendee")


def test_once_the_address_is_proved_only_its_owner_cancels(paid, attendee, as_attendee):
    client, fingerprint = browser_of()
    booking = make_booking(paid, attendee, holder=fingerprint)
    assert client.post(page(booking, "cancel"), {"reason": "other"}).status_code == 404
    assert as_attendee.post(page(booking, "cancel"), {"reason": "other"}).status_code == 303


def test_a_join_link_is_good_for_joining_only(paid):
    booking = make_room(paid, attendee_email="guest@people.example")
    client = Client()
    assert client.post(link_of(booking, Party.ATTENDEE)).status_code == 303
    assert client.cookies["call_pass"]
    assert client.get(f"/video-call/{booking.pk}").status_code == 200
    for door in ("cancel", "cannot-come", "objection", "outcome"):
        assert client.post(page(booking, door), {"reason": "other", "words": "x"}).status_code == 404
    assert status_of(booking) == Status.CONFIRMED


def test_an_operator_cancels_by_own_reasons_and_at_any_time(paid, attendee, as_operator):
    booking = soon(paid, attendee, begins_in=-HOUR / 2)
    asked = read(as_operator, page(booking, "cancel"))
    assert "Cancel the session of Amara and Naoko?" in asked
    assert "The mentor cannot come" in asked
    assert "Plans changed" not in asked
    as_operator.post(page(booking, "cancel"), {"reason": "host_cannot_come"})
    assert (status_of(booking), booking.cancelled_by) == (Status.CANCELLED, "operator")


def test_an_operator_who_is_the_attendee_is_the_attendee_while_that_is_possible(paid, operator, as_operator):
    early, late = make_booking(paid, operator), soon(paid, operator)
    as_operator.post(page(early, "cancel"), {"reason": "plans_changed"})
    as_operator.post(page(late, "cancel"), {"reason": "attendee_cannot_come"})
    assert (status_of(early), early.cancelled_by) == (Status.CANCELLED, "attendee")
    assert (status_of(late), late.cancelled_by) == (Status.CANCELLED, "operator")


def test_cancelling_needs_the_token_of_a_form(paid, attendee, settings):
    client = Client(enforce_csrf_checks=True)
    client.force_login(attendee)
    booking = make_booking(paid, attendee)
    assert client.post(page(booking, "cancel"), {"reason": "other"}).status_code == 403
    assert status_of(booking) == Status.CONFIRMED


# What it asks (CANCEL-2)


def test_it_says_with_whom_when_what_comes_back_and_that_it_is_final(paid, attendee, as_attendee):
    booking = sell(paid, attendee)
    asked = read(as_attendee, page(booking, "cancel"))
    for said in (
        "<h1>Cancel your session with Naoko?</h1>",
        "Lagos time",
        "Mentoring hour",
        "You get €65.00 back.",
        "All of it, to the Visa card ending in 4242.",
        "A word to Naoko",
        "This cannot be undone.",
        "Keep the session",
        "Cancel session",
    ):
        assert said in asked


def test_the_host_reads_who_gets_the_money(paid, attendee, as_host):
    asked = read(as_host, page(sell(paid, attendee), "cancel"))
    assert "Cancel your session with Amara?" in asked
    assert "Amara gets €65.00 back." in asked
    assert "A word to Amara" in asked


def test_what_does_not_come_back_is_not_promised(paid, free, attendee, as_attendee):
    assert "Nothing was paid, so nothing goes back." in read(
        as_attendee, page(make_booking(free, attendee), "cancel")
    )
    disputed = sell(paid, attendee)
    Payment.objects.update(disputed_at=clock.now())
    asked = read(as_attendee, page(disputed, "cancel"))
    assert "Nothing goes back from here." in asked
    assert "65.00 back" not in asked


def test_with_delayed_methods_no_card_is_named(paid, attendee, as_attendee, settings):
    settings.DUOLOGUE_STRIPE_DELAYED_METHODS = True
    sold = sell(paid, attendee)
    Payment.objects.update(method="", last4="")
    asked = read(as_attendee, page(sold, "cancel"))
    assert "All of it, the way you paid." in asked
    assert "card" not in re.sub(r'class="[^"]*"', "", asked[asked.index("<main") : asked.index("</main>")])


@pytest.mark.parametrize(
    ("vocabulary", "said"),
    [
        ("telehealth", ["Cancel your appointment with Naoko?", "Keep the appointment", "Cancel appointment"]),
        ("generic", ["Cancel your meeting with Naoko?", "Keep the meeting", "Cancel meeting"]),
    ],
)
def test_it_speaks_the_operators_words(paid, attendee, as_attendee, settings, vocabulary, said):
    settings.DUOLOGUE_VOCABULARY = vocabulary
    booking = make_booking(paid, attendee)
    asked = read(as_attendee, page(booking, "cancel"))
    assert [one for one in said if one not in asked] == []
    as_attendee.post(page(booking, "cancel"), {"reason": "other"})
    assert said[2].removeprefix("Cancel ").capitalize() + " cancelled." in read(as_attendee, page(booking))


def test_the_script_gets_the_same_form_as_a_dialog(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee)
    dialog = read(as_attendee, page(booking, "cancel"), headers={"HX-Request": "true"})
    assert dialog.startswith("<dialog")
    assert "data-open" in dialog
    assert "<html" not in dialog
    assert f'action="{page(booking, "cancel")}"' in dialog
    assert 'aria-labelledby="asks-title"' in dialog
    assert 'id="asks-title"' in dialog
    keep, go = dialog.index("autofocus"), dialog.index("danger filled")
    assert keep < go, "the safe choice comes first and has the focus"
    assert dialog.count("autofocus") == 1


def test_a_reason_is_asked_for_and_what_was_written_stays(paid, attendee, as_attendee):
    booking = make_booking(paid, attendee)
    answer = as_attendee.post(page(booking, "cancel"), {"words": WORDS})
    again = answer.content.decode()
    assert answer.status_code == 422
    assert "One answer needs a change." in again
    assert WORDS in again
    assert as_attendee.post(page(booking, "cancel"), {"reason": "nonsense"}).status_code == 422
    assert (
        as_attendee.post(page(booking, "cancel"), {"reason": "other", "words": "x" * 1001}).status_code == 422
    )
    assert status_of(booking) == Status.CONFIRMED


def test_hostile_words_are_only_words(paid, attendee, as_attendee, as_host):
    booking = make_booking(paid, attendee)
    as_attendee.post(page(booking, "cancel"), {"reason": "other", "words": "<script>alert(1)</script>"})
    for client in (as_attendee, as_host):
        told = read(client, page(booking))
        assert "<script>alert" not in told
        assert "&lt;script&gt;alert" in told


# When it is too late


@pytest.mark.parametrize(
    ("begins_in", "says"),
    [
        (23 * HOUR, "Too late to cancel: it starts in less than 24 hours."),
        (-HOUR / 2, "Too late to cancel: it has begun."),
    ],
    ids=["within a day", "begun"],
)
@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_too_late_has_its_reason_and_no_button(request, paid, attendee, who, begins_in, says):
    booking = soon(paid, attendee, begins_in=begins_in)
    client = request.getfixturevalue(who)
    for method in (client.get, client.post):
        answer = method(page(booking, "cancel"), {"reason": "other"})
        assert (answer.status_code, answer["Location"]) == (303, page(booking))
    told = read(client, page(booking))
    assert says in told
    assert page(booking, "cancel") not in told
    assert page(booking, "cancel") not in read(client, "/sessions")
    assert status_of(booking) == Status.CONFIRMED


def test_a_dialog_that_came_too_late_leads_to_the_reason(paid, attendee, as_attendee):
    booking = soon(paid, attendee)
    answer = as_attendee.get(page(booking, "cancel"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == page(booking)


def test_the_second_reads_that_it_is_done(paid, attendee, as_attendee, as_host):
    booking = make_booking(paid, attendee)
    as_attendee.post(page(booking, "cancel"), {"reason": "other"})
    answer = as_host.post(page(booking, "cancel"), {"reason": "other"})
    assert answer.status_code == 303
    told = read(as_host, page(booking))
    assert "It is cancelled already." in told
    assert "Amara cancelled it on" in told


# Lists


def test_upcoming_offers_it_only_while_it_is_possible(paid, attendee, as_attendee):
    late = soon(paid, attendee)
    early = soon(paid, attendee, begins_in=48 * HOUR)
    listed = read(as_attendee, "/sessions")
    assert f'href="{page(early, "cancel")}" hx-get="{page(early, "cancel")}"' in listed
    assert page(late, "cancel") not in listed


def test_the_nearest_one_on_stage_can_be_cancelled_too(paid, attendee, as_attendee):
    booking = soon(paid, attendee, begins_in=48 * HOUR)
    assert read(as_attendee, "/sessions").count(f'href="{page(booking, "cancel")}"') == 1


def test_past_tells_who_and_what_goes_back(paid, attendee, as_attendee, as_host):
    booking = sell(paid, attendee)
    now = booking.starts_at - 72 * HOUR
    cancel(booking, by=Actor("attendee"), reason="other", now=now)
    assert "By you, 3 days before. €65.00 is on its way" in read(as_attendee, "/sessions?tab=past")
    run_due(max(now, clock.now()))
    assert "By you, 3 days before. €65.00 refunded" in read(as_attendee, "/sessions?tab=past")
    assert "By Amara. €65.00 refunded" in read(as_host, "/sessions?tab=past")


def test_a_stuck_refund_is_told_to_whom_it_concerns(paid, attendee, as_attendee, as_host):
    booking = sell(paid, attendee)
    cancel(booking, by=Actor("host"), reason="other", now=clock.now())
    Refund.objects.update(status=Refund.Status.FAILED)
    stuck = "The refund is stuck. We are on it and will write to you."
    assert f"By Naoko. {stuck}" in read(as_attendee, "/sessions?tab=past")
    assert stuck in read(as_attendee, page(booking))
    assert stuck not in read(as_host, "/sessions?tab=past")
    assert "The refund is stuck." in read(as_host, "/sessions?tab=past")


def test_a_no_show_says_which_side(paid, attendee, as_attendee, as_host):
    over(paid, attendee, Status.NO_SHOW, no_show_party="host")
    assert "Naoko did not come." in read(as_attendee, "/sessions?tab=past")
    assert "You did not come." in read(as_host, "/sessions?tab=past")


# The host cannot come (CANCEL-1)


def test_a_host_says_so_inside_the_last_day(paid, attendee, as_host, as_attendee, as_operator):
    booking = soon(paid, attendee)
    assert "I cannot come" in read(as_host, page(booking))
    assert "I cannot come" not in read(as_attendee, page(booking))
    asked = read(as_host, page(booking, "cannot-come"))
    assert "Amara is told at once by mail." in asked
    answer = as_host.post(page(booking, "cannot-come"), {"words": "My train stands still."})
    assert answer.status_code == 303
    assert CannotCome.objects.get().words == "My train stands still."
    told = read(as_host, page(booking))
    assert "Amara was told. We see to the rest." in told
    assert page(booking, "cannot-come") not in told
    for client in (as_attendee, as_operator):
        assert "Naoko cannot come." in read(client, page(booking))
        assert "My train stands still." in read(client, page(booking))
    assert as_host.post(page(booking, "cannot-come"), {"words": ""}).status_code == 303
    assert CannotCome.objects.count() == 1


@pytest.mark.parametrize("who", ["as_attendee", "as_operator"])
def test_only_the_host_says_so(request, paid, attendee, who):
    booking = soon(paid, attendee)
    assert request.getfixturevalue(who).post(page(booking, "cannot-come"), {"words": ""}).status_code == 404
    assert not CannotCome.objects.exists()


def test_who_can_still_cancel_is_told_to(paid, attendee, as_host):
    booking = make_booking(paid, attendee)
    as_host.post(page(booking, "cannot-come"), {"words": ""})
    assert "You can still cancel it yourself." in read(as_host, page(booking))
    assert not CannotCome.objects.exists()


# How it went (STATUS-1, PAY-5)


def test_a_host_corrects_what_is_theirs_to_say(paid, attendee, as_host):
    booking = over(paid, attendee)
    assert "Amara did not come" in read(as_host, page(booking))
    as_host.post(page(booking, "outcome"), {"went": "attendee_absent"})
    assert (status_of(booking), booking.no_show_party) == (Status.NO_SHOW, "attendee")
    as_host.post(page(booking, "outcome"), {"went": "took_place"})
    assert (status_of(booking), booking.no_show_party) == (Status.COMPLETED, "")
    as_host.post(page(booking, "outcome"), {"went": "host_absent"})
    assert (status_of(booking), booking.no_show_party) == (Status.NO_SHOW, "host")
    as_host.post(page(booking, "outcome"), {"went": "took_place"})
    assert status_of(booking) == Status.NO_SHOW, "whether the host came is not for the host alone to say"


def test_an_operator_corrects_both_ways(paid, attendee, as_operator):
    booking = over(paid, attendee)
    as_operator.post(page(booking, "outcome"), {"went": "host_absent"})
    assert (status_of(booking), booking.no_show_party) == (Status.NO_SHOW, "host")
    assert Job.objects.filter(key=refund_key(booking)).exists()
    as_operator.post(page(booking, "outcome"), {"went": "took_place"})
    assert status_of(booking) == Status.COMPLETED
    assert not Job.objects.filter(key=refund_key(booking)).exists()
    as_operator.post(page(booking, "outcome"), {"went": "whatever"})
    assert status_of(booking) == Status.COMPLETED


@pytest.mark.parametrize("who", ["as_attendee", "as_stranger", "as_nobody"])
def test_nobody_else_says_how_it_went(request, paid, attendee, who):
    booking = over(paid, attendee)
    client = request.getfixturevalue(who)
    assert client.post(page(booking, "outcome"), {"went": "host_absent"}).status_code == 404
    assert client.post(page(booking, "objection"), {"words": "x"}).status_code == 404
    assert status_of(booking) == Status.COMPLETED


def test_a_host_objects_before_the_money_goes_back(paid, attendee, as_host, as_attendee, as_operator):
    booking = sell(paid, attendee)
    booking.__class__.objects.update(status=Status.COMPLETED)
    as_operator.post(page(booking, "outcome"), {"went": "host_absent"})
    assert "€65.00 goes back on" in read(as_host, page(booking))
    assert "You get €65.00 back on" in read(as_attendee, page(booking))
    as_host.post(page(booking, "objection"), {"words": ""})
    assert not Objection.objects.exists()
    as_host.post(page(booking, "objection"), {"words": "I was there, Amara was not."})
    told = read(as_host, page(booking))
    assert "You say otherwise." in told
    assert page(booking, "objection") not in told
    assert "Naoko says otherwise." in read(as_attendee, page(booking))
    assert not Job.objects.filter(key=refund_key(booking)).exists()


def test_who_did_what_stands_in_the_history(paid, attendee, operator, as_attendee, as_operator):
    booking = sell(paid, attendee)
    cancel(booking, by=Actor("operator", operator.pk), reason="other", now=clock.now())
    for client in (as_attendee, as_operator):
        assert "An operator cancelled." in read(client, page(booking))


def test_the_words_to_the_other_one_are_not_for_operators(paid, attendee, as_operator, as_host):
    booking = make_booking(paid, attendee)
    cancel(booking, by=Actor("attendee"), reason="other", words=WORDS, now=clock.now())
    assert WORDS in read(as_host, page(booking))
    assert WORDS not in read(as_operator, page(booking))


def test_who_books_inside_the_last_day_is_told_before_paying(host, as_nobody, settings):
    """The rule that stands on the page is the installation's own."""
    assert settings.DUOLOGUE_CANCEL_HOURS == 24
    settings.DUOLOGUE_CANCEL_HOURS = 24 * 80
    offered = read(as_nobody, f"/h/{host.slug}?offer=mentoring-hour")
    link = re.search(r'href="(\?[^"]*at=[^"]+)"', offered)
    assert link is not None
    chosen = read(as_nobody, f"/h/{host.slug}{link[1].replace('&amp;', '&')}")
    assert "It starts in less than 1920 hours, so it cannot be cancelled once it is booked." in chosen
