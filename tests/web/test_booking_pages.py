"""Can somebody find a host, choose a time, pay and see what was booked, by the pages alone?"""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client

from duologue.accounts.models import Host, MailedCode
from duologue.bookings.models import Booking
from duologue.bookings.states import Status
from duologue.core import clock, crypto
from duologue.notifications import when
from tests.cast import make_booking, make_event_type, make_host, signed_in
from tests.sold import open_start

pytestmark = pytest.mark.django_db
SORRY = "Sorry, this time slot is no longer available."


def first_free(offer, nth=0):
    return open_start(offer, clock.now(), nth=nth)


def hold(client, offer, at=None):
    return client.post("/book", {"event_type": offer.pk, "at": (at or first_free(offer)).isoformat()})


def give_details(client, booking, **fields):
    given = {
        "name": "Amara Obi",
        "email": "amara@obi.example",
        "note": "Hello",
        "wants_reminders": "on",
        **fields,
    }
    return client.post(f"/bookings/{booking.pk}/details", given)


def path_of(response):
    return urlsplit(response["Location"]).path


def test_the_directory_lists_approved_hosts_only(host, as_nobody):
    make_event_type(make_host(slug="waits", status=Host.Status.WAITING), name="Hidden")
    page = as_nobody.get("/").content.decode()
    assert "Naoko Ishida" in page
    assert "1 mentor" in page
    assert "/h/waits" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=naoko", True),
        ("q=PORTFOLIO", True),
        ("q=xylophone", False),
        ("price=0", True),
        ("price=nonsense&day=never&order=up&language=%00", True),
        ("q=" + "x" * 5000, False),
        ("q=%F0%9F%A6%89%3Cscript%3E", False),
        ("page=9999", True),
        ("page=-1", True),
    ],
)
def test_searching(host, as_nobody, query, found):
    response = as_nobody.get(f"/?{query}")
    assert response.status_code == 200
    assert ("/h/naoko-ishida" in response.content.decode()) is found
    assert b"<script>" not in response.content.replace(b'<script type="module"', b"")


def test_a_free_day_filter(host, paid, as_nobody):
    day = first_free(paid).date()
    free = f"/?day={day}"
    empty = (
        f"/?day={next(day + timedelta(days=n) for n in range(7) if (day + timedelta(days=n)).weekday() == 6)}"
    )
    assert "/h/naoko-ishida" in as_nobody.get(free).content.decode()
    assert "/h/naoko-ishida" not in as_nobody.get(empty).content.decode()


def test_the_host_page_shows_times_in_the_viewers_zone(host, paid):
    client = Client()
    client.cookies["zone"] = "Asia/Kolkata"
    at = first_free(paid)
    local = at.astimezone(tz=__import__("zoneinfo").ZoneInfo("Asia/Kolkata"))
    page = client.get(f"/h/naoko-ishida?offer=mentoring-hour&day={local.date()}").content.decode()
    assert f">{local:%H:%M}</a>" in page
    assert "Kolkata" in page


@pytest.mark.parametrize(
    "query",
    [
        "month=2026-13",
        "month=9999-12",
        "month=0000-00",
        "day=2026-02-30",
        "day=x&at=y",
        "at=2026-10-22T09:00:00",
        "at=9999-12-31T23:59:59-14:00",
        "offer=nothing",
        "offer=%F0%9F%A6%89&month=" + "9" * 300,
    ],
)
def test_a_host_page_survives_any_address(host, as_nobody, query):
    assert as_nobody.get(f"/h/naoko-ishida?{query}").status_code == 200


def test_the_card_alone_for_htmx(host, as_nobody):
    whole = as_nobody.get("/h/naoko-ishida").content
    card = as_nobody.get("/h/naoko-ishida", headers={"HX-Request": "true", "HX-Target": "booking"}).content
    assert card.strip().startswith(b"<section")
    assert b"<html" in whole
    assert b"<html" not in card


def test_an_unapproved_page_is_seen_by_its_host_and_operators_only(as_nobody, as_stranger, as_operator):
    waiting = make_host(slug="waits", status=Host.Status.WAITING)
    assert as_nobody.get("/h/waits").status_code == 404
    assert as_stranger.get("/h/waits").status_code == 404
    assert as_operator.get("/h/waits").status_code == 200
    assert signed_in(waiting.user).get("/h/waits").status_code == 200


def test_book_pay_and_see_without_an_account(paid, as_nobody):
    held = hold(as_nobody, paid)
    booking = Booking.objects.get()
    assert path_of(held) == f"/bookings/{booking.pk}/details"
    page = as_nobody.get(held["Location"]).content.decode()
    assert "Held for you" in page
    checkout = give_details(as_nobody, booking)
    assert path_of(checkout).startswith("/sandbox/checkout/")
    assert "No money moves here" in as_nobody.get(path_of(checkout)).content.decode()
    paying = as_nobody.post(path_of(checkout), {"choice": "pay"})
    back = urlsplit(paying["Location"])
    settled = as_nobody.get(f"{back.path}?{back.query}")
    assert path_of(settled) == f"/sessions/{booking.pk}/confirmed"
    page = as_nobody.get(settled["Location"]).content.decode()
    assert "You’re meeting Naoko." in page
    assert re.search(r"/j/[\w-]{22}", page)
    assert 'href="/sessions"' in page, "who has no account finds the way back by a code"
    booking.refresh_from_db()
    assert (booking.status, booking.attendee, booking.note) == (Status.CONFIRMED, None, "Hello")


def test_the_details_say_when_the_link_will_work_as_this_installation_has_it(paid, as_nobody, settings):
    settings.DUOLOGUE_JOIN_OPENS = timedelta(minutes=20)
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    page = as_nobody.get(f"/bookings/{booking.pk}/details").content.decode()
    opens = when.clock(booking.starts_at - timedelta(minutes=20), ZoneInfo("UTC"))
    closes = when.clock(booking.ends_at + settings.DUOLOGUE_JOIN_CLOSES, ZoneInfo("UTC"))
    assert re.search(f"Your link works from .*{opens} until {closes}", page)


def test_coming_back_by_hand_does_not_pay(paid, as_nobody):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    checkout = give_details(as_nobody, booking)
    attempt = path_of(checkout).rpartition("/")[2]
    back = as_nobody.get(f"/bookings/{booking.pk}/paid?attempt={attempt}")
    assert parse_qs(urlsplit(back["Location"]).query) == {"payment": ["declined"]}
    booking.refresh_from_db()
    assert booking.status == Status.PENDING_PAYMENT
    for odd in ("", "x", "0" * 32):
        assert as_nobody.get(f"/bookings/{booking.pk}/paid?attempt={odd}").status_code == 302


def test_declining_and_leaving_keep_the_hold(paid, as_nobody):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    checkout = path_of(give_details(as_nobody, booking))
    declined = as_nobody.post(checkout, {"choice": "decline"})
    assert declined.status_code == 302, "the browser's Back would ask to send it again"
    assert "Your bank said no" in as_nobody.get(declined["Location"]).content.decode()
    left = as_nobody.post(checkout, {"choice": "leave"})
    assert path_of(left) == f"/bookings/{booking.pk}/details"
    booking.refresh_from_db()
    assert booking.status == Status.PENDING_PAYMENT


def test_the_second_reads_the_sentence_and_sees_fresh_times(paid, as_nobody, as_stranger):
    at = first_free(paid)
    hold(as_nobody, paid, at)
    lost = hold(as_stranger, paid, at)
    page = lost.content.decode()
    assert lost.status_code == 409
    assert SORRY in page
    assert page.count('class="time"') >= 3


def test_a_hold_is_resumed_by_its_browser_and_nobody_else(paid, as_nobody, as_stranger):
    at = first_free(paid)
    hold(as_nobody, paid, at)
    booking = Booking.objects.get()
    assert path_of(hold(as_nobody, paid, at)) == f"/bookings/{booking.pk}/details"
    give_details(as_nobody, booking)
    other = Client()
    for path in (
        f"/bookings/{booking.pk}/details",
        f"/sessions/{booking.pk}",
        f"/sessions/{booking.pk}/confirmed",
    ):
        assert other.get(path).status_code == 404
        assert as_stranger.get(path).status_code == 404
    assert other.post(f"/bookings/{booking.pk}/release").status_code == 404
    assert as_stranger.post(f"/bookings/{booking.pk}/address", {"email": "x@y.example"}).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"event_type": "x", "at": "y"},
        {"event_type": "1" * 40, "at": "2026-10-22T09:00:00+00:00"},
        {"event_type": "999999", "at": "2026-10-22T09:00:00+00:00"},
        {"event_type": "1", "at": "🦉" * 3000},
    ],
)
def test_nonsense_books_nothing(host, as_nobody, sent):
    response = as_nobody.post("/book", sent)
    assert response.status_code == 404
    assert not Booking.objects.exists()


@pytest.mark.parametrize("shift", [timedelta(minutes=1), timedelta(days=400), -timedelta(days=9)])
def test_a_start_off_the_offer_says_why(paid, as_nobody, shift):
    response = hold(as_nobody, paid, first_free(paid) + shift)
    assert response.status_code == 409
    assert b"Nothing was booked" in response.content
    assert not Booking.objects.exists()


def test_a_naive_start_is_refused(paid, as_nobody):
    response = hold(as_nobody, paid, first_free(paid).replace(tzinfo=None))
    assert response.status_code == 422
    assert b"without a zone" in response.content


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "n" * 10_000},
        {"email": "amara@"},
        {"email": "x" * 300 + "@obi.example"},
        {"note": "x" * 4001},
    ],
)
def test_wrong_details_change_nothing_and_say_what_to_do(paid, as_nobody, fields):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    response = give_details(as_nobody, booking, **fields)
    assert response.status_code == 422
    assert "need" in response.content.decode()
    booking.refresh_from_db()
    assert booking.attendee_email == ""


def test_html_in_names_is_text(paid, as_nobody, host):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    checkout = give_details(as_nobody, booking, name="<b>Eve</b>", note="<script>alert(1)</script> שלום 🦉")
    as_nobody.post(path_of(checkout), {"choice": "pay"})
    as_nobody.get(f"/bookings/{booking.pk}/paid?attempt={path_of(checkout).rpartition('/')[2]}")
    seen = signed_in(host.user).get(f"/sessions/{booking.pk}").content.decode()
    assert "&lt;b&gt;Eve&lt;/b&gt;" in seen
    assert "<script>alert" not in seen


def test_names_and_notes_cannot_turn_the_words_beside_them_around(paid, as_nobody):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    give_details(as_nobody, booking, name="Eve\u202e\u0007  Ada", note="one\u2066\r\n\r\n\r\n\r\ntwo")
    booking.refresh_from_db()
    assert (booking.attendee_name, booking.note) == ("Eve Ada", "one\n\ntwo")
    assert give_details(as_nobody, booking, name="\u202e\u200b").status_code == 422


def test_giving_back(paid, as_nobody):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    assert path_of(as_nobody.post(f"/bookings/{booking.pk}/release")) == "/h/naoko-ishida"
    booking.refresh_from_db()
    assert booking.status == Status.EXPIRED
    over = as_nobody.get(f"/bookings/{booking.pk}/details")
    assert over.status_code == 410
    assert b"Take it again" in over.content


def test_a_free_session_needs_the_address_proved(free, as_nobody):
    hold(as_nobody, free)
    booking = Booking.objects.get()
    to_code = give_details(as_nobody, booking)
    assert path_of(to_code) == "/sign-in/code"
    booking.refresh_from_db()
    assert booking.status == Status.PENDING_PAYMENT
    code = MailedCode.objects.get()
    digits = crypto.digits(settings.SECRET_KEY, "mailed-code", code.id)
    proved = as_nobody.post(to_code["Location"], {"code": digits})
    finished = as_nobody.get(proved["Location"])
    assert path_of(finished) == f"/sessions/{booking.pk}/confirmed"
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    assert booking.attendee.email == "amara@obi.example"


def test_a_free_session_of_a_signed_in_person_is_confirmed_at_once(free, as_attendee, attendee):
    hold(as_attendee, free)
    booking = Booking.objects.get()
    done = give_details(as_attendee, booking, email="somebody@else.example")
    assert path_of(done) == f"/sessions/{booking.pk}/confirmed"
    booking.refresh_from_db()
    assert booking.attendee_email == attendee.email


def test_a_mistyped_address_is_mended_by_the_browser_that_booked(paid, as_nobody):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    checkout = give_details(as_nobody, booking, email="amara@obbi.example")
    as_nobody.post(path_of(checkout), {"choice": "pay"})
    as_nobody.get(f"/bookings/{booking.pk}/paid?attempt={path_of(checkout).rpartition('/')[2]}")
    before = re.search(
        r"/j/[\w-]{22}", as_nobody.get(f"/sessions/{booking.pk}/confirmed").content.decode()
    ).group()
    as_nobody.post(f"/bookings/{booking.pk}/address", {"email": "no address"})
    booking.refresh_from_db()
    assert booking.attendee_email == "amara@obbi.example"
    as_nobody.post(f"/bookings/{booking.pk}/address", {"email": " Amara@Obi.example"})
    booking.refresh_from_db()
    assert booking.attendee_email == "amara@obi.example"
    page = as_nobody.get(f"/sessions/{booking.pk}/confirmed").content.decode()
    assert before not in page
    assert as_nobody.get(before).status_code == 404
    assert booking.mails.filter(template="confirmed", party="attendee").count() == 2


def test_mending_the_address_is_no_way_to_mail_the_world(paid, as_nobody):
    hold(as_nobody, paid)
    booking = Booking.objects.get()
    checkout = give_details(as_nobody, booking)
    as_nobody.post(path_of(checkout), {"choice": "pay"})
    as_nobody.get(f"/bookings/{booking.pk}/paid?attempt={path_of(checkout).rpartition('/')[2]}")
    for number in range(8):
        as_nobody.post(f"/bookings/{booking.pk}/address", {"email": f"somebody{number}@obi.example"})
    booking.refresh_from_db()
    assert booking.attendee_email == "somebody4@obi.example"
    assert booking.mails.filter(template="confirmed", party="attendee").count() == 6


def test_the_dashboard_shows_both_sides_what_is_theirs(paid, attendee, as_attendee, as_host, as_stranger):
    make_booking(paid, attendee)
    assert b"Naoko Ishida" in as_attendee.get("/sessions").content
    assert b"Amara Obi" in as_host.get("/sessions").content
    assert b"No upcoming sessions" in as_stranger.get("/sessions").content
    assert b"Nothing here yet" in as_attendee.get("/sessions?tab=past").content


def test_the_dashboard_asks_who_it_is(db, as_nobody):
    assert path_of(as_nobody.get("/sessions")) == "/sign-in"


@pytest.mark.parametrize("tab", ["upcoming", "past"])
def test_the_dashboard_costs_the_same_with_many_sessions(
    paid, attendee, as_attendee, tab, django_assert_max_num_queries
):
    status = Status.CONFIRMED if tab == "upcoming" else Status.COMPLETED
    # More than a page, whose rest is counted.
    for _ in range(22):
        make_booking(paid, attendee, status=status)

    def queries():
        with django_assert_max_num_queries(40) as counted:
            as_attendee.get(f"/sessions?tab={tab}&after=nonsense")
        return len(counted)

    few = queries()
    for _ in range(30):
        make_booking(paid, attendee, status=status)
    assert queries() == few


def test_join_stands_on_the_dashboard_from_a_quarter_before(paid, attendee, as_attendee):
    start = clock.now() + timedelta(minutes=14)
    booking = make_booking(paid, attendee, starts_at=start)
    booking.meeting_links.create(platform="builtin", room_id="r", status="ready", created_at=clock.now())
    page = as_attendee.get("/sessions").content.decode()
    assert f'action="/bookings/{booking.pk}/join"' in page
    other = make_booking(paid, attendee, starts_at=start + timedelta(hours=3))
    assert f'action="/bookings/{other.pk}/join"' not in as_attendee.get("/sessions").content.decode()


def test_operators_see_a_session_but_no_way_in(paid, attendee, as_operator, as_host):
    soon = clock.now() + timedelta(minutes=5)
    booking = make_booking(paid, attendee, starts_at=soon, note="For the two of us")
    booking.meeting_links.create(
        platform="builtin", room_id="secret-room", status="ready", created_at=clock.now()
    )
    page = as_operator.get(f"/sessions/{booking.pk}").content.decode()
    assert "Amara Obi" in page
    assert "/j/" not in page
    assert "secret-room" not in page
    assert "Join call" not in page
    assert "For the two of us" not in page
    assert "For the two of us" in as_host.get(f"/sessions/{booking.pk}").content.decode()


def test_each_sees_only_their_own_link(paid, attendee, as_attendee, as_host):
    booking = make_booking(paid, attendee)
    links = [
        set(re.findall(r"/j/[\w-]{22}", client.get(f"/sessions/{booking.pk}").content.decode()))
        for client in (as_attendee, as_host)
    ]
    assert len(links[0]) == len(links[1]) == 1
    assert links[0] != links[1]


def test_unknown_addresses_are_404(db, as_nobody):
    for path in (
        "/nothing",
        "/h/nobody",
        f"/sessions/{'0' * 8}-0000-0000-0000-{'0' * 12}",
        "/sandbox/checkout/x",
    ):
        assert as_nobody.get(path).status_code == 404


def test_a_host_reads_on_the_session_page_that_a_second_device_asks(paid, attendee, as_host, as_attendee):
    booking = make_booking(paid, attendee, starts_at=clock.now() + timedelta(minutes=5))
    booking.join_devices.create(
        party="attendee", fingerprint="f" * 64, generation=1, state="asked", created_at=clock.now()
    )
    assert b"A second device asks" in as_host.get(f"/sessions/{booking.pk}").content
    assert b"A second device asks" not in as_attendee.get(f"/sessions/{booking.pk}").content
