"""Does booking by the API do what booking by the pages does, and nothing more?"""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duologue.api.models import IdempotencyKey
from duologue.api.paging import encode
from duologue.bookings.models import Booking, BookingTransition
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.payments.models import CheckoutAttempt, Payment
from duologue.scheduling.models import EventType
from tests.api import contract
from tests.api.conftest import Caller, caller, wednesday, wish
from tests.cast import make_booking, make_event_type, make_host, make_user

SORRY = "Sorry, this time slot is no longer available."


def test_booking_holds_the_slot_and_opens_a_payment_page(paid, by_attendee, attendee):
    response = by_attendee.post("/bookings", wish(paid, note="My portfolio"))
    assert response.status_code == 201
    made = response.json()
    booking = Booking.objects.get(pk=made["id"])
    assert made["status"] == "pending_payment"
    assert made["role"] == "attendee"
    assert made["note"] == "My portfolio"
    assert made["price"] == {"amount": 6500, "currency": "EUR"}
    assert made["checkout_url"] == CheckoutAttempt.objects.get(payment__booking=booking).url
    assert (booking.attendee, booking.attendee_time_zone) == (attendee, "Africa/Lagos")
    assert Job.objects.filter(key=f"expire_hold:{booking.pk}").exists()


def test_a_free_session_is_confirmed_at_once(free, by_attendee):
    made = by_attendee.post("/bookings", wish(free)).json()
    assert (made["status"], made["checkout_url"], made["hold_expires_at"]) == ("confirmed", None, None)
    assert BookingTransition.objects.filter(booking=made["id"], to_status="confirmed").exists()


def test_asking_again_gives_the_same_hold_and_page(paid, by_attendee):
    first = by_attendee.post("/bookings", wish(paid)).json()
    assert by_attendee.post("/bookings", wish(paid)).json() == first
    again = by_attendee.post(f"/bookings/{first['id']}/checkout")
    assert again.json() == {"step": "pay", "url": first["checkout_url"]}


def test_whoever_comes_second_reads_the_sentence_and_sees_fresh_slots(paid, by_attendee, by_stranger):
    by_attendee.post("/bookings", wish(paid))
    response = by_stranger.post("/bookings", wish(paid))
    said = response.json()
    assert (response.status_code, said["code"], said["detail"]) == (409, "slot_taken", SORRY)
    assert response["Content-Type"] == "application/problem+json"
    assert said["type"].endswith("/api/docs#slot_taken")
    assert len(said["slots"]) == 7
    assert by_stranger.post("/bookings", {**wish(paid), "starts_at": said["slots"][0]}).status_code == 201


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (wednesday(10, 7), "off_grid"),
        (wednesday(10) + timedelta(microseconds=1), "off_grid"),
        (wednesday(22), "outside_hours"),
        (clock.now() - timedelta(days=7), "too_soon"),
        (clock.now().replace(microsecond=0) + timedelta(minutes=5), "too_soon"),
        (wednesday(10, weeks=20), "too_far"),
        (wednesday(10, weeks=2000), "too_far"),
        (wednesday(10).replace(year=2198), "too_far"),
        (wednesday(10).replace(year=1971), "too_soon"),
    ],
    ids=[
        "minutes off",
        "a microsecond off",
        "at night",
        "gone",
        "in minutes",
        "weeks",
        "years",
        "in 2198",
        "in 1971",
    ],
)
def test_what_is_not_on_offer_is_refused_by_its_rule(paid, by_attendee, at, code):
    assert _refused(by_attendee, wish(paid, at)) == (409, code)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"starts_at": "2027-03-28T02:30:00"}, "naive_time", "starts_at"),  # in the gap, too
        ({"starts_at": "2027-03-28"}, "naive_time", "starts_at"),
        ({"starts_at": "soon"}, "invalid", "starts_at"),
        ({"starts_at": ""}, "invalid", "starts_at"),
        ({"starts_at": 1_800_000_000}, "invalid", "starts_at"),
        ({"starts_at": None}, "invalid", "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-23:59"}, "invalid", "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+23:59"}, "invalid", "starts_at"),
        ({"starts_at": "2027-01-01T10:00:00+99:00"}, "invalid", "starts_at"),
        ({"event_type_id": "many"}, "invalid", "event_type_id"),
        ({"event_type_id": -1}, "invalid", "event_type_id"),
        ({"event_type_id": 10**30}, "invalid", "event_type_id"),
        ({"event_type_id": 2**63}, "invalid", "event_type_id"),
        ({"event_type_id": None}, "invalid", "event_type_id"),
        ({"note": "x" * 4001}, "invalid", "note"),
        ({"note": "\u0958" * 2001}, "invalid", "note"),  # composing doubles its length
        ({"note": ["a", "list"]}, "invalid", "note"),
        ({"name": "N" * 10_000}, "invalid", "name"),
        ({"time_zone": "Mars/Olympus"}, "invalid", "time_zone"),
        ({"time_zone": "../../../etc/passwd"}, "invalid", "time_zone"),
        ({"time_zone": "Europe/Berlin\x00"}, "invalid", "time_zone"),
        ({"time_zone": "+25:99"}, "invalid", "time_zone"),
    ],
)
def test_a_value_that_cannot_be_right_is_named(paid, by_attendee, body, code, field):
    before = _world()
    response = by_attendee.post("/bookings", {**wish(paid), **body})
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert [each["field"] for each in response.json()["fields"]] == [field]
    assert response.json()["detail"]
    assert _world() == before


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b'{"event_type_id": NaN}', b"\xff\xfe", b'"\\ud800"', b'{"a": 1} {"b": 2}'],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json(paid, by_attendee, body):
    before = _world()
    response = by_attendee.post("/bookings", body)
    assert response.status_code == (400 if body else 422)
    assert _world() == before


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_json_that_is_no_object(paid, by_attendee, body):
    assert by_attendee.post("/bookings", body).status_code == 422


def test_more_than_a_megabyte_is_not_read(paid, by_attendee):
    response = by_attendee.post("/bookings", wish(paid, note="x" * 1_100_000))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("🙂 ﷽ 한국어", "🙂 ﷽ 한국어"),
        ("עברית\nعربي", "עברית\nعربي"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\x00b\u202ec", "abc"),
        ("'; DROP TABLE bookings_booking; --", "'; DROP TABLE bookings_booking; --"),
        ("x" * 4000, "x" * 4000),
    ],
    ids=["emoji", "rtl", "html", "invisible", "sql", "long"],
)
def test_odd_text_is_kept_as_text(free, by_attendee, sent, kept):
    made = by_attendee.post("/bookings", wish(free, note=sent)).json()
    assert made["note"] == kept
    assert by_attendee.get(f"/bookings/{made['id']}").json()["note"] == kept


def test_an_account_without_a_name_gives_one(free, db):
    nameless = make_user()
    nameless.name = ""
    nameless.save()
    asking = caller(nameless)
    assert _refused(asking, wish(free)) == (422, "invalid")
    assert asking.post("/bookings", wish(free, name="  Ada\u202e \n Lovelace ")).json()["attendee"][
        "name"
    ] == ("Ada Lovelace")


def test_unknown_and_closed_offers(host, paid, by_attendee):
    assert _refused(by_attendee, {**wish(paid), "event_type_id": 2**40}) == (404, "not_found")
    EventType.objects.filter(pk=paid.pk).update(is_active=False)
    assert _refused(by_attendee, wish(paid)) == (409, "not_bookable")
    EventType.objects.filter(pk=paid.pk).update(is_active=True)
    host.status = host.Status.SUSPENDED
    host.save()
    assert _refused(by_attendee, wish(paid)) == (409, "not_bookable")


def test_nobody_books_themself_or_two_sessions_at_once(paid, by_host, by_attendee):
    assert _refused(by_host, wish(paid)) == (409, "own_session")
    other = make_event_type(make_host(), price=1000)
    by_attendee.post("/bookings", wish(paid))
    assert _refused(by_attendee, wish(other, wednesday(10, 30))) == (409, "overlap")


def test_at_most_five_living_holds(paid, by_attendee):
    for hour in range(9, 14):
        assert by_attendee.post("/bookings", wish(paid, wednesday(hour))).status_code == 201
    assert _refused(by_attendee, wish(paid, wednesday(9, weeks=2))) == (409, "too_many_holds")


def test_without_payments_only_free_sessions(settings, paid, free, by_attendee):
    settings.DUOLOGUE_PAYMENT_PROVIDER = ""
    response = by_attendee.post("/bookings", wish(paid))
    assert (response.status_code, response.json()["code"]) == (409, "payments_off")
    assert not Booking.objects.filter(status=Status.PENDING_PAYMENT.value).exists()
    assert by_attendee.post("/bookings", wish(free)).json()["status"] == "confirmed"


# The same key


def test_a_repeat_with_its_key_gives_the_same_booking(free, by_attendee):
    key = {"Idempotency-Key": "one"}
    first = by_attendee.post("/bookings", wish(free), headers=key)
    second = by_attendee.post("/bookings", wish(free), headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    # Without a key the second is somebody who comes too late: themself.
    assert by_attendee.post("/bookings", wish(free)).status_code == 409


def test_a_key_stands_for_one_wish_of_one_person(free, by_attendee, by_stranger):
    key = {"Idempotency-Key": "one"}
    by_attendee.post("/bookings", wish(free), headers=key)
    other = by_attendee.post("/bookings", wish(free, wednesday(12)), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    theirs = by_stranger.post("/bookings", wish(free, wednesday(12)), headers=key)
    assert theirs.status_code == 201


def test_a_refusal_is_not_remembered(paid, free, by_attendee, by_stranger):
    key = {"Idempotency-Key": "one"}
    held = by_stranger.post("/bookings", wish(paid)).json()
    assert by_attendee.post("/bookings", wish(paid), headers=key).status_code == 409
    assert not IdempotencyKey.objects.exists()
    Booking.objects.filter(pk=held["id"]).update(status=Status.EXPIRED.value)
    assert by_attendee.post("/bookings", wish(paid), headers=key).status_code == 201


def test_old_keys_go(free, by_attendee, attendee):
    IdempotencyKey.objects.create(
        user=attendee, key="old", wish="", created_at=clock.now() - timedelta(days=8)
    )
    by_attendee.post("/bookings", wish(free), headers={"Idempotency-Key": "new"})
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]


def test_a_key_that_is_too_long(free, by_attendee):
    response = by_attendee.post("/bookings", wish(free), headers={"Idempotency-Key": "k" * 201})
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


# Who may


def test_one_booking_for_each_of_the_cast(
    paid, attendee, by_host, by_attendee, by_stranger, by_operator, nobody
):
    booking = make_booking(paid, attendee, note="For the two of us")
    path = f"/bookings/{booking.pk}"
    assert {by.get(path).json()["role"] for by in (by_host, by_attendee)} == {"host", "attendee"}
    assert {by.get(path).json()["note"] for by in (by_host, by_attendee)} == {"For the two of us"}
    assert by_stranger.get(path).json()["code"] == "not_found"
    seen = by_operator.get(path).json()
    assert (seen["role"], seen["note"]) == ("operator", None)
    assert nobody.get(path).status_code == 401


def test_paying_is_for_the_attendee(paid, attendee, by_host, by_attendee, by_stranger, by_operator, nobody):
    booking = make_booking(paid, attendee, status=Status.PENDING_PAYMENT)
    path = f"/bookings/{booking.pk}/checkout"
    assert by_attendee.post(path).json()["step"] == "pay"
    assert by_host.post(path).json()["code"] == "forbidden"
    assert by_operator.post(path).json()["code"] == "forbidden"
    assert by_stranger.post(path).json()["code"] == "not_found"
    assert nobody.post(path).status_code == 401


@pytest.mark.parametrize(("status", "code"), [(Status.EXPIRED, "hold_over"), (Status.CONFIRMED, "not_held")])
def test_there_is_nothing_to_pay_any_more(paid, attendee, by_attendee, status, code):
    booking = make_booking(paid, attendee, status=status)
    response = by_attendee.post(f"/bookings/{booking.pk}/checkout")
    assert (response.status_code, response.json()["code"]) == (409, code)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_has_no_bookings(paid, nobody, method):
    response = getattr(nobody, method)("/bookings")
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", ["nothing", "0" * 36, "00000000-0000-0000-0000-000000000000", "%00", "1"])
def test_unknown_ids(by_attendee, name):
    for path in (f"/bookings/{name}", f"/bookings/{name}/video-link"):
        response = by_attendee.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert by_attendee.post(f"/bookings/{name}/checkout").status_code == 404


# Lists


def test_upcoming_nearest_first_past_latest_first(paid, host, attendee, by_attendee, by_host):
    now = clock.now()
    hours = [-200, -100, -30, -0.5, 30, 60, 90]
    made = {hour: make_booking(paid, attendee, starts_at=now + timedelta(hours=hour)) for hour in hours}
    held = make_booking(paid, attendee, starts_at=now + timedelta(hours=120), status=Status.PENDING_PAYMENT)
    make_booking(paid, attendee, starts_at=now + timedelta(hours=150), status=Status.EXPIRED)
    cancelled = make_booking(paid, attendee, starts_at=now + timedelta(hours=45), status=Status.CANCELLED)
    for by in (by_attendee, by_host):
        upcoming = [made[hour].pk for hour in (-0.5, 30, 60, 90)] + [held.pk]
        assert _ids(by.get("/bookings")) == [str(pk) for pk in upcoming]
        past = [cancelled.pk] + [made[hour].pk for hour in (-30, -100, -200)]
        assert _ids(by.get("/bookings", status="past")) == [str(pk) for pk in past]
    assert [each["status"] for each in by_host.get("/bookings").json()][:2] == ["in_progress", "confirmed"]


def test_a_list_holds_both_sides_of_a_person(host, paid, attendee, by_host, by_stranger, by_operator):
    as_host = make_booking(paid, attendee, starts_at=wednesday(10))
    elsewhere = make_event_type(make_host())
    as_attendee = make_booking(elsewhere, host.user, starts_at=wednesday(9))
    assert _ids(by_host.get("/bookings")) == [str(as_attendee.pk), str(as_host.pk)]
    assert _ids(by_stranger.get("/bookings")) == []
    # An operator's list is their own too; all bookings are the business of the operators' pages.
    assert _ids(by_operator.get("/bookings")) == []


@pytest.mark.parametrize("status", ["upcoming", "past"])
def test_pages_neither_lose_nor_repeat(paid, attendee, by_attendee, status):
    sign = 1 if status == "upcoming" else -1
    start = clock.now() + sign * timedelta(days=3)
    # Several starts are equal: two hosts can be booked by one address at one time only in old data.
    others = [paid, make_event_type(make_host()), make_event_type(make_host())]
    for number in range(9):
        at = start + sign * timedelta(hours=number // 3)
        make_booking(others[number % 3], attendee, starts_at=at)
    whole = _ids(by_attendee.get("/bookings", status=status, limit=100))
    pages, response = [], by_attendee.get("/bookings", status=status, limit=2)
    while True:
        pages.append(_ids(response))
        make_booking(paid, attendee, starts_at=start - sign * timedelta(hours=2 * len(pages)))
        if "Link" not in response:
            break
        assert response["Link"].endswith('>; rel="next"')
        response = by_attendee.follow(response["Link"].partition(">")[0][1:])
    assert [len(page) for page in pages] == [2, 2, 2, 2, 1]
    assert [each for page in pages for each in page] == whole
    assert len(set(whole)) == 9


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"limit": 10**30},
        {"status": "all"},
        {"cursor": "nonsense"},
        {"cursor": "bm9uc2Vuc2V8bm9uc2Vuc2U"},
        {"cursor": "MjAyNi0xMC0yMlQwOTozMDowMF8w"},
        {"cursor": encode(f"0001-01-01T00:00:00+14:00_{UUID(int=0)}")},
        {"cursor": encode(f"2026-10-22T09:30:00_{UUID(int=0)}")},
        {"cursor": "x" * 300},
        {"cursor": "🙂"},
    ],
    ids=str,
)
def test_a_list_that_cannot_be(by_attendee, query):
    response = by_attendee.get("/bookings", **query)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert [each["field"] for each in response.json()["fields"]] == list(query)


@pytest.mark.parametrize("status", ["upcoming", "past"])
def test_the_cost_of_a_list_does_not_depend_on_its_length(paid, host, attendee, status):
    step = timedelta(hours=1 if status == "upcoming" else -1)
    first = make_booking(paid, attendee, starts_at=clock.now() + 48 * step)
    counts = []
    for size in (10, 1000):
        _copy(first, range(Booking.objects.count(), size), step)
        assert Booking.objects.count() == size
        counts.append([_queries(caller(user), status) for user in (attendee, host.user)])
    assert counts[0] == counts[1]


def _copy(first: Booking, numbers: range, step: timedelta) -> None:
    """The same booking again and again, each a step further."""
    facts = {field.attname: getattr(first, field.attname) for field in Booking._meta.concrete_fields}
    times = {name: facts.pop(name) for name in ("starts_at", "ends_at", "blocked_from", "blocked_until")}
    del facts["id"]
    Booking.objects.bulk_create(
        Booking(
            id=UUID(int=first.pk.int + number),
            **facts,
            **{name: at + number * step for name, at in times.items()},
        )
        for number in numbers
    )


def _queries(by: Caller, status: str) -> int:
    by.get("/bookings")  # notes that the token is in use
    with CaptureQueriesContext(connection) as captured:
        assert len(by.get("/bookings", status=status, limit=10).json()) == 10
    return len(captured)


# By the browser's session


def test_a_signed_in_browser_may_read(paid, attendee, as_attendee):
    make_booking(paid, attendee)
    response = as_attendee.get("/api/bookings")
    contract.check("GET", "/api/bookings", response)
    assert len(response.json()) == 1


def test_a_signed_in_browser_needs_its_csrf_token_to_write(paid, attendee):
    client = Client(enforce_csrf_checks=True)
    client.force_login(attendee)
    response = client.post("/api/bookings", wish(paid), content_type="application/json")
    contract.check("POST", "/api/bookings", response)
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    client.get("/api/docs")
    token = client.cookies["csrftoken"].value
    response = client.post(
        "/api/bookings", wish(paid), content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert response.status_code == 201


def test_booking_is_limited(free, by_attendee):
    body = {**wish(free), "event_type_id": 2**40}
    codes = [by_attendee.post("/bookings", body).status_code for _ in range(61)]
    assert set(codes[:-1]) == {404}
    last = by_attendee.post("/bookings", body)
    assert (last.status_code, last.json()["code"]) == (429, "too_many_requests")
    assert last["Retry-After"] == "3600"


def _refused(by: Caller, body: dict) -> tuple[int, str]:
    """Status and code of a refusal, which must leave everything as it was."""
    before = _world()
    response = by.post("/bookings", body)
    assert _world() == before
    assert response.json()["detail"]
    return response.status_code, response.json()["code"]


def _world() -> list[int]:
    return [
        model.objects.count()
        for model in (Booking, BookingTransition, Payment, CheckoutAttempt, Job, IdempotencyKey)
    ]


def _ids(response) -> list[str]:
    return [each["id"] for each in response.json()]
