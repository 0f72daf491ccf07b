"""Is it right who is said to have come? Scripted calls against what really happened (STATUS-1, JOIN-6).

The same table stands in docs/attendance.md.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from duologue.bookings.models import Party
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.calls.frames import Beat
from duologue.calls.models import Join, Sighting
from duologue.calls.wire import Exchange
from duologue.core import clock
from duologue.inbox import receiving
from duologue.jobs.models import Job
from duologue.usecases import presence
from duologue.usecases.attendance import attendance_of
from duologue.usecases.beat_in_frame import beat_in_frame
from duologue.usecases.correct_outcome import say_took_place
from duologue.usecases.handle_video_event import handle_video_event
from duologue.usecases.mark_absent import refund_key
from duologue.usecases.progress import complete
from duologue.video.models import MeetingLink
from tests.cast import make_booking
from tests.sold import sell

pytestmark = pytest.mark.django_db
HOST, ATTENDEE = Party.HOST, Party.ATTENDEE
DOC = Path(__file__).parents[2] / "docs" / "attendance.md"


class Call:
    """One session of an hour; times are minutes from its start."""

    def __init__(self, booking, settings):
        self.booking, self.settings = booking, settings
        self.rooms = 0

    def at(self, minute):
        return self.booking.starts_at + timedelta(minutes=minute)

    def takes_place(self, platform, since=-1000):
        MeetingLink.objects.filter(booking=self.booking).update(status="replaced")
        self.rooms += 1
        MeetingLink.objects.create(
            booking=self.booking,
            platform=platform,
            room_id=f"{platform}-{self.rooms}",
            status="ready",
            created_at=self.at(since),
        )
        if platform in {"daily", "zoom"}:
            setattr(self.settings, f"DUOLOGUE_{platform.upper()}_WEBHOOK_SECRETS", ["c2VjcmV0"])

    def own_room(self, party, since, until, *, entered=True, connected=False, says_goodbye=True):
        epoch = f"{party.value}-{since}-epoch"
        for minute in (since, until):
            said = Exchange(epoch, entered, connected, "", 0, ())
            presence.be_seen(self.booking, party, said, now=self.at(minute))
        if says_goodbye:
            presence.leave(self.booking, party, epoch, now=self.at(until))

    def waits_outside(self, since, until, *, let_in_until=None):
        """The attendee at the door of a host who lets people in by hand."""
        epoch = f"outside-{since}-epoch"
        said = Exchange(epoch, True, False, "", 0, ())
        stages = [(since, True), (until, True)]
        if let_in_until is not None:
            stages += [(until, False), (let_in_until, False)]
        for minute, is_outside in stages:
            presence.be_seen(self.booking, ATTENDEE, said, now=self.at(minute), is_outside=is_outside)
        presence.leave(self.booking, ATTENDEE, epoch, now=self.at(stages[-1][0]))

    def frame(self, platform, party, since, until, *, other=False):
        for minute, is_in in ((since, True), (until, True), (until, False)):
            beat = Beat(f"{party.value}-{since}-epoch", is_in, other and is_in, 0)
            beat_in_frame(self.booking, party, platform, beat, now=self.at(minute))

    def daily(self, party, since, until, *, left=True, joined=True):
        payload = {
            "room": f"daily-{self.rooms}",
            "session_id": f"{party.value}{since}",
            "joined_at": self.at(since).timestamp(),
            "duration": (until - since) * 60,
            "owner": party is HOST,
        }
        kinds = [("participant.left", left), ("participant.joined", joined)]
        for kind in [kind for kind, is_told in kinds if is_told]:
            event = {"id": f"{kind}{party}{since}", "type": kind, "payload": payload}
            self.hear("daily", kind, event)

    def zoom(self, party, minute, kind="joined"):
        time = {"joined": "join_time", "left": "leave_time"}[kind]
        who = {
            "id": "h" if party is HOST else "",
            "user_id": party.value,
            time: f"{self.at(minute).isoformat()}",
        }
        meeting = {"id": f"zoom-{self.rooms}", "host_id": "h", "participant": who}
        self.hear("zoom", kind, {"event": f"meeting.participant_{kind}", "payload": {"object": meeting}})

    def hear(self, platform, kind, event):
        """As its signed message would come in, whose door tests/webhooks tries."""
        body = json.dumps(event)
        number = receiving.receive(platform, f"{platform}{body}"[:255], type=kind, body=body, now=clock.now())
        handle_video_event(clock.now(), number)

    def presses_join(self, party, platform, minute=0, *, framed=False):
        Join.objects.create(
            booking=self.booking,
            party=party.value,
            way="dashboard",
            platform=platform,
            at=self.at(minute),
            is_framed=framed,
        )


def both_came(call):
    call.takes_place("builtin")
    call.own_room(HOST, -2, 58, connected=True)
    call.own_room(ATTENDEE, 0, 58, connected=True)


def attendee_never_came(call):
    call.takes_place("builtin")
    call.own_room(HOST, -2, 30)


def host_never_came(call):
    call.takes_place("builtin")
    call.presses_join(HOST, "builtin", -1)
    call.own_room(ATTENDEE, 0, 14, says_goodbye=False)


def attendee_was_late(call):
    call.takes_place("builtin")
    call.own_room(HOST, 0, 60)
    call.own_room(ATTENDEE, 25, 60)


def the_line_broke(call):
    call.takes_place("builtin")
    call.own_room(HOST, 0, 60)
    call.own_room(ATTENDEE, 1, 2, says_goodbye=False)
    call.own_room(ATTENDEE, 20, 60)


def nobody_waited(call):
    call.takes_place("builtin")
    call.own_room(ATTENDEE, 0, 3)


def host_tried_the_room_before(call):
    call.takes_place("builtin")
    call.own_room(HOST, -14, -9)
    call.own_room(ATTENDEE, -1, 16)


def host_stood_at_the_door(call):
    call.takes_place("builtin")
    call.own_room(HOST, 1, 11, entered=False)
    call.own_room(ATTENDEE, 0, 16)


def let_in_after_a_while(call):
    call.takes_place("builtin")
    call.own_room(HOST, 0, 60)
    call.waits_outside(-5, 20, let_in_until=60)


def never_let_in(call):
    call.takes_place("builtin")
    call.own_room(HOST, 0, 60)
    call.waits_outside(0, 30)


def waited_for_a_host_who_never_came(call):
    call.takes_place("builtin")
    call.waits_outside(-2, 14)


def went_away_at_once(call):
    call.takes_place("builtin")
    call.own_room(HOST, 5, 40)
    call.waits_outside(0, 0.5)


def gave_up_before_the_start(call):
    call.takes_place("builtin")
    call.own_room(HOST, -14, -1, entered=False)
    call.waits_outside(-12, -2)
    call.own_room(HOST, 0, 30)


def met_on_google_meet(call):
    call.takes_place("google_meet")
    call.presses_join(HOST, "google_meet")
    call.presses_join(ATTENDEE, "google_meet")


def one_stayed_on_google_meet(call):
    call.takes_place("google_meet")
    call.takes_place("builtin", since=5)
    call.own_room(ATTENDEE, 5, 40)


def daily_told_in_another_order(call):
    call.takes_place("daily")
    call.daily(HOST, 0, 50)
    call.daily(ATTENDEE, 2, 50)


def daily_saw_one_wait(call):
    call.takes_place("daily")
    call.daily(HOST, 0, 50)
    call.presses_join(ATTENDEE, "daily", framed=True)


def daily_lost_a_word(call):
    call.takes_place("daily")
    call.daily(HOST, 0, 50, left=False)


def zoom_took_the_host_for_a_guest(call):
    call.takes_place("zoom")
    for minute, kind in ((0, "joined"), (50, "left")):
        call.zoom(ATTENDEE, minute, kind)


def the_frame_showed_one_alone(call):
    call.takes_place("jitsi")
    call.frame("jitsi", ATTENDEE, 0, 30)


def one_came_beside_the_frame(call):
    call.takes_place("jitsi")
    call.frame("jitsi", ATTENDEE, 0, 50, other=True)
    call.presses_join(HOST, "jitsi")


def nobody_came(call):
    call.takes_place("builtin")


CALLS = {
    "Own room: both talk for an hour": (both_came, "both"),
    "Own room: the host waits half an hour, the attendee never comes": (
        attendee_never_came,
        "attendee absent",
    ),
    "Own room: the host presses Join and closes the page, the attendee waits 14 minutes": (
        host_never_came,
        "host absent",
    ),
    "Own room: the attendee comes 25 minutes late": (attendee_was_late, "both"),
    "Own room: the attendee's line breaks after a minute, they are back 18 minutes later": (
        the_line_broke,
        "both",
    ),
    "Own room: the attendee looks in for 3 minutes, the host never comes": (nobody_waited, "unknown"),
    "Own room: the host tries it before the start and forgets, the attendee waits": (
        host_tried_the_room_before,
        "host absent",
    ),
    "Own room: the host stands at its door for 10 minutes with a dead camera": (
        host_stood_at_the_door,
        "unknown",
    ),
    "Own room, by hand: the attendee waits at the door for 25 minutes and is let in": (
        let_in_after_a_while,
        "both",
    ),
    "Own room, by hand: the attendee waits at the door for half an hour, the host is in and lets nobody in": (
        never_let_in,
        "both",
    ),
    "Own room, by hand: the attendee waits at the door for 16 minutes, the host never comes": (
        waited_for_a_host_who_never_came,
        "host absent",
    ),
    "Own room, by hand: the attendee goes away from the door after half a minute, the host comes later": (
        went_away_at_once,
        "unknown",
    ),
    "Own room, by hand: the attendee gives up at the door just before the start, the host goes in then": (
        gave_up_before_the_start,
        "unknown",
    ),
    "Google Meet: both talk, nobody tells us": (met_on_google_meet, "unknown"),
    "Google Meet, then our own room: one stays behind in Meet": (one_stayed_on_google_meet, "unknown"),
    "Daily: both talk, its messages come in the wrong order": (daily_told_in_another_order, "both"),
    "Daily: the host waits 50 minutes, the attendee opens the page and never enters": (
        daily_saw_one_wait,
        "attendee absent",
    ),
    "Daily: the host waits, the message that they left is lost": (daily_lost_a_word, "unknown"),
    "Zoom: both talk, the host is signed in as somebody else": (zoom_took_the_host_for_a_guest, "unknown"),
    "Jitsi on our page: the attendee waits half an hour, the host never comes": (
        the_frame_showed_one_alone,
        "host absent",
    ),
    "Jitsi: both talk, the host in a tab of its own": (one_came_beside_the_frame, "both"),
    "Own room: nobody comes": (nobody_came, "nobody"),
}


def words(verdict):
    return f"{verdict.absent} absent" if verdict.absent else verdict.outcome.value


@pytest.fixture
def call(paid, attendee, settings):
    return Call(make_booking(paid, attendee), settings)


@pytest.mark.parametrize("name", CALLS)
def test_what_is_decided_is_never_more_than_what_happened(call, name):
    script, decided = CALLS[name]
    script(call)
    assert words(attendance_of(call.booking).verdict) == decided
    complete(call.booking.ends_at + timedelta(hours=1), str(call.booking.pk))
    call.booking.refresh_from_db()
    absent = decided.removesuffix(" absent") if decided.endswith("absent") else ""
    status = Status.NO_SHOW if absent else Status.COMPLETED
    assert (call.booking.status, call.booking.no_show_party) == (status, absent)


def test_the_manual_shows_the_same_table():
    table = [line.split("|")[1:3] for line in DOC.read_text().splitlines() if line.startswith("| ")]
    shown = {what.strip(): decided.strip() for what, decided in table[1:]}
    assert len(table) - 1 == len(CALLS)
    assert shown == {name: decided for name, (_script, decided) in CALLS.items()}


def test_a_host_whom_time_marked_absent_costs_nothing_for_a_day_and_can_be_put_right(
    paid, attendee, settings
):
    call = Call(sell(paid, attendee), settings)
    host_never_came(call)
    over = call.booking.ends_at + timedelta(hours=1)
    complete(over, str(call.booking.pk))
    assert Job.objects.get(key=refund_key(call.booking)).run_at == over + timedelta(days=1)
    say_took_place(call.booking, by=Actor("operator"), now=over)
    assert not Job.objects.filter(key=refund_key(call.booking)).exists()
    causes = list(call.booking.transitions.order_by("id").values_list("actor", "cause"))
    assert causes[-2:] == [("system", "host_absent"), ("operator", "took_place")]


def test_a_platform_that_tells_late_puts_right_what_time_decided_but_no_person(call):
    daily_saw_one_wait(call)
    over = call.booking.ends_at + timedelta(hours=1)
    complete(over, str(call.booking.pk))
    call.daily(ATTENDEE, 3, 50)
    call.booking.refresh_from_db()
    assert (call.booking.status, call.booking.no_show_party) == (Status.COMPLETED, "")
    assert call.booking.transitions.latest("id").cause == "seen_after_all"


def test_one_pages_word_that_they_met_is_not_enough(call):
    call.takes_place("builtin")
    call.own_room(HOST, -2, 30, connected=True)
    assert words(attendance_of(call.booking).verdict) == "attendee absent"


def test_a_repeated_message_is_one(call):
    call.takes_place("daily")
    for _ in range(2):
        call.daily(HOST, 0, 50)
    assert Sighting.objects.count() == 2, "coming and going"
