"""Where the host lets people in by hand: do both sides read what is going on, and does one press open?"""

import pytest
from playwright.sync_api import Page, expect

from duologue.accounts.models import User
from duologue.bookings.models import Party
from duologue.calls.models import Admission
from duologue.scheduling.models import EventType
from tests.browser.conftest import Launch, visitor
from tests.browser.test_accessibility import findings
from tests.browser.test_call import NEVER_ASKED, Two, see_each_other
from tests.rooms import make_room
from tests.stays import came

pytestmark = pytest.mark.django_db(transaction=True)
ANNOUNCED = '[data-part="asks"][aria-live="polite"]'


@pytest.fixture
def two(live_server_url: str, launch: Launch, paid: EventType, attendee: User) -> Two:
    paid.admits_by_hand = True
    paid.save()
    booking = make_room(paid, attendee)
    # Colours are looked at: none may be on its way into another.
    host, guest = (
        visitor(launch(), live_server_url, user, reduced_motion="reduce")
        for user in (paid.host.user, attendee)
    )
    for page in (host, guest):
        page.add_init_script(NEVER_ASKED)
    return Two(booking, host, guest)


def join(page: Page) -> None:
    """Go on from the green room once its camera is seen."""
    expect(page.get_by_label("Camera")).not_to_have_value("")
    page.get_by_role("button", name="Join call").click()
    expect(page.get_by_role("button", name="Leave")).to_be_visible()


def says(page: Page, heading: str) -> None:
    """In words that are read aloud, too."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator('[data-part="spoken"]')).to_have_text(heading)


def test_the_host_lets_in_who_waits_at_the_door(two: Two) -> None:
    two.attendee.goto(two.path)
    says(two.attendee, "Naoko is not here at the moment")
    join(two.attendee)
    says(two.attendee, "You are at the door")

    two.host.goto(two.path)
    says(two.host, "Amara is at the door")
    expect(two.host.locator(ANNOUNCED)).to_contain_text("Amara waits at the door.")
    says(two.attendee, "Naoko knows that you are at the door")
    assert not list(findings(two.attendee, "en"))
    assert not list(findings(two.host, "en"))
    join(two.host)
    assert not list(findings(two.host, "en"))
    assert came(two.booking) == {Party.HOST}

    two.host.get_by_role("button", name="Let Amara in").press("Enter")
    see_each_other(two.host, two.attendee)
    expect(two.host.locator(ANNOUNCED)).to_have_text("")
    # The keyboard stays where it was, so that the next Tab leads on from there.
    expect(two.host.locator(ANNOUNCED)).to_be_focused()
    assert Admission.objects.count() == 1


def test_whoever_was_let_in_comes_back_without_asking(two: Two) -> None:
    two.host.goto(two.path)
    join(two.host)
    two.attendee.goto(two.path)
    says(two.attendee, "Naoko is here")
    join(two.attendee)
    two.host.get_by_role("button", name="Let Amara in").click()
    see_each_other(two.host, two.attendee)
    two.attendee.reload()
    join(two.attendee)
    see_each_other(two.host, two.attendee)
    expect(two.host.locator(ANNOUNCED)).to_have_text("")
