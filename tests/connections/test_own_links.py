"""Which addresses may a host send people to?"""

import pytest

from duologue.connections.own_links import check_link
from duologue.core.errors import Invalid


@pytest.fixture(autouse=True)
def ours(settings):
    settings.BASE_URL = "https://sessions.example"
    settings.DUOLOGUE_LINK_SCHEMES = ["https"]


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("https://clinic.example/room/7?pwd=a%20b#here", "https://clinic.example/room/7?pwd=a%20b#here"),
        ("  https://clinic.example/room \n", "https://clinic.example/room"),
        ("HTTPS://Clinic.Example/Room", "https://clinic.example/Room"),
        ("https://clinic.example:8443/room", "https://clinic.example:8443/room"),
        ("https://clinic.example./room", "https://clinic.example/room"),
        ("https://praxis-müller.example/tür", "https://xn--praxis-mller-klb.example/t%C3%BCr"),
        ("https://straße.example/room", "https://xn--strae-oqa.example/room"),
        ("https://10.1.2.3/room", "https://10.1.2.3/room"),
        ("https://sessions.example.com/room", "https://sessions.example.com/room"),
        ("https://sessions.example:8443/room", "https://sessions.example:8443/room"),
    ],
)
def test_a_room_elsewhere_is_taken(typed, taken):
    assert check_link(typed) == taken


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "clinic.example/room",
        "room 7",
        "http://clinic.example/room",
        "ftp://clinic.example/room",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<b>hello</b>",
        "//clinic.example/room",
        "https:clinic.example",
        "https://",
        "https://.example/room",
        "https://☺☺.example/room",
        "https://a..b/room",
        "https://[::1/room",
        "https://clinic.example:port/room",
        "https://clinic.example:99999/room",
        "https://zoom.example@evil.example/room",
        "https://zoom.example\\@evil.example/room",
        "https://clinic.example/room\r\nSet-Cookie: a=b",
        "https://clinic.example/\u202emoor",
        "https://clinic.example/<script>",
        "https://localhost/room",
        "https://rooms.localhost/room",
        "https://127.0.0.1/room",
        "https://127.9.9.9/room",
        "https://[::1]/room",
        "https://0.0.0.0/room",
        "https://sessions.example/",
        "https://SESSIONS.example./video-call/1",
        "https://sessions.example:443/j/token",
        "https://clinic.example/" + "x" * 1000,
    ],
)
def test_anything_else_is_refused_with_what_to_do(typed):
    with pytest.raises(Invalid) as refusal:
        check_link(typed)
    assert (refusal.value.code, refusal.value.data["field"]) == ("invalid_link", "link")
    assert refusal.value.message.endswith((".", ":"))


class TestTheOperatorsSchemes:
    @pytest.fixture(autouse=True)
    def more(self, settings):
        settings.DUOLOGUE_LINK_SCHEMES = ["https", "http", "zoommtg", "javascript"]

    @pytest.mark.parametrize("typed", ["http://rooms.clinic/7", "zoommtg://zoom.us/join?confno=123"])
    def test_what_the_operator_allows_is_taken(self, typed):
        assert check_link(typed) == typed

    def test_what_runs_in_the_browser_is_refused_all_the_same(self):
        with pytest.raises(Invalid) as refusal:
            check_link("javascript:alert(1)")
        assert "https:, http:, zoommtg:" in refusal.value.message
        assert "javascript" not in refusal.value.message

    def test_our_own_page_is_refused_by_plain_http_too(self):
        with pytest.raises(Invalid):
            check_link("http://sessions.example/sessions")
