"""Does the start say which platforms cannot make rooms, and what to do about it?"""

import pytest
from django.core.checks import ERROR, WARNING

from duologue.video.checks import rooms_are_set_up
from duologue.video.registry import PROVIDERS, provider


@pytest.fixture(autouse=True)
def bare(settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "builtin"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["builtin"]
    settings.DUOLOGUE_VIDEO_ALLOWED = []


def ids():
    found = rooms_are_set_up(None)
    assert all(one.hint for one in found)
    return [one.id.removeprefix("duologue.video.") for one in found]


def said():
    return " ".join(f"{one.msg} {one.hint}" for one in rooms_are_set_up(None))


def test_as_it_comes_nothing_is_said():
    assert ids() == []


@pytest.mark.parametrize("setting", ["VIDEO_DEFAULT", "VIDEO_BACKUPS", "VIDEO_ALLOWED"])
def test_a_name_that_no_platform_has_ends_the_start(settings, setting):
    setattr(settings, f"DUOLOGUE_{setting}", "zom" if setting == "VIDEO_DEFAULT" else ["builtin", "zom"])
    (found,) = rooms_are_set_up(None)
    assert (found.id, found.level) == ("duologue.video.E001", ERROR)
    assert f"DUOLOGUE_{setting} names 'zom'" in found.msg
    assert "zoom" in found.hint


def test_a_platform_that_is_named_and_has_no_key(settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = ["daily", "builtin"]
    (found,) = rooms_are_set_up(None)
    assert (found.id, found.level) == ("duologue.video.W001", WARNING)
    assert "DUOLOGUE_VIDEO_BACKUPS names daily, which cannot make rooms: DUOLOGUE_DAILY_API_KEY" in found.msg
    assert "Daily’s dashboard" in found.hint
    settings.DUOLOGUE_DAILY_API_KEY = "key"
    assert ids() == []


def test_all_that_is_missing_is_named(settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoom"
    settings.DUOLOGUE_ZOOM_CLIENT_ID = "id"
    assert "DUOLOGUE_ZOOM_CLIENT_SECRET must be set" in said()
    assert "DUOLOGUE_ZOOM_CLIENT_ID" not in said()


def test_half_of_a_platforms_keys(settings):
    settings.DUOLOGUE_JAAS_APP_ID = "app"
    assert ids() == ["W002"]
    assert "DUOLOGUE_JAAS_KEY_ID and DUOLOGUE_JAAS_PRIVATE_KEY must be set" in said()


def test_our_own_room_in_production_needs_a_relay(settings):
    settings.ENV = "production"
    assert ids() == ["W003", "W006"]
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example"]
    assert ids() == []


def test_a_platform_for_which_there_is_no_client(settings, monkeypatch):
    settings.DUOLOGUE_VIDEO_BACKUPS = ["twilio", "builtin"]
    for name in ("ACCOUNT_SID", "API_KEY", "API_SECRET"):
        setattr(settings, f"DUOLOGUE_TWILIO_{name}", "x")
    monkeypatch.setattr("duologue.video.registry.CLIENTS", frozenset())
    assert ids() == ["W004"]
    monkeypatch.setattr("duologue.video.registry.CLIENTS", frozenset({"twilio"}))
    assert ids() == []


def test_what_is_named_and_not_allowed(settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = ["daily", "builtin"]
    settings.DUOLOGUE_DAILY_API_KEY = "key"
    settings.DUOLOGUE_VIDEO_ALLOWED = ["builtin", "zoom"]
    assert ids() == ["W005"]


def test_nothing_that_can_make_a_room(settings):
    settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = "daily", []
    assert ids() == ["W001", "W006"]


@pytest.mark.parametrize("slug", PROVIDERS)
def test_each_setting_that_a_platform_wants_is_read_from_the_environment(settings, slug):
    for one in provider(slug).settings:
        assert hasattr(settings, f"DUOLOGUE_{one.name}"), one.name
        assert one.hint


def test_a_setting_that_is_not_read_is_the_programmers_mistake(settings):
    del settings.DUOLOGUE_DAILY_API_KEY
    assert ids() == ["E002"]
