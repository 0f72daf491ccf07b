"""Does a connected Zoom account go on working, though every renewal kills the token before it?"""

from datetime import timedelta

import pytest

from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import NeedsReconnect
from duologue.usecases.speak_for import speak_for
from tests.accounts_elsewhere import connect
from tests.platforms import a_request

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def connected(zoom, host):
    def connected(scopes=None):
        return connect(host.user, "zoom", *zoom.connect(scopes=scopes))

    return connected


def make(connection, key="a", now=None):
    def ask(adapter, account):
        return adapter.create_meeting(a_request(), idempotency_key=key, account=account)

    return speak_for(connection.user_id, "zoom", ask, now=now or clock.now())[0]


def test_a_token_that_zoom_no_longer_takes_is_renewed_and_the_meeting_made(zoom, connected):
    connection = connected()
    zoom.tokens.access.clear()
    assert make(connection).room_id in {str(one) for one in zoom.meetings}
    assert len(zoom.asked("POST /oauth/token")) == 1


def test_renewals_go_on_day_after_day(zoom, connected):
    connection, now = connected(), clock.now()
    kept = set()
    for day in range(5):
        zoom.move_clock(86_400)
        make(connection, key=f"{day}", now=now + timedelta(days=day + 1))
        connection.refresh_from_db()
        kept.add(vault.unseal(connection.sealed_refresh))
    assert len(kept) == len(zoom.meetings) == 5
    assert set(zoom.tokens.refresh) == {vault.unseal(connection.sealed_refresh)}
    assert connection.state == Connection.State.WORKS


def test_a_consent_that_was_taken_back_is_to_be_given_anew(zoom, connected):
    connection = connected()
    zoom.end_consents()
    with pytest.raises(NeedsReconnect):
        make(connection)
    connection.refresh_from_db()
    assert (connection.state, connection.problem) == ("reconnect_needed", "ended")


def test_so_is_one_without_all_rights(zoom, connected):
    connection = connected(scopes=["user:read:user", "meeting:read:list_meetings"])
    with pytest.raises(NeedsReconnect):
        make(connection)
    connection.refresh_from_db()
    assert (connection.state, connection.problem) == ("reconnect_needed", "rights")
    assert not zoom.meetings
