"""Can everybody find hosts, what they offer, and when?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duologue.accounts.models import Host
from duologue.api.paging import encode
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.scheduling import zones
from tests.api.conftest import wednesday
from tests.cast import make_booking, make_event_type, make_host, make_user, set_day, set_hours

SLOTS = "/hosts/naoko-ishida/event-types/first-talk/slots"


def test_hosts_are_found_by_words(host, nobody):
    make_host(make_user(name="Tomás Müller"), search_text="tomas muller leadership")
    assert [found["slug"] for found in nobody.get("/hosts", search="MÜLLER  leader").json()] == [
        Host.objects.get(user__name="Tomás Müller").slug
    ]
    assert len(nobody.get("/hosts").json()) == 2
    assert nobody.get("/hosts", search="nobody at all").json() == []


def test_a_list_of_hosts_goes_on_where_it_ended(nobody, db):
    slugs = sorted(make_host(slug=f"host-number-{number}").slug for number in range(7))
    first = nobody.get("/hosts", limit=3)
    make_host(slug="host-number-00")  # before the place where the next page begins
    second = nobody.follow(first["Link"].partition(">")[0][1:])
    third = nobody.follow(second["Link"].partition(">")[0][1:])
    assert [each["slug"] for page in (first, second, third) for each in page.json()] == slugs
    assert "Link" not in third


@pytest.mark.parametrize("status", [Host.Status.WAITING, Host.Status.SUSPENDED])
def test_only_approved_hosts_are_there(host, nobody, status):
    host.status = status
    host.save()
    assert nobody.get("/hosts").json() == []
    for path in ("/hosts/naoko-ishida", "/hosts/naoko-ishida/event-types", SLOTS):
        assert nobody.get(path).json()["code"] == "not_found"


def test_one_host(host, nobody):
    host.topics, host.languages = "Design, portfolios", "English, Japanese"
    host.save()
    found = nobody.get("/hosts/naoko-ishida").json()
    assert found["name"] == "Naoko Ishida"
    assert found["topics"] == ["Design", "portfolios"]
    assert found["languages"] == ["English", "Japanese"]
    assert found["time_zone"] == "Europe/Berlin"
    assert found["page_url"].endswith("/h/naoko-ishida")
    assert "email" not in found


def test_offers_in_the_hosts_order_without_the_closed_ones(host, paid, free, nobody):
    make_event_type(host, is_active=False)
    found = nobody.get("/hosts/naoko-ishida/event-types").json()
    assert [each["slug"] for each in found] == ["mentoring-hour", "first-talk"]
    assert found[0]["price"] == {"amount": 6500, "currency": "EUR"}
    assert found[1]["duration_minutes"] == 20


def test_slots_of_thirty_days(host, nobody):
    found = nobody.get(SLOTS).json()
    starts = [datetime.fromisoformat(start) for start in found["slots"]]
    assert found["time_zone"] == "Europe/Berlin"
    assert starts == sorted(set(starts))
    assert 19 <= len({start.date() for start in starts}) <= 23
    assert clock.now() + timedelta(hours=12) <= starts[0]
    assert all(start.endswith("Z") for start in found["slots"])


def test_slots_between_instants(host, nobody):
    found = nobody.get(SLOTS, **{"from": wednesday(10).isoformat(), "to": wednesday(11).isoformat()}).json()
    assert found["slots"] == [
        wednesday(10, minute).isoformat().replace("+00:00", "Z") for minute in (0, 20, 40)
    ]


def test_slots_of_dates_in_a_zone(host, nobody):
    set_hours(host, [(day, 0, 1440) for day in range(7)])
    day = wednesday(0).date()
    found = nobody.get(SLOTS, **{"from": day, "to": day, "zone": "Asia/Kolkata"}).json()
    midnight = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=5, minutes=30)
    assert found["time_zone"] == "Asia/Kolkata"
    # 72 a day of twenty minutes each; the grid hangs on the host's own midnight.
    assert len(found["slots"]) == 72
    assert datetime.fromisoformat(found["slots"][0]) - midnight < timedelta(minutes=20)


def test_a_booked_slot_is_gone(host, free, nobody):
    at = wednesday(10)
    asked = {"from": at.isoformat(), "to": (at + timedelta(minutes=1)).isoformat()}
    assert len(nobody.get(SLOTS, **asked).json()["slots"]) == 1
    booking = make_booking(free, starts_at=at)
    assert nobody.get(SLOTS, **asked).json()["slots"] == []
    booking.status = Status.CANCELLED.value
    booking.save()
    assert len(nobody.get(SLOTS, **asked).json()["slots"]) == 1


def test_a_day_off_has_no_slots(host, nobody):
    day = wednesday(0).date()
    set_day(host, day)
    assert nobody.get(SLOTS, **{"from": day, "to": day}).json()["slots"] == []


@pytest.mark.parametrize("hours", [23, 25])
def test_the_days_clocks_change_are_whole_days(host, nobody, hours):
    set_hours(host, [(day, 0, 1440) for day in range(7)])
    host.event_types.filter(slug="first-talk").update(horizon_days=365)
    here = zones.zone(host.user.time_zone)
    day = next(
        change.astimezone(here).date()
        for change in _clock_changes(here)
        if zones.shift(here, change) == timedelta(hours=24 - hours)
    )
    assert len(nobody.get(SLOTS, **{"from": day, "to": day}).json()["slots"]) == hours * 3


def _clock_changes(zone: ZoneInfo) -> Iterator[datetime]:
    change = zones.next_change(zone, clock.now() + timedelta(days=1), within_days=360)
    while change is not None:
        yield change
        change = zones.next_change(zone, change, within_days=360)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"from": "2026-10-22T09:30:00"}, "naive_time", "from"),
        ({"to": "2026-10-22T09:30:00"}, "naive_time", "to"),
        ({"from": "tomorrow"}, "invalid", "from"),
        ({"from": "2026-02-30"}, "invalid", "from"),
        ({"from": "2026-13-01T00:00:00Z"}, "invalid", "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "invalid", "from"),
        ({"from": "9999-12-31T23:59:59-12:00"}, "invalid", "from"),
        ({"from": "0001-01-01"}, "invalid", "from"),
        ({"to": "9999-12-31"}, "invalid", "to"),
        ({"from": "2027-01-01", "to": "2027-12-31"}, "invalid", "to"),
        ({"from": "2027-01-02", "to": "2026-12-31"}, "invalid", "to"),
        ({"from": "x" * 10_000}, "invalid", "from"),
        ({"zone": "Mars/Olympus"}, "invalid", "zone"),
        ({"zone": "../../etc/passwd"}, "invalid", "zone"),
        ({"zone": "\x00"}, "invalid", "zone"),
        ({"zone": "x" * 10_000}, "invalid", "zone"),
        ({"zone": "🕰"}, "invalid", "zone"),
    ],
)
def test_nonsense_is_named(host, nobody, query, code, field):
    response = nobody.get(SLOTS, **query)
    assert response.status_code == 422
    assert response.json()["code"] == code
    assert [each["field"] for each in response.json()["fields"]] == [field]


@pytest.mark.parametrize("query", [{"from": "1999-01-01"}, {"from": "2190-01-01"}])
def test_what_lies_out_of_reach_is_empty(host, nobody, query):
    assert nobody.get(SLOTS, **query).json()["slots"] == []


def test_sixty_two_days_are_the_most(host, nobody):
    start = clock.now().date()
    assert nobody.get(SLOTS, **{"from": start, "to": start + timedelta(days=61)}).status_code == 200
    assert nobody.get(SLOTS, **{"from": start, "to": start + timedelta(days=63)}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/hosts/nobody-here",
        "/hosts/nobody-here/event-types",
        "/hosts/naoko-ishida/event-types/nothing/slots",
        "/hosts/nobody-here/event-types/first-talk/slots",
    ],
)
def test_unknown_names(host, nobody, path):
    response = nobody.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_cost_of_slots_does_not_depend_on_the_bookings(host, free, nobody, django_assert_num_queries):
    with django_assert_num_queries(2):
        nobody.get(SLOTS)
    for number in range(30):
        make_booking(free, starts_at=wednesday(8) + timedelta(minutes=20 * number))
    with django_assert_num_queries(2):
        nobody.get(SLOTS)


@pytest.mark.parametrize("words", ["\x00", "%_'\"\\", "🙂", "\u202egnp.exe", "<script>", "א" * 200])
def test_odd_words_find_nothing_and_break_nothing(host, nobody, words):
    assert nobody.get("/hosts", search=words).status_code == 200


@pytest.mark.parametrize("cursor", ["AA", "nonsense!", "🙂", encode("a\nb")])
def test_a_cursor_that_is_not_ours(host, nobody, cursor):
    response = nobody.get("/hosts", cursor=cursor)
    assert (response.status_code, response.json()["fields"][0]["field"]) == (422, "cursor")


def test_searching_is_limited(host, nobody):
    answers = [nobody.get("/hosts", limit=1) for _ in range(121)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].json()["code"] == "too_many_requests"
    assert int(answers[-1]["Retry-After"]) == 60
