"""Do operators see which sessions may fail and which platforms do, and does one click help? (OPS-1)"""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages

from duologue.connections import health, vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import Retryable
from duologue.core.ids import uuid7
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.ops import link_failures
from duologue.ops.at_risk import at_risk
from duologue.usecases.give_link import give_link
from duologue.video import breaker
from duologue.video.models import LinkAttempt, MeetingLink
from tests import rooms, scripted_platforms
from tests.cast import make_booking, make_event_type, make_host
from tests.scripted_platforms import First

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SOON = 90 * MINUTE
_State = Connection.State


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "first"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second", "builtin"]
    return scripted_platforms.install(monkeypatch)


def begins_in(offer, attendee=None, *, after=SOON, platform="first", status="ready"):
    booking = make_booking(offer, attendee, starts_at=clock.now() + after)
    if platform:
        sealed = "" if platform == "builtin" else vault.seal("https://first.example/room")
        link = rooms.give_link(booking, platform=platform, sealed_url=sealed)
        MeetingLink.objects.filter(pk=link.pk).update(status=status, is_chosen=platform == "first")
    return booking


def zoom_of(user, state=_State.RECONNECT_NEEDED):
    now = clock.now()
    return Connection.objects.create(
        user=user,
        vendor="zoom",
        account_name="naoko@studio.example",
        sealed_access=vault.seal("token"),
        state=state,
        problem="ended" if state == _State.RECONNECT_NEEDED else "",
        connected_at=now,
        broke_at=now,
    )


def failed_mail(booking):
    identity = uuid7(clock.now())
    return OutgoingMail.objects.create(
        id=identity,
        key=str(identity),
        template="confirmed",
        booking=booking,
        party="attendee",
        state="failed",
        last_error="The mail server refused the address: 550 No such user",
        created_at=clock.now(),
    )


def text_of(response):
    shown = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def risks():
    return {one.booking for one in at_risk(clock.now())}


# At risk


def test_what_is_settled_is_not_at_risk(paid, as_operator):
    begins_in(paid)
    begins_in(paid, after=15 * MINUTE, platform="second")
    assert risks() == set()
    assert "None. All that begin within two hours have their room" in text_of(as_operator.get("/ops"))


def test_no_room_or_one_that_only_stands_in(paid, as_operator):
    bare = begins_in(paid, platform="")
    provisional = begins_in(paid, after=10 * MINUTE, platform="builtin", status="provisional")
    assert risks() == {bare, provisional}
    said = text_of(as_operator.get("/ops"))
    assert "It has no room." in said
    assert "First has not made the room; Duologue’s own room serves until then." in said


@pytest.mark.parametrize(
    ("after", "is_shown"),
    [(timedelta(hours=2) - MINUTE, True), (timedelta(hours=2, minutes=1), False), (-30 * MINUTE, True)],
)
def test_only_the_next_two_hours_and_what_is_on(paid, after, is_shown):
    booking = begins_in(paid, after=after, platform="")
    assert risks() == ({booking} if is_shown else set())


def test_what_is_cancelled_or_over_is_no_risk(paid):
    begins_in(paid, after=-timedelta(hours=3), platform="")
    booking = begins_in(paid, platform="")
    booking.status = "cancelled"
    booking.save()
    assert risks() == set()


def test_a_dead_account_of_the_platform_that_the_host_likes_best(paid, settings, as_operator):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    booking = begins_in(paid, platform="zoomish")
    begins_in(make_event_type(paid.host, slug="other"), platform="second", after=SOON / 9)
    zoom_of(paid.host.user)
    assert risks() == {booking}, "who is led to a backup already relies on nothing that is dead"
    said = text_of(as_operator.get("/ops"))
    assert "Zoom ended our access." in said
    assert "in 1 hour 30 minutes" in said
    zoom_of(None, _State.WORKS)
    assert risks() == set()


def test_a_dead_account_does_not_matter_where_the_host_gave_a_link(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    booking = begins_in(paid, platform="")
    zoom_of(paid.host.user)
    give_link(booking, "https://own.example/room", now=clock.now())
    assert risks() == set()


def test_a_mail_that_failed_is_shown_here_and_not_twice(paid, as_operator):
    booking = begins_in(paid)
    mail = failed_mail(booking)
    assert risks() == {booking}
    page = as_operator.get("/ops").content.decode()
    assert page.count(f"/ops/mail/{mail.pk}/send-again") == 1
    assert "550 No such user" in page


def test_as_many_queries_for_many_as_for_one(paid, settings, django_assert_num_queries):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"

    def endangered():
        offer = make_event_type(make_host(), price=100)
        for platform in ("", "builtin"):
            booking = begins_in(
                offer, after=SOON * (1 if platform else 0.2), platform=platform, status="provisional"
            )
            failed_mail(booking)
        zoom_of(offer.host.user)

    endangered()
    with django_assert_num_queries(5):
        assert len(at_risk(clock.now())) == 2
    for _ in range(10):
        endangered()
    with django_assert_num_queries(5):
        assert len(at_risk(clock.now())) == 22


# Remedies


def test_make_again(paid, as_operator):
    booking = begins_in(paid, platform="")
    assert f'action="/ops/sessions/{booking.pk}/make-link"' in as_operator.get("/ops").content.decode()
    answer = as_operator.post(f"/ops/sessions/{booking.pk}/make-link")
    assert answer["Location"] == "/ops"
    run_due(clock.now())
    assert MeetingLink.objects.get(booking=booking).platform == "first"
    assert risks() == set()


def test_use_backup_now(paid, as_operator):
    booking = begins_in(paid, platform="builtin", status="provisional")
    First.script.extend(Retryable("Silent.") for _ in range(9))
    assert f'action="/ops/sessions/{booking.pk}/use-backup"' in as_operator.get("/ops").content.decode()
    answer = as_operator.post(f"/ops/sessions/{booking.pk}/use-backup", {"back": "links"})
    assert answer["Location"] == "/ops/links"
    run_due(clock.now())
    assert MeetingLink.objects.get(booking=booking, status="ready").platform == "second"
    assert risks() == set()


def test_send_the_mail_again(paid, as_operator):
    mail = failed_mail(begins_in(paid))
    as_operator.post(f"/ops/mail/{mail.pk}/send-again", {"show": "overview"})
    assert risks() == set()


def test_tell_the_host_and_not_every_minute(paid, settings, as_operator):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    begins_in(paid, platform="builtin", status="provisional")
    zoom = zoom_of(paid.host.user)
    address = f"/ops/links/{zoom.pk}/tell-host"
    assert f'action="{address}"' in as_operator.get("/ops").content.decode()
    for words in (
        "We wrote to Naoko Ishida.",
        "Naoko Ishida was told within this hour, or connected it again.",
    ):
        answer = as_operator.post(address)
        assert str(list(get_messages(answer.wsgi_request))[-1]) == words
    assert OutgoingMail.objects.get(template="reconnect").user == paid.host.user


def test_who_connected_it_again_is_not_written_to(paid, as_operator):
    zoom = zoom_of(paid.host.user, _State.WORKS)
    as_operator.post(f"/ops/links/{zoom.pk}/tell-host")
    assert not OutgoingMail.objects.exists()


def test_an_account_of_the_installation_is_the_operators_own_matter(paid, settings, as_operator):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    begins_in(paid, platform="builtin", status="provisional")
    zoom = zoom_of(None)
    assert 'href="/ops/connections#zoom"' in as_operator.get("/ops").content.decode()
    assert as_operator.post(f"/ops/links/{zoom.pk}/tell-host").status_code == 404


def test_a_session_that_is_over_is_not_touched(paid, as_operator):
    booking = begins_in(paid, after=-timedelta(hours=9))
    for door in ("make-link", "use-backup"):
        answer = as_operator.post(f"/ops/sessions/{booking.pk}/{door}")
        assert "This session is over" in str(list(get_messages(answer.wsgi_request))[-1])
    assert not Job.objects.exists()


@pytest.mark.parametrize("door", ["make-link", "use-backup"])
def test_nobody_else_acts(paid, attendee, door, as_host, as_attendee, as_stranger, as_nobody):
    booking = begins_in(paid, attendee)
    address = f"/ops/sessions/{booking.pk}/{door}"
    for client in (as_host, as_attendee, as_stranger):
        assert client.post(address).status_code == 404
    assert as_nobody.post(address)["Location"] == "/sign-in?next=%2Fops"
    assert not Job.objects.exists()


def test_nobody_else_writes_to_hosts(paid, as_host, as_attendee, as_stranger, as_nobody):
    zoom = zoom_of(paid.host.user)
    for client in (as_host, as_attendee, as_stranger, as_nobody):
        client.post(f"/ops/links/{zoom.pk}/tell-host")
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("door", ["make-link", "use-backup"])
def test_looking_does_nothing(paid, door, as_operator):
    booking = begins_in(paid)
    assert as_operator.get(f"/ops/sessions/{booking.pk}/{door}").status_code == 405
    unknown = "00000000-0000-7000-8000-000000000000"
    assert as_operator.post(f"/ops/sessions/{unknown}/{door}").status_code == 404


# Platforms


def attempt(booking, outcome, *, platform="first", ago=MINUTE):
    LinkAttempt.objects.create(
        booking=booking,
        platform=platform,
        began_at=clock.now() - ago,
        milliseconds=10,
        outcome=outcome,
        detail="vendor gibberish",
    )


def test_failures_by_platform_in_a_day(paid, as_operator):
    booking = begins_in(paid)
    for outcome in ("made", "retryable", "permanent"):
        attempt(booking, outcome)
    attempt(booking, "made", platform="second")
    attempt(booking, "permanent", platform="second", ago=timedelta(hours=25))
    found = {one.platform: (one.asked, one.failed) for one in link_failures.platforms(clock.now())}
    assert found == {"first": (3, 2), "second": (1, 0)}
    assert "First 2 of 3 tries failed" in text_of(as_operator.get("/ops"))


def test_an_outage_that_is_open_now_comes_first(paid, as_operator):
    attempt(begins_in(paid), "permanent")
    for _ in range(breaker.OPENS_AFTER):
        breaker.failed("second", now=clock.now())
    assert [one.platform for one in link_failures.platforms(clock.now())] == ["second", "first"]
    assert "Down since" in text_of(as_operator.get("/ops/links"))
    assert "Second down, since" in text_of(as_operator.get("/ops"))


def test_each_session_whose_tries_failed_is_shown_once_with_its_last_failure(paid, as_operator):
    booking = begins_in(paid)
    attempt(booking, "permanent", ago=2 * MINUTE)
    attempt(booking, "known_down")
    page = as_operator.get("/ops/links")
    assert "First was known to be down, so we did not ask. Place: First." in text_of(page)
    assert "gibberish" not in page.content.decode()
    assert page.content.decode().count(f"/ops/sessions/{booking.pk}/make-link") == 1


def test_the_page_costs_few_queries_for_many_sessions(paid, as_operator, django_assert_max_num_queries):
    for number in range(20):
        attempt(
            begins_in(paid, after=number * MINUTE * 90, platform="" if number % 2 else "first"), "permanent"
        )
    with django_assert_max_num_queries(16):
        assert as_operator.get("/ops/links").status_code == 200


def test_the_page_is_for_operators(as_host, as_attendee, as_stranger, as_nobody):
    for client in (as_host, as_attendee, as_stranger):
        assert client.get("/ops/links").status_code == 404
    assert as_nobody.get("/ops/links")["Location"] == "/sign-in?next=%2Fops%2Flinks"


def test_what_an_account_did_is_told_as_soon_as_it_breaks(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    booking = begins_in(paid, platform="zoomish")
    zoom = zoom_of(paid.host.user, _State.WORKS)
    assert risks() == set()
    health.mark_broken(zoom, "rights", now=clock.now())
    assert risks() == {booking}
