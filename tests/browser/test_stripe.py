"""Can a person pay at Stripe's page and be believed, whether they come back from it or not?

The whole product with a worker, and a simulated Stripe that calls back by itself.
"""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.payments.models import CheckoutAttempt
from duologue.scheduling.models import EventType
from duologue_simulators.stripe.account import DECLINED, GOOD
from duologue_simulators.stripe.server import Server
from duologue_simulators.stripe.simulator import Simulator
from tests.browser.conftest import Launch, free_port, visitor, wait_until_it_answers
from tests.gateways import SECRET

pytestmark = pytest.mark.django_db(transaction=True)


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
            family.wait(timeout=30)


def go_to_the_payment_page(page: Page, simulator: Simulator) -> None:
    page.goto("/h/naoko-ishida")
    # The first page tells the server the browser's zone and is shown again in it.
    page.wait_for_selector("html[data-zone='Europe/Berlin']")
    page.wait_for_load_state("networkidle")
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
    for _ in range(100):
        page.goto(f"{product}/mail")
        if mail.count():
            break
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    page.goto(f"{product}/sessions/{booking.pk}")
    expect(page.get_by_role("main")).to_contain_text("Confirmed")
