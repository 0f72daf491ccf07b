"""What does the list of one's sessions show, to whom, and however it is narrowed? (DASH-1 to DASH-6)"""

import re
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duologue.bookings.models import RunningLate
from duologue.bookings.states import Status
from duologue.core import clock
from tests.cast import make_booking, make_event_type, make_host, make_user
from tests.rooms import give_link, make_room

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
HTMX = {"HTTP_HX_REQUEST": "true"}


def read(client, address="/sessions", **more):
    answer = client.get(address, **more)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def at(offer, attendee, begins_in, **fields):
    return make_booking(offer, attendee, starts_at=clock.now() + begins_in, **fields)


def names(page):
    """Whom the rows name, in order."""
    return [part.split("</h3>")[0] for part in page.split('<h3 class="name">')[1:]]


# Whose it is


def test_nobody_is_asked_to_sign_in(as_nobody):
    for address in ("/sessions", "/sessions/fresh"):
        answer = as_nobody.get(address)
        assert answer.status_code == 302
        assert "/sign-in" in answer["Location"]


def test_strangers_and_operators_see_their_own_and_nothing_else(paid, attendee, as_stranger, as_operator):
    booking = make_booking(paid, attendee)
    for client in (as_stranger, as_operator):
        assert str(booking.pk) not in read(client)
        assert "No upcoming sessions" in read(client)
        assert str(booking.pk) not in read(client, f"/sessions/fresh?part={booking.pk}&part=stage")


def test_somebody_who_gives_and_takes_has_both_on_one_list(paid, host, attendee, as_host):
    given = make_booking(paid, attendee)
    elsewhere = make_event_type(make_host(make_user(name="Tomás Rivero")))
    at(elsewhere, host.user, 30 * DAY)
    page = read(as_host)
    assert "Amara Obi" in page
    assert names(page) == ["Tomás Rivero"]
    assert f'data-session="{given.pk}"' in page


# Through its life (DASH-3)


@pytest.mark.parametrize(
    ("begins_in", "shows", "hides"),
    [
        (3 * DAY, ["/cancel"], ["Join call", "Too late"]),
        (23 * HOUR, ["Too late to cancel: it starts in less than 24 hours."], ["/cancel", "Join call"]),
        (14 * MINUTE, ["Join call"], ["/cancel", "Too late", " live"]),
        (-30 * MINUTE, ["Join call", "small live"], ["/cancel", "Completed"]),
        (-90 * MINUTE, ["Join call"], [" live", "Completed"]),
        (-2 * HOUR - MINUTE, ["Completed</button>", "disabled"], ["Join call", "/cancel"]),
    ],
)
def test_a_row_through_its_life(paid, attendee, as_attendee, begins_in, shows, hides):
    booking = make_room(paid, attendee, begins_in=begins_in)
    row = read(as_attendee, f"/sessions/fresh?part={booking.pk}")
    assert names(row) == ["Naoko Ishida"]
    assert [text for text in shows if text not in row] == []
    assert [text for text in hides if text in row] == []


def test_without_a_room_join_is_there_and_says_why_not(paid, attendee, as_attendee):
    booking = at(paid, attendee, 10 * MINUTE)
    row = read(as_attendee, f"/sessions/fresh?part={booking.pk}")
    assert "The room is not ready yet. We keep trying and mail you." in row
    assert "disabled" in row
    assert "The room is not ready yet." in read(as_attendee)
    give_link(booking)
    assert "The room is not ready yet." not in read(as_attendee, f"/sessions/fresh?part={booking.pk}")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.CANCELLED, "Cancelled"),
        (Status.NO_SHOW, "No-show"),
        (Status.EXPIRED, "The hold ended and nothing was charged."),
    ],
)
def test_what_ended_otherwise_says_so_where_it_stood(paid, attendee, as_attendee, status, words):
    booking = at(paid, attendee, -HOUR, status=status, no_show_party="host" if status == "no_show" else "")
    row = read(as_attendee, f"/sessions/fresh?part={booking.pk}")
    assert words in row
    assert "Join call" not in row
    assert "data-fresh-at" not in row


def test_a_hold_can_be_paid_or_given_back_by_who_made_it_alone(paid, attendee, as_attendee, as_host):
    at(paid, attendee, 3 * DAY, status=Status.PENDING_PAYMENT)
    page = read(as_attendee)
    assert "Pay €65.00" in page
    assert "Give back" in page
    assert "not paid yet" in page
    assert "Give back" not in read(as_host)


def test_the_fragment_names_the_next_border(paid, attendee, as_attendee):
    booking = make_room(paid, attendee, begins_in=3 * DAY)
    row = read(as_attendee, f"/sessions/fresh?part={booking.pk}")
    assert f'data-fresh-at="{(booking.starts_at - DAY).isoformat()}"' in row


@pytest.mark.parametrize("part", ["nonsense", "stage", "%00", "' OR 1=1", f"{UUID(int=0)}"])
def test_nonsense_in_the_fragment_is_left_out(as_attendee, part):
    assert names(read(as_attendee, f"/sessions/fresh?part={quote(part)}")) == []


# On stage


def test_the_next_one_is_on_stage_and_not_in_the_list(paid, attendee, as_attendee):
    first, second = make_room(paid, attendee), at(paid, attendee, 5 * HOUR)
    page = read(as_attendee)
    assert page.count(f'id="session-{first.pk}"') == 0
    assert page.count(f'id="session-{second.pk}"') == 1
    assert "You and Naoko Ishida, in 6 minutes" in page
    assert "data-till=" in page


@pytest.mark.parametrize(
    ("begins_in", "counts"), [(59 * MINUTE, True), (61 * MINUTE, False), (-MINUTE, False)]
)
def test_only_the_last_hour_counts_down(paid, attendee, as_attendee, begins_in, counts):
    make_room(paid, attendee, begins_in=begins_in)
    assert ("data-till=" in read(as_attendee)) is counts


@pytest.mark.parametrize(
    ("begins_in", "badge", "says"),
    [(-MINUTE, "In progress", "Now, until"), (-70 * MINUTE, "Ended", ", open until")],
)
def test_while_it_runs_and_after_it_the_stage_says_until_when(
    paid, attendee, as_attendee, begins_in, badge, says
):
    booking = make_room(paid, attendee, begins_in=begins_in)
    for page in (read(as_attendee).partition("tabs")[0], read(as_attendee, f"/sessions/{booking.pk}")):
        assert re.findall(r"</svg>(In progress|Ended)</span>", page) == [badge]
        assert "Join call" in page
    assert says in read(as_attendee)


def test_who_holds_several_times_still_sees_what_comes_next(paid, attendee, as_attendee):
    for number in range(5):
        at(paid, attendee, DAY + 2 * number * HOUR, status=Status.PENDING_PAYMENT)
    booking = at(paid, attendee, 2 * DAY)
    assert f'data-session="{booking.pk}"' in read(as_attendee)


def test_what_the_other_says_about_being_late_stands_there(paid, attendee, as_attendee):
    booking = make_room(paid, attendee)
    RunningLate.objects.create(
        booking=booking, party="host", minutes=10, starts_at=booking.starts_at, at=clock.now()
    )
    assert "Naoko is running 10 minutes late." in read(as_attendee)


# Narrowed (DASH-5)


def test_search_days_and_status_together_and_apart(paid, as_host, host):
    tomas, ruth = make_user(name="Tomás Müller"), make_user(name="Ruth Okafor")
    at(paid, tomas, 3 * DAY)
    with_ruth = at(paid, ruth, 5 * DAY)
    at(paid, tomas, 7 * DAY, status=Status.PENDING_PAYMENT)
    day = with_ruth.starts_at.astimezone(ZoneInfo(host.user.time_zone)).date().isoformat()
    assert names(read(as_host, "/sessions?q=muller")) == ["Tomás Müller", "Tomás Müller"]
    assert names(read(as_host, "/sessions?q=muller&status=confirmed")) == ["Tomás Müller"]
    assert names(read(as_host, f"/sessions?from={day}&to={day}")) == ["Ruth Okafor"]
    assert names(read(as_host, f"/sessions?q=ruth&from={day}&status=pending_payment")) == []
    assert "2 found" in read(as_host, "/sessions?q=muller")


def test_days_are_the_viewers(paid, attendee, as_attendee, as_host):
    """Late in the evening in Berlin it is tomorrow in Tokyo."""
    attendee.time_zone = "Asia/Tokyo"
    attendee.save()
    evening = (clock.now() + 10 * DAY).replace(hour=19, minute=30)
    make_booking(paid, attendee, starts_at=evening)
    day, next_day = (at.date().isoformat() for at in (evening, evening + DAY))
    assert names(read(as_host, f"/sessions?q=amara&from={day}&to={day}")) == ["Amara Obi"]
    assert names(read(as_host, f"/sessions?from={next_day}&to={next_day}")) == []
    assert names(read(as_attendee, f"/sessions?from={next_day}&to={next_day}")) == ["Naoko Ishida"]
    assert names(read(as_attendee, f"/sessions?from={day}&to={day}")) == []


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "to=2026-13-45",
        "from=0001-01-01",
        "to=9999-12-31",
        "from=2026-12-24&to=2026-01-01",
        "status=asleep",
        "status=completed",
        f"q={'x' * 200}",
        "q=%CC%81",
        "from=%00",
    ],
)
def test_nonsense_shows_a_message_and_the_whole_list(paid, attendee, as_attendee, query):
    at(paid, attendee, 2 * DAY)
    at(paid, attendee, 3 * DAY)
    page = read(as_attendee, f"/sessions?{query}")
    assert "So all of them are shown." in page
    assert "Clear the filters" in page
    assert len(names(page)) == 1
    assert 'data-session="' in page


def test_what_is_typed_is_shown_as_text(paid, attendee, as_attendee):
    at(paid, attendee, 2 * DAY)
    for text in ("<script>alert(1)</script>", '"><b>x', "\u202eevil"):
        page = read(as_attendee, f"/sessions?q={quote(text)}")
        assert "<script>alert" not in page
        assert '"><b>x' not in page


def test_expired_holds_only_when_they_are_asked_for(paid, attendee, as_attendee):
    at(paid, attendee, 3 * DAY, status=Status.EXPIRED)
    dead = at(paid, attendee, 5 * DAY, status=Status.PENDING_PAYMENT, hold_expires_at=clock.now() - MINUTE)
    for address in ("/sessions", "/sessions?tab=past", "/sessions?tab=past&q=naoko"):
        assert names(read(as_attendee, address)) == []
    page = read(as_attendee, "/sessions?tab=past&status=expired")
    assert len(names(page)) == 2
    assert str(dead.pk) in page


def test_the_fragment_alone_for_htmx_and_the_address_to_keep(paid, attendee, as_attendee):
    at(paid, attendee, 3 * DAY)
    answer = as_attendee.get("/sessions?q=naoko&from=&to=&status=", **HTMX)
    assert answer["HX-Push-Url"] == "/sessions?q=naoko"
    assert "<html" not in answer.content.decode()
    assert names(answer.content.decode()) == ["Naoko Ishida"]
    whole = as_attendee.get("/sessions?q=naoko", HTTP_HX_HISTORY_RESTORE_REQUEST="true", **HTMX)
    assert "<html" in whole.content.decode()


def test_the_form_holds_what_was_asked(paid, attendee, as_attendee):
    at(paid, attendee, 3 * DAY)
    page = read(as_attendee, "/sessions?q=Na%C3%B6ko&from=2026-01-02&status=confirmed")
    assert 'value="Naöko"' in page
    assert 'value="2026-01-02"' in page
    assert '<option value="confirmed" selected>' in page


# Pages


def test_pages_follow_each_other_with_their_filters_and_no_session_twice(paid, attendee, as_attendee):
    for number in range(45):
        at(paid, attendee, 2 * DAY + 2 * number * HOUR)
    seen, address = [], "/sessions?q=naoko"
    while address:
        page = read(as_attendee, address)
        seen += [part.split('"')[0] for part in page.split('id="session-')[1:]]
        address = page.split('id="show-more" href="')[1].split('"')[0] if "show-more" in page else ""
        address = f"/sessions{address.replace('&amp;', '&')}" if address else ""
    assert len(seen) == len(set(seen)) == 45


def test_more_comes_as_a_fragment_that_goes_on_where_the_list_ended(paid, attendee, as_attendee):
    far = clock.now().replace(month=1, day=2, hour=0, minute=0) + timedelta(days=800)
    for number in range(22):
        make_booking(paid, attendee, starts_at=far + number * 2 * HOUR)
    page = read(as_attendee, "/sessions?q=naoko")
    address = page.split('hx-get="/sessions?')[1].split('"')[0].replace("&amp;", "&")
    more = as_attendee.get(f"/sessions?{address}", HTTP_HX_TARGET="rows-foot", **HTMX).content.decode()
    assert len(names(more)) == 2
    assert "group-head" not in more
    assert "Show later" not in more


@pytest.mark.parametrize("after", ["nonsense", "2026-01-01T00:00:00+00:00_x", "%00"])
def test_a_place_that_is_none_is_the_beginning(paid, attendee, as_attendee, after):
    at(paid, attendee, 2 * DAY)
    assert 'data-session="' in read(as_attendee, f"/sessions?after={after}")


@pytest.mark.parametrize(
    "address", ["/sessions", "/sessions?tab=past", "/sessions?q=naoko", "/sessions?status=confirmed"]
)
def test_as_many_questions_for_a_full_page_however_many_follow(paid, attendee, as_attendee, address):
    for number in range(21):
        for sign in (1, -1):
            make_room(paid, attendee, begins_in=sign * (10 * DAY + number * 2 * HOUR))
    few = questions(as_attendee, address)
    for number in range(21, 40):
        for sign in (1, -1):
            make_room(paid, attendee, begins_in=sign * (10 * DAY + number * 2 * HOUR))
    assert questions(as_attendee, address) == few <= 24


def questions(client, address, about=""):
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len([one for one in asked if about in one["sql"]])


def test_where_sessions_take_place_is_asked_once(paid, attendee, as_attendee):
    make_room(paid, attendee, begins_in=2 * HOUR)
    make_room(paid, attendee, begins_in=3 * DAY)
    assert questions(as_attendee, "/sessions", 'FROM "video_meetinglink"') == 1


# Nothing there (DASH-4)


def test_each_emptiness_says_what_to_do_next(paid, attendee, as_attendee, as_host):
    assert "Ready to book your first?" in read(as_attendee)
    assert "See what lies ahead" in read(as_attendee, "/sessions?tab=past")
    assert "at the hours that you give" in read(as_host)
    at(paid, attendee, -3 * DAY, status=Status.COMPLETED)
    assert "Ready to book your next?" in read(as_attendee)
    page = read(as_attendee, "/sessions?tab=past&q=zora")
    assert "No sessions fit" in page
    assert 'href="/sessions?q=zora"' in page
    assert "Show all" in page


def test_only_one_to_come_is_on_stage_and_below_it_says_that_is_all(paid, attendee, as_attendee):
    at(paid, attendee, 3 * DAY)
    assert "Nothing else is planned." in read(as_attendee)
