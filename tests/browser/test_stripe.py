"""Can a person pay at Stripe's page and be believed, whether they come back from it or not?

The whole product with a worker, and a simulated Stripe that calls back by itself.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from duologue.accounts.models import User
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Refund
from duologue.scheduling.models import EventType
from duologue.usecases.book import Wish, book
from duologue_simulators.stripe.account import DECLINED, GOOD
from duologue_simulators.stripe.faults import Fault
from duologue_simulators.stripe.server import Server
from duologue_simulators.stripe.simulator import Simulator
from tests.browser.conftest import Launch, visitor, wait_until_it_answers
from tests.gateways import SECRET
from tests.ports import free_port
from tests.sold import hold

pytestmark = pytest.mark.django_db(transaction=True)
HOLD_IS_OVER = timedelta(minutes=36)
CLOSE = "/v1/checkout/sessions"


@pytest.fixture
def simulator(stripe_server: Server) -> Simulator:
    return stripe_server.begin_anew()


@pytest.fixture
def product(
    child_environment: dict[str, str], static_files: None, simulator: Simulator, paid: EventType
) -> Iterator[str]:
    """`duologue up` with keys of the simulated Stripe, which knows where to call back."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    simulator.listen(f"{url}/webhooks/stripe", SECRET)
    environment = {
        **child_environment,
        "DUOLOGUE_BASE_URL": url,
        "DUOLOGUE_STRIPE_SECRET_KEY": "sk_test_x",
        "DUOLOGUE_STRIPE_WEBHOOK_SECRETS": SECRET,
        "DUOLOGUE_STRIPE_API_BASE": simulator.url,
    }
    command = [sys.executable, "-m", "duologue", "up", "--port", str(port)]
    with subprocess.Popen(command, env=environment) as family:
        try:
            wait_until_it_answers(family, port)
            yield url
        finally:
            family.terminate()
            family.wait(timeout=120)


def go_to_the_payment_page(page: Page, simulator: Simulator) -> None:
    page.goto("/h/naoko-ishida")
    page.locator("a.time").first.click()
    page.wait_for_selector("a.time[aria-current=true]")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/details")
    page.get_by_label("Your name").fill("Amara Obi")
    page.get_by_label("E-mail", exact=True).fill("amara@obi.example")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{simulator.url}/c/pay/*")


def pay_with(page: Page, way: str) -> None:
    page.get_by_label("Pay with").select_option(way)
    page.get_by_role("button", name="Pay").click()


def test_paying_at_stripe(product: str, simulator: Simulator, launch: Launch) -> None:
    page = visitor(launch(devices=False), product, timezone_id="Europe/Berlin")
    go_to_the_payment_page(page, simulator)
    expect(page.get_by_role("heading", name="Pay 65.00 EUR")).to_be_visible()

    pay_with(page, DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("Declined")
    page.get_by_role("link", name="Back without paying").click()
    page.wait_for_url("**/details?payment=left")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{simulator.url}/c/pay/*")
    pay_with(page, GOOD)
    page.wait_for_url("**/confirmed")
    expect(page.get_by_role("heading", name="You’re meeting Naoko.")).to_be_visible()
    assert Booking.objects.get().status == Status.CONFIRMED


def test_paid_and_never_come_back(product: str, simulator: Simulator, launch: Launch) -> None:
    page = visitor(launch(devices=False), product, timezone_id="Europe/Berlin")
    go_to_the_payment_page(page, simulator)
    attempt, booking = CheckoutAttempt.objects.get(), Booking.objects.get()
    with simulator.account.lock:
        simulator.account.pay(attempt.external_id, GOOD)

    mail = page.get_by_role("link", name="amara@obi.example")

    def has_mail() -> bool:
        page.goto(f"{product}/mail")
        return mail.count() > 0

    until(has_mail)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    page.goto(f"{product}/sessions/{booking.pk}")
    expect(page.get_by_role("main")).to_contain_text("Confirmed")


def test_left_alone_the_time_opens_again_and_the_page_takes_no_money(
    product: str, simulator: Simulator, launch: Launch, the_real_time: None
) -> None:
    page = visitor(launch(devices=False), product, timezone_id="Europe/Berlin")
    go_to_the_payment_page(page, simulator)
    stripes_page, booking = page.url, Booking.objects.get()
    clock.set_offset(HOLD_IS_OVER)
    until(lambda: Booking.objects.get().status == Status.EXPIRED)

    page.goto(stripes_page)
    expect(page.get_by_role("heading", name="This page is over.")).to_be_visible()
    page.goto(f"{product}/bookings/{booking.pk}/details")
    expect(page.get_by_role("main")).to_contain_text("nothing was charged")
    assert not Refund.objects.exists()


def test_paid_when_somebody_else_has_the_time_it_goes_back(
    product: str, simulator: Simulator, launch: Launch, the_real_time: None, paid: EventType
) -> None:
    page = visitor(launch(devices=False), product, timezone_id="Europe/Berlin")
    go_to_the_payment_page(page, simulator)
    late = Booking.objects.get()
    # Stripe is down when the hold ends, so that its page cannot be closed.
    simulator.api.faults.add(
        Fault("503", f"POST {CLOSE}/{CheckoutAttempt.objects.get().external_id}", times=1000)
    )
    clock.set_offset(HOLD_IS_OVER)
    book(Wish(event_type_id=paid.pk, starts_at=late.starts_at, browser="w" * 64), now=clock.now())

    pay_with(page, GOOD)
    page.wait_for_url(f"**/sessions/{late.pk}")
    until(lambda: Refund.objects.filter(status=Refund.Status.SUCCEEDED, cause="paid_too_late").exists())
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("€65.00 refunded")
    until(lambda: OutgoingMail.objects.filter(template="hold_expired_paid_late", state="kept").exists())
    assert Booking.objects.get(pk=late.pk).status == Status.EXPIRED


def test_a_refund_that_bounces_is_settled_by_hand(
    product: str, simulator: Simulator, launch: Launch, paid: EventType, attendee: User, operator: User
) -> None:
    page = visitor(launch(devices=False), product, attendee)
    # In more than a day, so that it can be cancelled.
    booking = hold(paid, attendee)
    page.goto(f"/bookings/{booking.pk}/details")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{simulator.url}/c/pay/*")
    pay_with(page, GOOD)
    page.wait_for_url("**/confirmed")
    page.goto(f"{product}/sessions/{booking.pk}/cancel")
    expect(page.get_by_role("main")).to_contain_text("You get €65.00 back.")
    page.get_by_label("Reason").select_option("other")
    page.get_by_role("button", name="Cancel session").click()
    page.wait_for_url(f"**/sessions/{booking.pk}")
    until(lambda: Refund.objects.filter(status=Refund.Status.SUCCEEDED).exists())
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("€65.00 refunded")

    page.goto(simulator.url)
    page.get_by_role("button", name="Let it fail").click()
    until(lambda: Refund.objects.filter(status=Refund.Status.FAILED).exists())
    page.goto(f"{product}/sessions/{booking.pk}")
    expect(page.get_by_role("main")).to_contain_text(
        "The refund is stuck. We are on it and will write to you."
    )

    desk = visitor(launch(devices=False), product, operator)
    desk.goto("/ops")
    desk.get_by_role("link", name="See refunds").click()
    desk.get_by_text("History, and settling by hand").click()
    desk.get_by_label("How and when was it paid?").fill("Bank transfer on 3 May, reference 4711")
    desk.get_by_role("button", name="Settle by hand").click()
    expect(desk.get_by_text("Settled by hand. The payer is told.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("€65.00 refunded")
    assert Refund.objects.get().status == Refund.Status.SETTLED_BY_HAND


def until(holds: Callable[[], bool]) -> None:
    """The worker has done it, or has not within a minute."""
    for _ in range(600):
        if holds():
            return
        Event().wait(0.1)
    raise AssertionError("it never came to be")
