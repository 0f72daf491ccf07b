"""Does the start say what is missing before hosts can connect accounts?"""

import pytest

from duologue.connections.checks import accounts_are_set_up


@pytest.fixture(autouse=True)
def nothing_set(settings):
    for vendor in ("GOOGLE", "ZOOM", "MICROSOFT"):
        setattr(settings, f"DUOLOGUE_{vendor}_CLIENT_ID", "")
        setattr(settings, f"DUOLOGUE_{vendor}_CLIENT_SECRET", "")
    settings.BASE_URL = "https://sessions.example"


def said():
    return [(one.id, one.msg, one.hint) for one in accounts_are_set_up(None)]


def test_without_any_vendor_nothing_is_missing():
    assert said() == []


def test_a_vendor_that_is_set_up_is_not_mentioned(settings):
    settings.DUOLOGUE_ZOOM_CLIENT_ID = settings.DUOLOGUE_ZOOM_CLIENT_SECRET = "x"
    assert said() == []


@pytest.mark.parametrize(
    ("given", "missing"), [("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_SECRET", "CLIENT_ID")]
)
def test_half_of_it_names_the_other_half_and_where_to_find_it(settings, given, missing):
    setattr(settings, f"DUOLOGUE_ZOOM_{given}", "x")
    [(name, words, hint)] = said()
    assert name == "duologue.connections.W001"
    assert f"DUOLOGUE_ZOOM_{missing} is empty" in words
    assert hint.endswith("https://sessions.example/connections/zoom/callback")


def test_in_production_the_way_back_is_https(settings):
    settings.ENV, settings.BASE_URL = "production", "http://sessions.example"
    settings.DUOLOGUE_GOOGLE_CLIENT_ID = settings.DUOLOGUE_GOOGLE_CLIENT_SECRET = "x"
    assert [name for name, _, _ in said()] == ["duologue.connections.W002"]


def test_schemes_that_run_something_are_named(settings):
    settings.DUOLOGUE_LINK_SCHEMES = ["https", "JavaScript"]
    [(name, words, _)] = said()
    assert (name, "javascript" in words) == ("duologue.connections.W003", True)
