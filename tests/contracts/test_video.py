"""Does every video platform keep the contract? One suite for all; adapters talk to simulated platforms.

A platform is a row in `PLATFORMS`.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from duologue.core import http
from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, ProviderError, Retryable
from duologue.video.contract import INSTALLATION, Account, CreatedMeeting, VideoProvider
from duologue.video.providers.installation_keys import BUSY_FOR
from duologue.video.registry import PROVIDERS, provider
from duologue_simulators.faulty import PAGES
from duologue_simulators.oauth import NAOKO, OAuthVendor
from tests.platforms import ATTENDEE, HOST, Ask, a_request, everything, goes_wrong

LOST = ["500", "500_after", "503", "cut", "lost", "html", "empty", "truncated"]
"""What may become of an answer on its way."""
READABLE = {kind for kind, (status, _) in PAGES.items() if status == 200}
ERRORS = {Retryable, Permanent, NeedsReconnect, NotConfigured}
KEY = "booking-1:0"
PATIENCE_SECONDS = 0.3


def _plain_and_quoted(found: Iterable[str]) -> list[str]:
    return [form for one in found for form in (one, quote(one, safe=""))]


@dataclass(frozen=True)
class Platform:
    """How the suite sees one platform.

    `vendor` is the fixture of its simulator. `rooms` are the ids of those that people can use there. `create`
    is how the request begins that makes a room; without it a room is made by whoever enters first. `repeats`:
    the same key gives the same room. `names_pause`: it says how long it wants to be left alone. `secrets` is
    what lets people into its rooms. Of an answer to `unread` nothing is needed but that it is no refusal.
    """

    vendor: str
    rooms: Callable[[Any], Sequence[str]] = lambda vendor: []
    create: str = ""
    repeats: bool = True
    names_pause: bool = True
    secrets: Callable[[Any], Iterable[str]] = lambda vendor: []
    unread: Sequence[str] = ()


PLATFORMS = {
    "daily": Platform(
        "daily", lambda daily: list(daily.rooms), "POST /v1/rooms", names_pause=False, unread=["delete"]
    ),
    "google_meet": Platform(
        "google",
        lambda google: [one.name for one in google.spaces.all if one.config["accessType"] == "OPEN"],
        "POST /v2/spaces",
        repeats=False,
        secrets=lambda google: [one.code for one in google.spaces.all],
    ),
    "google_calendar": Platform(
        "google",
        lambda google: [one.fields["id"] for one in google.calendars.of(NAOKO) if not one.is_deleted],
        "POST /calendar",
        secrets=lambda google: [one.conference.code for one in google.calendars.of(NAOKO)],
    ),
    "jaas": Platform("jaas", unread=["probe"]),
    "jitsi": Platform("jitsi", unread=["probe"]),
    "teams": Platform(
        "microsoft",
        lambda microsoft: [one.id for one in microsoft.meetings],
        "POST /v1.0/me/onlineMeetings/createOrGet",
        secrets=lambda microsoft: _plain_and_quoted(one.thread for one in microsoft.meetings),
    ),
    "twilio": Platform("twilio", unread=["delete"]),
    "whereby": Platform(
        "whereby",
        lambda whereby: list(whereby.meetings),
        "POST /v1/meetings",
        repeats=False,
        unread=["delete"],
    ),
    "zoom": Platform(
        "zoom",
        lambda zoom: [str(id_) for id_ in zoom.meetings],
        "POST /v2/users/me/meetings",
        unread=["delete"],
        secrets=lambda zoom: [
            secret
            for one in zoom.meetings.values()
            for secret in (*one.keys, one.encrypted, one.given["password"])
        ],
    ),
}


@dataclass
class Stage:
    """A platform in use: its adapter, the account, and the simulator behind it."""

    platform: Platform
    adapter: VideoProvider
    account: Account
    vendor: Any

    @property
    def rooms(self) -> list[str]:
        return list(self.platform.rooms(self.vendor))

    def make(self, key: str = KEY, **changes: Any) -> CreatedMeeting:
        return self.adapter.create_meeting(a_request(**changes), idempotency_key=key, account=self.account)

    def calls(self, made: CreatedMeeting) -> dict[str, Ask]:
        return everything(self.adapter, made, self.account)


def refusal(ask: Ask) -> ProviderError | None:
    """How it was refused; None if it was not."""
    try:
        ask()
    except ProviderError as error:
        return error
    return None


def put_on_stage(request: pytest.FixtureRequest) -> Stage:
    platform = PLATFORMS[request.param]
    vendor = request.getfixturevalue(platform.vendor)
    account = INSTALLATION
    if isinstance(vendor, OAuthVendor):
        account = Account(NAOKO.email, vendor.connect()[0])
    return Stage(platform, provider(request.param), account, vendor)


def is_way(address: str) -> bool:
    """An address at the platform, or our own page where the platform has none."""
    return address.startswith(("http://", "https://", "/video-call/"))


@pytest.fixture(params=sorted(PLATFORMS))
def stage(request: pytest.FixtureRequest) -> Stage:
    return put_on_stage(request)


@pytest.fixture(params=sorted(slug for slug, one in PLATFORMS.items() if one.create))
def asked(request: pytest.FixtureRequest) -> Stage:
    """Those that are asked for each room, and keep it."""
    return put_on_stage(request)


def test_every_platform_that_can_be_asked_for_anything_is_here():
    assert set(PLATFORMS) | {"builtin", "link"} == set(PROVIDERS)


def test_an_adapter_says_who_it_is(stage):
    adapter = stage.adapter
    assert PROVIDERS[adapter.slug]
    assert adapter.name
    assert all(one.hint and not one.name.startswith("DUOLOGUE_") for one in adapter.settings)
    assert isinstance(stage.vendor, OAuthVendor) == bool(adapter.vendor)


def test_a_room_is_made_that_can_be_kept_and_shown(stage):
    made = stage.make()
    assert stage.rooms == ([made.room_id] if stage.platform.create else [])
    assert 0 < len(made.room_id) <= 255
    assert is_way(made.join_url)
    assert made.join_url not in repr(made)


def test_another_key_gives_another_room(stage):
    one, other = stage.make("a"), stage.make("b")
    assert one.join_url != other.join_url
    assert one.room_id != other.room_id
    assert not stage.platform.create or set(stage.rooms) == {one.room_id, other.room_id}


def test_the_same_key_gives_the_same_room_where_the_platform_allows_it(stage):
    one, again = stage.make(), stage.make()
    assert (one.room_id == again.room_id) == stage.platform.repeats
    assert not stage.platform.create or len(stage.rooms) == (1 if stage.platform.repeats else 2)


@pytest.mark.parametrize("kind", LOST)
def test_after_a_lost_answer_a_repeat_gives_a_room_that_is_there(asked, kind):
    goes_wrong(asked.vendor, kind, asked.platform.create)
    error = refusal(asked.make)
    assert error is None or type(error) is Retryable
    was_made = kind in {"500_after", "lost"}
    made = asked.make()
    assert made.room_id in asked.rooms
    assert len(asked.rooms) == (2 if was_made and not asked.platform.repeats else 1)


def test_a_room_is_moved_where_the_platform_can_and_refuses_where_it_cannot(stage):
    made = stage.make()
    later = a_request(minutes=90)
    if not stage.adapter.can_update:
        with pytest.raises(Permanent):
            stage.adapter.update_meeting(made.room_id, later, account=stage.account)
        return
    rooms = stage.rooms
    moved = stage.adapter.update_meeting(made.room_id, later, account=stage.account)
    assert moved.room_id == made.room_id
    assert moved.join_url == made.join_url or moved.join_url == f"/video-call/{later.booking_id}"
    assert stage.rooms == rooms


def test_a_room_is_deleted_and_one_that_is_gone_is_no_error(asked):
    made, other = asked.make("a"), asked.make("b")
    for _ in range(2):
        asked.adapter.delete_meeting(made.room_id, account=asked.account)
    assert asked.rooms == [other.room_id]


@pytest.mark.parametrize("kind", LOST)
def test_deleting_can_be_repeated(asked, kind):
    made = asked.make()
    goes_wrong(asked.vendor, kind, "DELETE")
    error = refusal(lambda: asked.adapter.delete_meeting(made.room_id, account=asked.account))
    assert error is None or type(error) is Retryable
    asked.adapter.delete_meeting(made.room_id, account=asked.account)
    assert not asked.rooms


def test_both_are_led_to_the_room_each_under_an_own_address_where_there_are_such(stage):
    made = stage.make()
    found = [
        stage.adapter.entrance(made, a_request(), visitor, account=stage.account)
        for visitor in (HOST, ATTENDEE)
    ]
    assert all(is_way(address) for address in found)
    assert not stage.adapter.per_person_tokens or len(set(found)) == 2


def test_a_probe_makes_nothing(stage):
    assert isinstance(stage.adapter.probe(account=stage.account), str)
    assert not stage.rooms


@pytest.mark.parametrize("how", ["ended", "spent"])
def test_a_token_or_key_that_is_refused_can_be_told_apart(stage, how):
    """A token that is merely spent may be healed by a fresh one, and so one that ended looks like it."""
    made, asked = stage.make(), len(stage.vendor.calls)
    if not isinstance(stage.vendor, OAuthVendor):
        goes_wrong(stage.vendor, "401", times=99)
    elif how == "spent":
        stage.vendor.move_clock(stage.vendor.access_lives + 1)
    else:
        stage.vendor.end_consents()
    for what, ask in stage.calls(made).items():
        error = refusal(ask)
        if error is None or (what == "update" and not stage.adapter.can_update):
            assert len(stage.vendor.calls) == asked, f"{what}: nobody was asked"
        elif stage.adapter.vendor:
            assert (type(error), error.code) == (NeedsReconnect, http.SPENT), what
        else:
            assert type(error) is NotConfigured, what
        asked = len(stage.vendor.calls)


@pytest.mark.parametrize("kind", [*PAGES, "500", "lost"])
def test_whatever_comes_back_is_one_of_the_four_errors_and_tells_no_secret(stage, kind, caplog):
    caplog.set_level(logging.DEBUG)
    made, told = stage.make(), []
    for what, ask in stage.calls(made).items():
        stage.vendor.faults.clear()
        goes_wrong(stage.vendor, kind, times=9)
        error = refusal(ask)
        was_asked = stage.vendor.faults.waiting() < 9
        if error is None:
            assert not was_asked or (kind in READABLE and what in stage.platform.unread) or kind == "strange"
        else:
            assert type(error) in ERRORS
            told.append(f"{error!r} {error} {error.data} {error.__cause__!r}")
    text = "\n".join([*told, caplog.text, repr(stage.account), repr(made)])
    for secret in (stage.account.secret, *stage.platform.secrets(stage.vendor)):
        assert not secret or secret not in text


def test_a_platform_that_answers_too_slowly_is_not_waited_for(asked, monkeypatch):
    monkeypatch.setitem(http.request.__kwdefaults__, "within", PATIENCE_SECONDS)
    goes_wrong(asked.vendor, "slow", seconds=3 * PATIENCE_SECONDS)
    with pytest.raises(Retryable, match=r"does not answer|too slowly"):
        asked.make()


def test_a_pause_that_the_platform_names_is_passed_on(asked):
    made = asked.make()
    for what, ask in asked.calls(made).items():
        asked.vendor.faults.clear()
        goes_wrong(asked.vendor, "429", seconds=90)
        error = refusal(ask)
        if not asked.vendor.faults.waiting():
            assert type(error) is Retryable, what
            named = timedelta(seconds=80) < error.retry_after <= timedelta(seconds=90)
            assert named if asked.platform.names_pause else error.retry_after == BUSY_FOR


def test_without_its_settings_an_adapter_asks_nobody_and_names_them(stage, settings):
    made = stage.make()
    asked = len(stage.vendor.calls)
    for setting in stage.adapter.settings:
        before = getattr(settings, f"DUOLOGUE_{setting.name}")
        setattr(settings, f"DUOLOGUE_{setting.name}", "")
        for ask in stage.calls(made).values():
            with pytest.raises(NotConfigured, match=setting.name):
                ask()
        setattr(settings, f"DUOLOGUE_{setting.name}", before)
    assert len(stage.vendor.calls) == asked
