"""Does booking hold in a browser: two tabs, Back, a phone, planted cookies, nights of changing clocks?"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Request, expect

from duologue.accounts.models import Host, User
from duologue.bookings.models import Booking, Party
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.payments.models import CheckoutAttempt, Payment
from duologue.scheduling.models import EventType
from tests.browser.conftest import Launch, visitor
from tests.cast import code_for, make_event_type, make_host
from tests.rooms import link_of, make_room
from tests.sold import hold, pay_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
SESSION = settings.SESSION_COOKIE_NAME


def somebody(browser: Browser, url: str, zone: str = "Europe/Berlin", **options: Any) -> Page:
    return visitor(browser, url, timezone_id=zone, tells_zone=True, **options)


def arrive(page: Page, host: Host, query: str = "") -> None:
    page.goto(f"/h/{host.slug}{query}")
    zone_is_told(page)


def zone_is_told(page: Page) -> None:
    """The first page tells the server the browser's zone and is shown again in it."""
    page.wait_for_selector("html:not([data-zone-offer])")
    page.wait_for_load_state("networkidle")


def hold_a_time(page: Page, offer: EventType) -> None:
    arrive(page, offer.host, f"?offer={offer.slug}")
    page.locator("a.time").first.click()
    page.wait_for_selector("a.time[aria-current=true]")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/details")


def tell_who(page: Page) -> None:
    page.get_by_label("Your name").fill("Amara Obi")
    page.get_by_label("E-mail", exact=True).fill("amara@obi.example")


def go_to_pay(page: Page) -> None:
    tell_who(page)
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url("**/sandbox/checkout/*")


def pay(page: Page) -> None:
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url("**/confirmed")


def paid_once() -> bool:
    booking = Booking.objects.get()
    attempts = CheckoutAttempt.objects.filter(payment__booking=booking)
    return booking.status == Status.CONFIRMED and attempts.count() == 1


# Two tabs


def test_a_hold_in_two_tabs_is_paid_once(live_server_url: str, launch: Launch, paid: EventType) -> None:
    first = somebody(launch(), live_server_url)
    hold_a_time(first, paid)
    second = first.context.new_page()
    second.goto(first.url)
    tell_who(second)
    go_to_pay(first)
    pay(first)
    second.get_by_role("button", name=re.compile("^Pay")).click()
    second.wait_for_url(re.compile(r"/sessions/[\w-]+$"))
    expect(second.get_by_text("Confirmed and paid")).to_be_visible()
    assert paid_once()


def test_a_payment_page_in_two_tabs_takes_the_money_once(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    first = somebody(launch(), live_server_url)
    hold_a_time(first, paid)
    go_to_pay(first)
    second = first.context.new_page()
    second.goto(first.url)
    pay(first)
    second.get_by_role("button", name="Pay", exact=True).click()
    expect(second.get_by_text("This is paid.")).to_be_visible()
    second.get_by_role("link", name="Go on").click()
    second.wait_for_url("**/confirmed")
    assert paid_once()


def test_a_payment_that_is_still_checked_leads_on_by_itself(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    booking = hold(paid, attendee)
    attempt = pay_for(booking, now=clock.now())
    Payment.objects.filter(booking=booking).update(amount=1)
    page = visitor(launch(), live_server_url, attendee)
    page.goto(f"/bookings/{booking.pk}/paid?attempt={attempt.pk}")
    page.evaluate("window.untouched = true")
    with page.expect_response(lambda answer: answer.request.resource_type == "fetch"):
        expect(page.get_by_role("heading", name="We are checking your payment.")).to_be_visible()
    assert page.evaluate("window.untouched")
    Payment.objects.filter(booking=booking).update(amount=paid.price_amount)
    expect(page).to_have_url(re.compile(r"/sessions/[^/]+/confirmed$"))


def test_a_time_given_back_in_one_tab_is_over_in_the_other_and_can_be_taken_again(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    first = somebody(launch(), live_server_url)
    hold_a_time(first, paid)
    second = first.context.new_page()
    second.goto(first.url)
    tell_who(second)
    first.get_by_role("button", name="Give this time back").click()
    expect(first.get_by_text("The time is free again. Nothing was charged.")).to_be_visible()
    second.get_by_role("button", name=re.compile("^Pay")).click()
    expect(second.get_by_role("heading", name="The hold ended at")).to_be_visible()
    second.get_by_role("button", name="Take it again").click()
    second.wait_for_url("**/details")
    go_to_pay(second)
    pay(second)
    assert Booking.objects.filter(status=Status.CONFIRMED).count() == 1


# Back


def test_back_after_each_step_loses_nothing_and_pays_nothing_twice(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    page = somebody(launch(), live_server_url)
    hold_a_time(page, paid)
    page.go_back()
    expect(page.get_by_role("heading", name="Book a time")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    go_to_pay(page)
    page.go_back()
    expect(page.get_by_label("Your name")).to_have_value("Amara Obi")
    expect(page.get_by_text("Held for you")).to_be_visible()
    go_to_pay(page)
    pay(page)
    page.go_back()
    page.get_by_role("link", name="Go on").or_(page.get_by_role("button", name="Pay", exact=True)).click()
    page.wait_for_url("**/confirmed")
    page.go_back()
    page.go_back()
    page.wait_for_url(re.compile(r"/sessions/[\w-]+$"))
    expect(page.get_by_text("Confirmed and paid")).to_be_visible()
    assert paid_once()


# A phone


def test_on_a_phone_paying_comes_before_giving_back_for_eyes_and_keys(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    page = somebody(launch(), live_server_url, viewport={"width": 390, "height": 844})
    hold_a_time(page, paid)
    paying = page.get_by_role("button", name=re.compile("^Pay"))
    giving_back = page.get_by_role("button", name="Give this time back")
    upper, lower = paying.bounding_box(), giving_back.bounding_box()
    assert upper is not None
    assert lower is not None
    assert upper["y"] + upper["height"] <= lower["y"]
    assert min(upper["height"], lower["height"]) >= 44
    paying.focus()
    page.keyboard.press("Tab")
    expect(giving_back).to_be_focused()


def type_a_name(page: Page) -> None:
    page.get_by_label("Your name").fill("Ruth")


def press_somewhere(page: Page) -> None:
    page.mouse.click(5, 5)


def only_look(page: Page) -> None:
    """Nothing is pressed and nothing typed."""


@pytest.mark.parametrize(("do", "stays"), [(type_a_name, True), (press_somewhere, True), (only_look, False)])
def test_a_late_zone_shows_the_page_again_only_to_who_has_not_begun(
    live_server_url: str, launch: Launch, do: Callable[[Page], None], stays: bool
) -> None:
    page, waiting = somebody(launch(), live_server_url), []
    page.route("**/js/zone*.js", lambda route: waiting.append(route))
    page.goto("/sign-up")
    do(page)
    page.evaluate("() => { window.isSame = true; }")
    while not waiting:
        page.wait_for_timeout(20)
    with page.expect_response("**/time-zone"):
        waiting.pop().continue_()
    if stays:
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => window.isSame")
    else:
        page.wait_for_function("() => !window.isSame")
        expect(page.locator("html")).to_have_attribute("data-zone", "Europe/Berlin")


# Secrets


def test_a_planted_session_is_worth_nothing_after_signing_in(
    live_server_url: str, launch: Launch, attendee: User
) -> None:
    """Who knows the cookie that a browser came with must not be signed in with it."""
    browser = launch()
    thief, victim = visitor(browser, live_server_url), visitor(browser, live_server_url)
    thief.goto("/sign-up")
    thief.get_by_label("Your name").fill("Thief")
    thief.get_by_label("E-mail").fill("thief@people.example")
    thief.get_by_role("button", name="Mail me the code").click()
    thief.wait_for_url("**/sign-in/code*")
    (planted,) = [one for one in thief.context.cookies() if one["name"] == SESSION]
    victim.context.add_cookies([{"name": SESSION, "value": planted["value"], "url": live_server_url}])
    victim.goto("/sign-in")
    victim.get_by_label("E-mail").fill(attendee.email)
    victim.get_by_role("button", name="Mail me a code").click()
    victim.wait_for_url("**/sign-in/code*")
    victim.get_by_label("The code from the mail").fill(code_for(attendee.email))
    victim.get_by_role("button", name="Sign in", exact=True).click()
    expect(victim.get_by_role("heading", name="Your sessions")).to_be_visible()
    (own,) = [one for one in victim.context.cookies() if one["name"] == SESSION]
    assert own["value"] != planted["value"]
    thief.goto("/sessions")
    expect(thief.get_by_role("heading", name="Sign in")).to_be_visible()


def test_no_page_hears_the_token_that_somebody_came_with(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    booking = make_room(paid, attendee_email="guest@people.example", attendee_name="Gus Guest")
    link = link_of(booking, Party.ATTENDEE)
    token = link.rpartition("/")[2]
    page = somebody(launch(), live_server_url)
    asked: list[Request] = []
    page.context.on("request", lambda request: asked.append(request))
    page.goto(link)
    zone_is_told(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Test camera and sound").click()
    opened.value.wait_for_load_state("networkidle")
    page.locator(".site-footer").get_by_role("link", name="Mail").click()
    page.wait_for_url("**/mail")
    zone_is_told(page)
    page.goto(link)
    page.get_by_role("button", name="Join call").click()
    page.wait_for_url("**/video-call/*")
    page.wait_for_load_state("networkidle")
    referers = [(one.url, one.all_headers().get("referer", "")) for one in asked]
    assert len({url for url, _ in referers}) > 10
    assert [url for url, referer in referers if token in referer] == []


# Nights on which clocks change


@pytest.fixture
def night_owl(db: None) -> EventType:
    """A host in Berlin who is there on Sundays from one to five in the morning."""
    host = make_host(slug="night-owl", zone="Europe/Berlin", hours=[(6, 60, 300)])
    return make_event_type(host, name="At night", duration=60, slot_step=30)


BACK, FORWARD = date(2027, 10, 31), date(2027, 3, 28)


@pytest.mark.parametrize(
    ("night", "zone", "day", "times"),
    [
        (
            BACK,
            "Europe/Berlin",
            "Sunday 31 October",
            "01:00 01:30 02:00CEST 02:30CEST 02:00CET 02:30CET 03:00 03:30 04:00",
        ),
        (
            BACK,
            "America/New_York",
            "Saturday 30 October",
            "19:00 19:30 20:00 20:30 21:00 21:30 22:00 22:30 23:00",
        ),
        (FORWARD, "Europe/Berlin", "Sunday 28 March", "01:00 01:30 03:00 03:30 04:00"),
        (FORWARD, "Asia/Kolkata", "Sunday 28 March", "05:30 06:00 06:30 07:00 07:30"),
    ],
)
def test_a_night_of_changing_clocks_shows_each_hour_there_is(
    live_server_url: str,
    launch: Launch,
    night_owl: EventType,
    the_real_time: None,
    night: date,
    zone: str,
    day: str,
    times: str,
) -> None:
    clock.set_offset(datetime(night.year, night.month, night.day - 3, 12, tzinfo=UTC) - clock.now())
    page = somebody(launch(), live_server_url, zone)
    arrive(page, night_owl.host)
    expect(page.get_by_role("heading", name=day)).to_be_visible()
    shown = page.locator("a.time").all_inner_texts()
    assert [text.replace(" ", "") for text in shown] == times.split()


def test_both_two_o_clocks_are_what_they_say_and_the_chosen_one_is_booked(
    live_server_url: str, launch: Launch, night_owl: EventType, the_real_time: None
) -> None:
    clock.set_offset(datetime(2027, 10, 28, 12, tzinfo=UTC) - clock.now())
    page = somebody(launch(), live_server_url)
    arrive(page, night_owl.host)
    expect(page.get_by_text("Clocks in Berlin go back on 31 October.")).to_be_visible()
    page.get_by_role("link", name="02:00 CEST", exact=True).click()
    expect(page.get_by_text(re.compile("02:00 CEST.–.02:00 CET"))).to_be_visible()
    page.get_by_role("link", name="02:00 CET", exact=True).click()
    expect(page.get_by_text(re.compile("02:00 CET.–.03:00"))).to_be_visible()
    expect(page.locator("a.time[aria-current=true]")).to_have_text(["02:00 CET"])
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/details")
    expect(page.get_by_text(re.compile("02:00 CET.–.03:00"))).to_be_visible()
    assert Booking.objects.get().starts_at == datetime(2027, 10, 31, 1, tzinfo=UTC)
