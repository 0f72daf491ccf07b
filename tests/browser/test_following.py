"""Can a next session be booked and paid without any script?"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from duologue.accounts.models import User
from duologue.bookings import pay_links
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.scheduling.models import EventType
from tests.browser.conftest import Launch, visitor
from tests.cast import make_booking

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_hosts_page_to_the_mailed_link(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    begun = clock.now() - timedelta(hours=5)
    after = make_booking(paid, attendee, status=Status.COMPLETED, starts_at=begun)
    host = visitor(launch(), live_server_url, paid.host.user, java_script_enabled=False)
    host.goto(f"/sessions/{after.pk}")
    host.get_by_role("link", name="Book the next session").click()
    host.locator("a.time").first.click()
    host.get_by_role("button", name="Book the session").click()
    expect(host.get_by_text("The time is kept for Amara.")).to_be_visible()
    booking = Booking.objects.get(follows=after)
    page = visitor(
        launch(), live_server_url, java_script_enabled=False, viewport={"width": 360, "height": 800}
    )
    page.goto(f"/pay/{pay_links.token(booking.pk)}")
    page.get_by_role("button", name="Pay €65.00").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("It is paid.")).to_be_visible()
    assert Booking.objects.get(pk=booking.pk).status == Status.CONFIRMED
