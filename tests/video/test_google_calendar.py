"""Does the way through a Google calendar make one event a session, with a conference that comes later?"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from duologue.core.errors import NeedsReconnect, NotConfigured, Permanent, Retryable
from duologue.video.contract import Account
from duologue.video.providers import google_calendar
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from duologue_simulators.google.simulator import CALENDAR_RIGHT, MEET_RIGHT
from duologue_simulators.oauth import NAOKO
from tests.platforms import ATTENDEE, HOST, a_request, everything, goes_wrong

ADAPTER = provider("google_calendar")
EVENTS = "/calendar/v3/calendars/primary/events"
CREATE, GET, PATCH, DELETE = (f"{method} {EVENTS}" for method in ("POST", "GET", "PATCH", "DELETE"))
ALL = ["create", "update", "delete", "probe"]


@pytest.fixture(autouse=True)
def at_once(google, monkeypatch):
    """Conferences are there with the answer; tests that want them later say so, and look again at once."""
    google.calendars.reads = 0
    monkeypatch.setattr(google_calendar, "LOOKS_AFTER_SECONDS", (0, 0, 0))


def living(google):
    return [event for event in google.calendars.of(NAOKO) if not event.is_deleted]


def only(google):
    (event,) = living(google)
    return event


def times(event):
    return tuple(datetime.fromisoformat(event.fields[name]["dateTime"]) for name in ("start", "end"))


class TestCreated:
    def test_a_private_event_without_guests_is_made_at_the_requests_time(self, google, make):
        request = a_request()
        made = make(request)
        (call,) = google.asked(CREATE)
        assert call.query == {"conferenceDataVersion": "1", "sendUpdates": "none"}
        key = {"type": "hangoutsMeet"}
        assert call.json() == {
            "id": made.room_id,
            "summary": "Duologue",
            "visibility": "private",
            "guestsCanInviteOthers": False,
            "start": {"dateTime": request.starts_at.astimezone(UTC).isoformat()},
            "end": {"dateTime": request.ends_at.astimezone(UTC).isoformat()},
            "conferenceData": {"createRequest": {"requestId": made.room_id, "conferenceSolutionKey": key}},
        }
        assert times(only(google)) == (request.starts_at, request.ends_at)
        assert made.join_url == f"{google.url}/{only(google).conference.code}"

    def test_the_events_id_is_long_unguessable_and_another_for_each_room(self, make):
        ids = {make(key=key).room_id for key in ("a", "b", "c")}
        assert len(ids) == 3
        assert all(re.fullmatch(r"[0-9a-v]{32}", id_) for id_ in ids)

    def test_the_id_cannot_be_told_without_our_key(self, make, settings):
        first = make().room_id
        settings.SECRET_KEY = "another-secret-key-of-this-test"
        assert make().room_id != first

    def test_the_same_key_again_gives_the_same_event_and_link(self, google, make):
        request = a_request()
        assert make(request) == make(request)
        assert len(google.calendars.of(NAOKO)) == 1

    def test_the_same_key_for_another_time_moves_the_event_that_is_there(self, google, make):
        first, later = make(), a_request(minutes=90)
        assert make(later) == first
        assert times(only(google)) == (later.starts_at, later.ends_at)

    def test_after_the_host_deleted_the_event_a_repeat_makes_another(self, google, make):
        first = make()
        only(google).is_deleted = True
        second = make()
        assert second.room_id != first.room_id
        assert second.room_id == only(google).fields["id"]
        assert make() == second

    def test_an_event_that_google_forgot_between_two_words_counts_as_deleted(self, google, make, monkeypatch):
        first = make()
        monkeypatch.setitem(PAGES, "400", (404, {"error": {"code": 404}}))
        goes_wrong(google, "400", GET)
        assert make().room_id != first.room_id


class TestTheConferenceComesLater:
    @pytest.mark.parametrize("reads", [1, 2, 3])
    def test_it_is_looked_for_a_few_times(self, google, make, reads):
        google.calendars.reads = reads
        made = make()
        assert made.join_url == f"{google.url}/{only(google).conference.code}"
        assert len(google.asked(GET)) == reads

    def test_when_it_takes_longer_the_next_try_finds_it(self, google, make):
        google.calendars.reads = 5
        with pytest.raises(Retryable, match="still making") as met:
            make()
        assert met.value.retry_after == timedelta(seconds=3)
        made = make()
        assert made.room_id == only(google).fields["id"]
        assert len(google.calendars.of(NAOKO)) == 1

    def test_where_it_fails_the_event_goes_and_the_next_try_makes_another(self, google, make):
        google.calendars.reads, google.calendars.outcome = 1, "failure"
        with pytest.raises(Retryable, match="could not make") as met:
            make()
        assert met.value.retry_after == timedelta(seconds=30)
        assert not living(google)
        google.calendars.outcome = "success"
        assert make().room_id == only(google).fields["id"]

    def test_where_it_fails_again_and_again_another_platform_has_to_serve(self, google, make):
        google.calendars.outcome = "failure"
        for _ in range(google_calendar.MOST_EVENTS):
            with pytest.raises(Retryable):
                make()
        with pytest.raises(Permanent, match="several times"):
            make()
        assert not living(google)

    def test_a_conference_that_the_host_took_out_counts_as_failed(self, google, make):
        make()
        only(google).conference = None
        with pytest.raises(Retryable):
            make()
        assert not living(google)

    def test_an_event_that_is_not_ours_is_never_deleted(self, google, make, monkeypatch):
        make(key="another")
        other = only(google).fields["id"]
        monkeypatch.setitem(PAGES, "strange", (200, {"id": other, "status": "confirmed"}))
        goes_wrong(google, "strange", CREATE)
        with pytest.raises(Retryable, match="cannot be read"):
            make()
        assert only(google).fields["id"] == other

    def test_the_link_is_found_without_the_older_field_too(self, google, make, monkeypatch):
        first = make()
        shown = only(google).shown("https://meet.google.com")
        del shown["hangoutLink"]
        monkeypatch.setitem(PAGES, "strange", (200, shown))
        goes_wrong(google, "strange", PATCH)
        code = only(google).conference.code
        assert make().join_url == f"https://meet.google.com/{code}" != first.join_url


class TestJoined:
    def test_the_host_enters_as_the_owner_and_lets_the_attendee_in(self, make, account, web):
        made = make()
        attendees = ADAPTER.entrance(made, a_request(), ATTENDEE, account=account)
        hosts = ADAPTER.entrance(made, a_request(), HOST, account=account)
        assert attendees == made.join_url
        assert "You knock" in web.get(attendees).text
        assert hosts == f"{made.join_url}?authuser={quote(NAOKO.email)}"
        assert "as Naoko, whose meeting it is" in web.get(hosts).text


class TestMovedAndDeleted:
    def test_a_moved_event_keeps_its_link(self, google, make, account):
        made, later = make(), a_request(minutes=90)
        assert ADAPTER.update_meeting(made.room_id, later, account=account) == made
        assert times(only(google)) == (later.starts_at, later.ends_at)
        (call,) = google.asked(PATCH)
        assert call.query == {"conferenceDataVersion": "1", "sendUpdates": "none"}

    @pytest.mark.parametrize("how", ["deleted", "forgotten", "without its conference"])
    def test_an_event_that_is_gone_cannot_be_moved(self, google, make, account, how):
        made = make()
        if how == "deleted":
            only(google).is_deleted = True
        elif how == "forgotten":
            google.calendars.events.clear()
        else:
            only(google).conference = None
        with pytest.raises(Permanent) as met:
            ADAPTER.update_meeting(made.room_id, a_request(), account=account)
        assert met.value.code == "room_gone"

    def test_an_event_that_is_deleted_while_it_is_moved_is_gone(self, google, make, account, monkeypatch):
        made = make()
        monkeypatch.setitem(
            PAGES, "strange", (200, {**only(google).shown(google.url), "status": "cancelled"})
        )
        goes_wrong(google, "strange", PATCH)
        with pytest.raises(Permanent) as met:
            ADAPTER.update_meeting(made.room_id, a_request(), account=account)
        assert met.value.code == "room_gone"

    def test_it_is_deleted_without_a_word_and_deleting_again_is_no_error(self, google, make, account, web):
        made = make()
        for _ in range(2):
            ADAPTER.delete_meeting(made.room_id, account=account)
        assert not living(google)
        assert [call.query for call in google.asked(DELETE)] == [{"sendUpdates": "none"}] * 2
        assert web.get(made.join_url).status_code == 404

    def test_one_that_google_forgot_is_no_error(self, google, make, account):
        made = make()
        google.calendars.events.clear()
        ADAPTER.delete_meeting(made.room_id, account=account)


class TestRefused:
    @pytest.mark.parametrize("what", ALL)
    def test_an_unticked_right_needs_a_new_consent(self, google, make, what):
        made = make()
        poor = Account(NAOKO.email, google.connect(scopes=["openid", "email", MEET_RIGHT])[0])
        with pytest.raises(NeedsReconnect, match="leave every box ticked") as met:
            everything(ADAPTER, made, poor)[what]()
        assert met.value.code == "rights_missing"

    @pytest.mark.parametrize("what", ALL)
    def test_an_api_that_was_never_switched_on_is_the_operators_to_mend(self, google, make, account, what):
        made = make()
        google.switched_off = {"calendar"}
        with pytest.raises(NotConfigured, match="switched on"):
            everything(ADAPTER, made, account)[what]()

    @pytest.mark.parametrize("what", ALL)
    @pytest.mark.parametrize(
        ("reason", "pause"),
        [("userRateLimitExceeded", timedelta(seconds=30)), ("quotaExceeded", timedelta(minutes=15))],
    )
    def test_a_403_that_is_a_limit_is_waited_for(self, google, make, account, what, reason, pause):
        made = make()
        google.limits = [reason]
        with pytest.raises(Retryable) as met:
            everything(ADAPTER, made, account)[what]()
        assert met.value.retry_after == pause

    def test_a_403_for_another_reason_is_final(self, google, make, monkeypatch):
        error = {"code": 403, "errors": [{"domain": "calendar", "reason": "forbiddenForNonOrganizer"}]}
        monkeypatch.setitem(PAGES, "403", (403, {"error": error}))
        goes_wrong(google, "403", CREATE)
        with pytest.raises(Permanent, match=r"^Google answers 403 \(forbiddenForNonOrganizer\)\.$") as met:
            make()
        assert met.value.code == "not_the_host"

    def test_a_wrong_request_is_not_repeated(self, google, make):
        with pytest.raises(Permanent, match="400"):
            make(a_request(ends_at=a_request().starts_at - timedelta(hours=1)))
        assert len(google.asked(CREATE)) == 1


class TestTrouble:
    @pytest.mark.parametrize("kind", ["500", "500_after", "cut", "lost", "html"])
    def test_moving_can_be_repeated(self, google, make, account, kind):
        made, later = make(), a_request(minutes=90)
        goes_wrong(google, kind, PATCH)
        with pytest.raises(Retryable):
            ADAPTER.update_meeting(made.room_id, later, account=account)
        assert ADAPTER.update_meeting(made.room_id, later, account=account) == made
        assert times(only(google)) == (later.starts_at, later.ends_at)

    @pytest.mark.parametrize("kind", ["500", "lost", "html", "strange"])
    def test_when_looking_for_the_conference_fails_the_next_try_finds_it(self, google, make, kind):
        google.calendars.reads = 1
        goes_wrong(google, kind, GET)
        with pytest.raises(Retryable):
            make()
        assert make().room_id == only(google).fields["id"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": None},
            {"id": ["x"]},
            {"conferenceData": "none", "hangoutLink": ["x"]},
            {"conferenceData": {"entryPoints": "none"}, "hangoutLink": "javascript:alert(1)"},
            {"conferenceData": {"entryPoints": [None, {"entryPointType": "video", "uri": None}]}},
            {"conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": "https://a b/"}]}},
            {"conferenceData": {"createRequest": []}, "hangoutLink": 5},
        ],
    )
    def test_an_event_without_id_or_link_is_none(self, google, make, monkeypatch, changes):
        request = a_request()
        make(request)
        monkeypatch.setitem(PAGES, "strange", (200, {**only(google).shown(google.url), **changes}))
        goes_wrong(google, "strange", PATCH)
        with pytest.raises(Retryable, match="cannot be read"):
            make(request)
        assert living(google)


class TestProbe:
    def test_it_tells_whose_account_it_is_and_reads_no_events(self, google, account):
        assert ADAPTER.probe(account=account) == NAOKO.email
        (call,) = google.asked(GET)
        assert call.query == {"maxResults": "1", "fields": "kind"}
        assert not google.calendars.events

    def test_a_wider_right_does_too(self, google):
        wider = f"{CALENDAR_RIGHT.removesuffix('.owned')}"
        assert ADAPTER.probe(account=Account("", google.connect(scopes=[wider])[0])) == ""


def test_google_learns_no_names(google, make, account):
    request = a_request(minutes=20)
    ADAPTER.update_meeting(make().room_id, request, account=account)
    told = b"".join(call.content for call in google.calls).decode()
    assert request.starts_at.strftime("%Y-%m-%dT%H") in told
    for name in (HOST.name, ATTENDEE.name, HOST.person, ATTENDEE.person):
        assert name not in told
