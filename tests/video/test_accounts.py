"""Does an account connected at Google or Microsoft make rooms, outlive its tokens, and is its end noticed?

From the consent page of the simulated vendor to the room, with the steps that a person takes.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import NeedsReconnect, Refused
from duologue.usecases import connect_account
from duologue.usecases.speak_for import speak_for
from duologue_simulators.google.simulator import CALENDAR_RIGHT, MEET_RIGHT
from duologue_simulators.microsoft.simulator import RIGHT
from duologue_simulators.oauth import NAOKO
from tests.platforms import a_request

pytestmark = pytest.mark.django_db(transaction=True)
PLATFORMS = [("google", "google_meet"), ("google", "google_calendar"), ("microsoft", "teams")]


@pytest.fixture(params=PLATFORMS, ids=[platform for _, platform in PLATFORMS])
def place(request):
    """The vendor's name, its simulator, and the platform."""
    slug, platform = request.param
    return slug, request.getfixturevalue(slug), platform


def rooms(vendor):
    if hasattr(vendor, "meetings"):
        return len(vendor.meetings)
    return len(vendor.spaces.all) + len([one for one in vendor.calendars.of(NAOKO) if not one.is_deleted])


def answer_of(page, *, untick=(), deny=False):
    """What the vendor sends the person back with, who reads its page and presses a button."""
    with httpx.Client(trust_env=False) as browser:
        assert "Allow" in browser.get(page).text
        asked = parse_qs(urlsplit(page).query)["scope"][0].split()
        ticked = [scope for scope in asked if scope not in untick]
        said = {"answer": "deny" if deny else "allow", "scope": ticked, "person": NAOKO.id}
        back = browser.post(page, data=said).headers["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def connect(user, slug, **how):
    session: dict[str, Any] = {}
    now = clock.now()
    page = connect_account.begin(session, user, slug, now=now)
    return connect_account.finish(session, user, slug, answer_of(page, **how), now=now)


def make(user, platform, *, key="a", now=None):
    def ask(adapter, account):
        return adapter.create_meeting(a_request(), idempotency_key=key, account=account)

    return speak_for(user.pk, platform, ask, now=now or clock.now())[0]


def test_from_the_consent_to_the_room(place, host):
    slug, vendor, platform = place
    connection = connect(host.user, slug)
    assert (connection.state, connection.account_name) == ("works", NAOKO.email)
    made = make(host.user, platform)
    assert rooms(vendor) == 1
    assert httpx.get(made.join_url, trust_env=False).status_code == 200


def test_who_says_no_is_not_connected(place, host):
    slug = place[0]
    with pytest.raises(Refused, match="You did not allow it") as met:
        connect(host.user, slug, deny=True)
    assert met.value.code == "consent_denied"
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("slug", "scope"),
    [
        ("google", MEET_RIGHT),
        ("google", CALENDAR_RIGHT),
        ("microsoft", RIGHT),
    ],
)
def test_a_box_that_was_unticked_is_named_at_once(request, host, slug, scope):
    request.getfixturevalue(slug)
    with pytest.raises(Refused, match="Press Connect once more") as met:
        connect(host.user, slug, untick=[scope])
    assert met.value.code == "rights_missing"
    assert not Connection.objects.exists()


def test_a_token_that_is_no_longer_taken_is_renewed_and_the_room_made(place, host):
    slug, vendor, platform = place
    connect(host.user, slug)
    vendor.tokens.access.clear()
    make(host.user, platform)
    assert rooms(vendor) == 1
    assert len(vendor.asked(f"POST {vendor.token_path}")) == 2


def test_renewals_go_on_day_after_day(place, host):
    slug, vendor, platform = place
    connect(host.user, slug)
    now = clock.now()
    for day in range(1, 5):
        vendor.move_clock(86_400)
        make(host.user, platform, key=f"{day}", now=now + timedelta(days=day))
    assert rooms(vendor) == 4
    assert Connection.objects.get().works


def test_connecting_again_keeps_going_although_google_may_send_no_second_refresh_token(place, host):
    slug, vendor, platform = place
    connect(host.user, slug)
    connect(host.user, slug)
    vendor.tokens.access.clear()
    make(host.user, platform)
    assert rooms(vendor) == 1


@pytest.mark.parametrize("how", ["taken back", "a week in testing"])
def test_a_consent_that_is_over_is_to_be_given_anew(place, host, how):
    slug, vendor, platform = place
    vendor.refresh_lives = 7 * 86_400.0
    connection = connect(host.user, slug)
    now = clock.now()
    if how == "taken back":
        vendor.end_consents()
    else:
        vendor.move_clock(8 * 86_400)
        now += timedelta(days=8)
    with pytest.raises(NeedsReconnect):
        make(host.user, platform, now=now)
    connection.refresh_from_db()
    assert (connection.state, connection.problem) == ("reconnect_needed", "ended")
    assert rooms(vendor) == 0


def test_after_connecting_anew_rooms_are_made_again(place, host):
    slug, vendor, platform = place
    connect(host.user, slug)
    vendor.end_consents()
    with pytest.raises(NeedsReconnect):
        make(host.user, platform)
    connect(host.user, slug)
    make(host.user, platform)
    assert rooms(vendor) == 1
