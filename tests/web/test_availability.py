"""Can a host say when they are open, without losing or half-saving anything?"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from duologue.bookings.states import Status
from duologue.core import clock
from duologue.scheduling.models import AvailabilityRule, BlockedTime, DateOverride
from duologue.scheduling.queries import special_days
from duologue.usecases.next_week import next_week
from tests.cast import make_booking, make_event_type, make_host, set_day, set_hours, signed_in

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
RULES = {"buffer_after": "0", "minimum_notice": "720", "horizon_days": "60", "daily_limit": "0"}


def hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def seen(client: Client) -> str:
    return hidden(client.get("/availability").content.decode(), "seen")


def week(**days: list[tuple[str, str]]) -> dict[str, object]:
    """What the form sends: `mon=[("9", "17")]`; each day ends with its empty spare row."""
    sent: dict[str, object] = {}
    for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun")):
        rows = [*days.get(name, []), ("", "")]
        sent[f"from-{number}"] = [start for start, _end in rows]
        sent[f"to-{number}"] = [end for _start, end in rows]
        if name in days:
            sent[f"on-{number}"] = "on"
    return sent


def save(client: Client, hours: dict[str, object], **more: object):
    return client.post(
        "/availability", {"time_zone": "Europe/Berlin", **RULES, "seen": seen(client), **hours, **more}
    )


def kept(host) -> list[tuple[int, int, int]]:
    rules = AvailabilityRule.objects.filter(host=host)
    return list(rules.values_list("weekday", "start_minute", "end_minute"))


class TestWeeklyHours:
    def test_the_page_shows_what_is_kept(self, as_host, host):
        set_hours(host, [(0, 900, 1080), (0, 1170, 1260)])
        page = as_host.get("/availability").content.decode()
        for value in ("15:00", "18:00", "19:30", "21:00"):
            assert f'value="{value}"' in page
        assert 'name="on-0" checked' in page
        assert 'name="on-1" checked' not in page

    def test_hours_are_replaced(self, as_host, host):
        response = save(as_host, week(mon=[("19.30", "21"), ("15", "18:00")], sun=[("0", "24")]))
        assert response.headers["Location"] == "/availability"
        assert kept(host) == [(0, 900, 1080), (0, 1170, 1260), (6, 0, 1440)]

    def test_sending_what_is_shown_changes_nothing(self, as_host, host):
        before = kept(host)
        save(as_host, week(**{day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}))
        assert kept(host) == before

    def test_a_day_that_is_off_has_no_hours_whatever_stands_in_its_rows(self, as_host, host):
        hours = week(mon=[("9", "17")])
        hours["from-1"], hours["to-1"] = ["x", ""], ["9", ""]
        save(as_host, hours)
        assert kept(host) == [(0, 540, 1020)]

    def test_all_days_can_be_off(self, as_host, host):
        save(as_host, week())
        assert kept(host) == []

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ([("9", "12"), ("11", "13")], "Overlaps 09:00 to 12:00"),
            ([("17", "9")], "09:00 is not after 17:00"),
            ([("9", "")], "When does it end?"),
            ([("9", "25")], "Write a time of day"),
            ([("<script>alert(1)</script>", "10")], "Write a time of day"),
            ([("🙂", "\u202e9")], "Write a time of day"),
            ([("9" * 10_000, "10")], "Write a time of day"),
            ([], "Write at least one window"),
            ([("0:00", "0:01")] * 40, "Overlaps"),
        ],
    )
    def test_mistakes_are_said_at_the_field_and_nothing_is_half_saved(self, as_host, host, rows, words):
        before = kept(host)
        response = save(as_host, week(mon=rows, tue=[("10", "11")]), time_zone="Asia/Tokyo", daily_limit="3")
        page = response.content.decode()
        assert response.status_code == 422
        assert words in page
        assert 'aria-invalid="true"' in page
        assert 'href="#hours-0-' in page
        assert "<script>alert" not in page
        assert 'value="10"' in page, "what was typed is still there"
        assert kept(host) == before
        host.user.refresh_from_db()
        assert host.user.time_zone == "Europe/Berlin"
        assert set(host.event_types.values_list("daily_limit", flat=True)) == {None}

    @pytest.mark.parametrize("zone", ["", "Mars/Olympus", "EST", "x" * 5000, "\x00"])
    def test_absurd_zones_are_refused(self, as_host, host, zone):
        assert save(as_host, week(), time_zone=zone).status_code == 422
        assert len(kept(host)) == 5

    def test_a_zone_is_saved_with_the_hours(self, as_host, host):
        save(as_host, week(mon=[("9", "10")]), time_zone="Asia/Tokyo")
        host.user.refresh_from_db()
        assert (host.user.time_zone, host.user.time_zone_chosen) == ("Asia/Tokyo", True)

    def test_a_change_made_elsewhere_is_not_lost_silently(self, as_host, host):
        old = seen(as_host)
        save(signed_in(host.user), week(mon=[("8", "9")]))
        response = as_host.post(
            "/availability", {"time_zone": "Europe/Berlin", **RULES, "seen": old, **week(tue=[("10", "11")])}
        )
        page = response.content.decode()
        assert response.status_code == 409
        assert "changed somewhere else" in page
        assert "08:00 – 09:00" in page
        assert 'value="10"' in page
        assert kept(host) == [(0, 480, 540)]
        again = week(tue=[("10", "11")])
        answer = as_host.post(
            "/availability", {"time_zone": "Europe/Berlin", **RULES, "seen": hidden(page, "seen"), **again}
        )
        assert answer.status_code == 302
        assert kept(host) == [(1, 600, 660)]

    @pytest.mark.parametrize("forged", ["", "x", "0" * 16])
    def test_hours_are_not_replaced_unseen(self, as_host, host, forged):
        response = as_host.post(
            "/availability", {"time_zone": "Europe/Berlin", **RULES, "seen": forged, **week()}
        )
        assert response.status_code == 409
        assert len(kept(host)) == 5

    def test_no_host_writes_the_hours_of_another(self, as_host, host):
        other = make_host()
        save(as_host, week())
        assert kept(host) == []
        assert len(kept(other)) == 5


class TestWithoutScript:
    def press(self, client: Client, hours: dict[str, object], **button: str) -> str:
        response = client.post(
            "/availability", {"time_zone": "Europe/Berlin", **RULES, "seen": "x", **hours, **button}
        )
        assert response.status_code == 200
        return response.content.decode()

    def test_a_row_is_added(self, as_host, host):
        page = self.press(as_host, week(mon=[("8", "9")]), add="2")
        assert page.count('name="from-2"') == 3, "the new row, the spare one, and the template"
        assert 'name="on-2" checked' in page
        assert 'name="from-0" value="8"' in page

    def test_a_row_is_removed(self, as_host, host):
        page = self.press(as_host, week(mon=[("8", "9"), ("11", "12")]), remove="0-0")
        assert 'name="from-0" value="8"' not in page
        assert 'name="from-0" value="11"' in page

    def test_a_day_without_rows_is_off(self, as_host, host):
        assert 'name="on-0" checked' not in self.press(as_host, week(mon=[("8", "9")]), remove="0-0")

    def test_a_day_is_copied(self, as_host, host):
        page = self.press(
            as_host, {**week(mon=[("7:15", "9")], tue=[("1", "2")]), "copy-0": ["1", "6"]}, copy="0"
        )
        assert page.count('value="7:15"') == 3
        assert 'name="from-1" value="1"' not in page

    @pytest.mark.parametrize(
        "button", [{"add": "9"}, {"add": "x"}, {"remove": "0-99"}, {"remove": "-"}, {"copy": "٣"}]
    )
    def test_buttons_that_do_not_exist_do_nothing(self, as_host, host, button):
        self.press(as_host, week(mon=[("8", "9")]), **button)
        assert len(kept(host)) == 5

    def test_nothing_is_saved_by_these(self, as_host, host):
        self.press(as_host, week(), add="0")
        assert len(kept(host)) == 5


class TestRules:
    def test_they_hold_for_all_offers(self, as_host, host):
        hours = week(mon=[("9", "17")])
        save(as_host, hours, buffer_after="15", minimum_notice="1440", horizon_days="30", daily_limit="4")
        for offer in host.event_types.all():
            rules = (offer.buffer_after, offer.minimum_notice, offer.horizon_days, offer.daily_limit)
            assert rules == (15, 1440, 30, 4)

    def test_where_offers_differ_they_stay_so_until_it_is_chosen(self, as_host, host, paid):
        host.event_types.filter(pk=paid.pk).update(buffer_after=30)
        assert "As each offer says" in as_host.get("/availability").content.decode()
        save(as_host, week(), buffer_after="")
        assert sorted(host.event_types.values_list("buffer_after", flat=True)) == [0, 30]
        save(as_host, week(), buffer_after="10")
        assert set(host.event_types.values_list("buffer_after", flat=True)) == {10}

    @pytest.mark.parametrize(
        ("rule", "value"), [("buffer_after", "-5"), ("horizon_days", "100000"), ("daily_limit", "x")]
    )
    def test_absurd_rules_are_refused(self, as_host, host, rule, value):
        assert save(as_host, week(), **{rule: value}).status_code == 422
        assert len(kept(host)) == 5


def tomorrow(days: int = 1) -> date:
    return clock.now().astimezone(BERLIN).date() + timedelta(days=days)


class TestSpecialDays:
    page = "/availability/special-days"

    def send(self, client: Client, **told: object):
        return client.post(
            self.page, {"first": tomorrow().isoformat(), "last": "", "kind": "closed", "label": "", **told}
        )

    def test_a_day_is_closed(self, as_host, host):
        assert self.send(as_host, label="Dentist").headers["Location"] == "/availability"
        override = DateOverride.objects.get(host=host)
        assert (override.date, override.windows, override.label) == (tomorrow(), [], "Dentist")
        assert "Dentist" in as_host.get("/availability").content.decode()

    def test_a_day_has_hours_of_its_own(self, as_host, host):
        self.send(
            as_host, kind="hours", **{"from": ["14", "10", ""], "to": ["15", "12", ""]}, label="Culture Day"
        )
        assert DateOverride.objects.get().windows == [[600, 720], [840, 900]]
        page = as_host.get("/availability").content.decode()
        assert "Culture Day" in page
        assert "Only 10:00 to 12:00 and 14:00 to 15:00" in page

    def test_several_days_in_a_row_are_one_entry(self, as_host, host):
        self.send(as_host, last=tomorrow(8).isoformat(), label="Away")
        assert DateOverride.objects.count() == 8
        (entry,) = special_days(host, since=tomorrow())
        assert (entry.first, entry.last) == (tomorrow(), tomorrow(8))

    def test_an_entry_is_changed_as_a_whole(self, as_host, host):
        self.send(as_host, last=tomorrow(5).isoformat())
        edit = f"{self.page}?first={tomorrow(3).isoformat()}"
        assert f'value="{tomorrow(5).isoformat()}"' in as_host.get(edit).content.decode()
        as_host.post(
            edit, {"first": tomorrow(2).isoformat(), "last": "", "kind": "hours", "from": "9", "to": "10"}
        )
        override = DateOverride.objects.get()
        assert (override.date, override.windows) == (tomorrow(2), [[540, 600]])

    def test_an_entry_is_removed(self, as_host, host):
        self.send(as_host, last=tomorrow(2).isoformat())
        days = f"{tomorrow().isoformat()}/{tomorrow(2).isoformat()}"
        assert as_host.post(f"{self.page}/remove", {"days": days}).headers["Location"] == "/availability"
        assert not DateOverride.objects.exists()

    def test_a_script_gets_only_the_list(self, as_host, host):
        set_day(host, tomorrow())
        days = f"{tomorrow().isoformat()}/{tomorrow().isoformat()}"
        response = as_host.post(f"{self.page}/remove", {"days": days}, headers={"HX-Request": "true"})
        assert response.content.decode().strip().startswith('<section class="card" id="special-days">')

    def test_it_does_not_overwrite_another_entry(self, as_host, host):
        set_day(host, tomorrow(3), (600, 660))
        response = self.send(as_host, last=tomorrow(5).isoformat())
        assert response.status_code == 422
        assert f"Special hours hold on {tomorrow(3).isoformat()} already" in response.content.decode()
        assert DateOverride.objects.get().windows == [[600, 660]]

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"first": ""}, "required"),
            ({"first": "yesterday"}, "valid date"),
            ({"first": "2020-01-01"}, "over"),
            ({"first": "9999-12-31"}, "too far away"),
            ({"first": "0001-01-01", "last": "9999-12-31"}, "too far away"),
            ({"last": "2020-01-01"}, "before the first"),
            ({"last": (clock.now() + timedelta(days=500)).date().isoformat()}, "one year"),
            ({"kind": "hours"}, "at least one window"),
            ({"kind": "hours", "from": ["9", "10"], "to": ["11", "12"]}, "Overlaps 09:00 to 11:00"),
            ({"kind": "hours", "from": "9", "to": ""}, "When does it end?"),
            ({"kind": "x"}, "valid choice"),
            ({"label": "x" * 10_000}, "80"),
        ],
    )
    def test_mistakes_change_nothing(self, as_host, host, told, words):
        response = self.send(as_host, **told)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert not DateOverride.objects.exists()

    def test_more_rows_without_script_keep_what_was_typed(self, as_host, host):
        page = self.send(as_host, kind="hours", add="1", **{"from": "9", "to": "10"}).content.decode()
        assert 'value="9"' in page
        assert f'value="{tomorrow().isoformat()}"' in page
        assert page.count('name="from"') == 3
        assert not DateOverride.objects.exists()

    @pytest.mark.parametrize("named", ["x", "2026-13-01", "2026-01-01", "\x00"])
    def test_unknown_entries_are_not_found(self, as_host, host, named):
        assert as_host.get(self.page, {"first": named}).status_code == 404

    @pytest.mark.parametrize("days", ["", "x", "2026-01-01", "2026-01-01/x", "/"])
    def test_removing_nothing_is_not_found(self, as_host, host, days):
        assert as_host.post(f"{self.page}/remove", {"days": days}).status_code == 404

    def test_no_host_removes_the_days_of_another(self, as_host, host):
        other = make_host()
        set_day(other, tomorrow())
        as_host.post(f"{self.page}/remove", {"days": f"{tomorrow().isoformat()}/{tomorrow().isoformat()}"})
        assert DateOverride.objects.filter(host=other).exists()

    def test_booked_sessions_are_named_and_stay(self, as_host, host, free, attendee):
        start = datetime.combine(tomorrow(3), datetime.min.time(), BERLIN) + timedelta(hours=9)
        booking = make_booking(free, attendee, starts_at=start)
        response = as_host.post(self.page, {"first": tomorrow(3).isoformat(), "kind": "closed"}, follow=True)
        assert "One session is booked in that time" in response.content.decode()
        booking.refresh_from_db()
        assert booking.status == Status.CONFIRMED


class TestBlockedTime:
    page = "/availability/blocked-times"

    def send(self, client: Client, **told: str):
        day = tomorrow().isoformat()
        return client.post(
            self.page,
            {"begins_day": day, "begins": "9", "ends_day": day, "ends": "12.30", "label": "", **told},
        )

    def test_time_is_blocked_in_the_hosts_zone(self, as_host, host):
        assert self.send(as_host, label="Dentist").headers["Location"] == "/availability"
        blocked = BlockedTime.objects.get(host=host)
        begins, ends = blocked.starts_at.astimezone(BERLIN), blocked.ends_at.astimezone(BERLIN)
        assert (begins.date(), begins.hour, ends.hour, ends.minute) == (tomorrow(), 9, 12, 30)
        assert "Dentist" in as_host.get("/availability").content.decode()

    def test_it_is_given_back(self, as_host, host):
        self.send(as_host)
        blocked = BlockedTime.objects.get()
        assert as_host.post(f"{self.page}/{blocked.pk}/remove").status_code == 302
        assert not BlockedTime.objects.exists()
        assert as_host.post(f"{self.page}/{blocked.pk}/remove").status_code == 404

    def test_no_host_gives_back_the_time_of_another(self, as_host, host):
        self.send(as_host)
        blocked = BlockedTime.objects.get()
        assert signed_in(make_host().user).post(f"{self.page}/{blocked.pk}/remove").status_code == 404
        assert BlockedTime.objects.exists()

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"begins": "x"}, "Write a time of day"),
            ({"ends": ""}, "required"),
            ({"ends": "9"}, "not after the beginning"),
            ({"begins_day": "2020-01-01", "ends_day": "2020-01-02"}, "is over"),
            ({"ends_day": (clock.now() + timedelta(days=500)).date().isoformat()}, "one year"),
            ({"begins_day": "9999-12-31", "ends_day": "9999-12-31", "ends": "24"}, ""),
            ({"begins_day": "0001-01-01"}, ""),
            ({"begins_day": "x"}, "valid date"),
            ({"label": "x" * 10_000}, "80"),
        ],
    )
    def test_mistakes_change_nothing(self, as_host, host, told, words):
        response = self.send(as_host, **told)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert not BlockedTime.objects.exists()

    def test_a_time_that_clocks_jump_over_is_refused_in_words(self, as_host, host):
        year = clock.now().year + 1
        # The last Sunday of March, when clocks in Berlin go forward.
        night = max(
            date(year, 3, day) for day in range(25, 32) if date(year, 3, day).weekday() == 6
        ).isoformat()
        response = self.send(as_host, begins_day=night, begins="2:30", ends_day=night)
        assert response.status_code == 422
        assert (
            "clocks in Berlin jump from 02:00 to 03:00, so 02:30 does not exist" in response.content.decode()
        )


class TestNextWeek:
    def monday(self) -> date:
        today = clock.now().astimezone(BERLIN).date()
        return today + timedelta(days=7 - today.weekday())

    def test_it_shows_what_is_open_and_booked(self, host, free, attendee):
        monday = self.monday()
        set_day(host, monday + timedelta(days=1))
        nine = datetime.combine(monday, datetime.min.time(), BERLIN) + timedelta(hours=9)
        make_booking(free, attendee, starts_at=nine + timedelta(hours=1))
        BlockedTime.objects.create(
            host=host, starts_at=nine + timedelta(hours=3), ends_at=nine + timedelta(hours=4)
        )
        days = next_week(host, now=clock.now())
        assert [day.date for day in days] == [monday + timedelta(days=offset) for offset in range(7)]
        assert (days[0].open, days[0].booked) == ([(540, 720), (780, 1020)], [(600, 620)])
        assert days[1].open == []
        assert days[2].open == [(540, 1020)]
        assert days[6].open == []

    def test_hours_to_midnight_end_with_the_day(self, host):
        set_hours(host, [(0, 1200, 1440), (1, 0, 60)])
        days = next_week(host, now=clock.now())
        assert (days[0].open, days[1].open) == ([(1200, 1440)], [(0, 60)])

    def test_the_page_says_it_in_words_too(self, as_host, host):
        set_hours(host, [(0, 900, 1080), (0, 1170, 1260)])
        assert (
            "Open Monday 15:00 to 18:00 and 19:30 to 21:00." in as_host.get("/availability").content.decode()
        )
        set_hours(host, [])
        assert "Closed all week." in as_host.get("/availability").content.decode()

    def test_the_preview_follows_what_is_typed(self, as_host, host):
        make_event_type(host)
        response = as_host.post(
            "/availability",
            {
                "time_zone": "Europe/Berlin",
                **RULES,
                "buffer_after": "",
                "seen": "x",
                **week(sat=[("6", "7")]),
                "add": "6",
            },
        )
        assert response.status_code == 200
        sent = {"time_zone": "Europe/Berlin", **RULES, "seen": "x", **week(sat=[("6", "7")])}
        page = as_host.post("/availability", sent).content.decode()
        assert "Open Saturday 06:00 to 07:00." in page
