"""Is a host's own link handed on as it is, and never touched?"""

import pytest

from duologue.core.errors import NeedsReconnect
from duologue.video.contract import INSTALLATION, Account
from duologue.video.registry import provider
from tests.platforms import ATTENDEE, HOST, a_request

ADDRESS = "https://rooms.example/naoko?pwd=x"
ACCOUNT = Account("rooms.example", ADDRESS)
ADAPTER = provider("link")


def make(account=ACCOUNT, key="booking-1:link:0"):
    return ADAPTER.create_meeting(a_request(), idempotency_key=key, account=account)


def test_both_people_are_led_to_the_address_that_was_typed():
    made = make()
    assert made.join_url == ADDRESS
    for visitor in (HOST, ATTENDEE):
        assert ADAPTER.entrance(made, a_request(), visitor, account=ACCOUNT) == ADDRESS


def test_it_is_the_same_room_for_all_sessions_and_its_id_does_not_tell_the_address():
    assert make(key="a").room_id == make(key="b").room_id
    assert make().room_id not in ADDRESS
    assert make(Account("", "https://rooms.example/other")).room_id != make().room_id


def test_a_moved_session_gets_the_address_that_the_host_has_now():
    newer = Account("", "https://rooms.example/new")
    assert ADAPTER.update_meeting(make().room_id, a_request(), account=newer).join_url == newer.secret


def test_nothing_is_fetched_or_deleted():
    """Sockets would be refused here, and the address exists nowhere."""
    ADAPTER.delete_meeting(make().room_id, account=ACCOUNT)
    assert ADAPTER.probe(account=ACCOUNT) == ""


@pytest.mark.parametrize("what", ["create", "update", "probe"])
def test_without_an_address_the_host_has_to_give_one(what):
    with pytest.raises(NeedsReconnect, match="no link") as met:
        {
            "create": lambda: make(INSTALLATION),
            "update": lambda: ADAPTER.update_meeting("x", a_request(), account=INSTALLATION),
            "probe": lambda: ADAPTER.probe(account=INSTALLATION),
        }[what]()
    assert met.value.code == "not_connected"


def test_it_opens_in_its_own_tab():
    assert not ADAPTER.embeddable
    assert not ADAPTER.per_person_tokens
