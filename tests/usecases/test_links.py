"""Where does a session take place when platforms fail, come back, or are changed in the middle? (LINK-4)"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from duologue.bookings.models import Booking, Party
from duologue.bookings.transitions import Actor
from duologue.calls import door
from duologue.connections import oauth, vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import Invalid, NeedsReconnect, NotConfigured, Permanent, Refused, Retryable
from duologue.core.http import SPENT
from duologue.jobs import queue
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.usecases.cancel import cancel
from duologue.usecases.give_link import give_link, make_new_link, use_backup
from duologue.usecases.join import join, peek_all
from duologue.usecases.make_link import FORCED_BEFORE, Wish, owed
from duologue.video import breaker
from duologue.video.models import LinkAttempt, MeetingLink
from tests import scripted_platforms
from tests.scripted_platforms import First, Second, Zoomish
from tests.sold import sell

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings, mail_is_quiet):
    settings.DUOLOGUE_VIDEO_DEFAULT = "first"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second", "builtin"]
    return scripted_platforms.install(monkeypatch)


@pytest.fixture
def mail_is_quiet(monkeypatch):
    """Mails stay rows here: what they say is tested with the letters."""
    monkeypatch.setattr("duologue.notifications.sending.send_mail", lambda now, mail_id: None)


def now_of(booking: Booking):
    return booking.confirmed_at + SECOND


def links(booking: Booking) -> list[tuple[str, str]]:
    return list(MeetingLink.objects.filter(booking=booking).order_by("pk").values_list("platform", "status"))


def current(booking: Booking) -> MeetingLink:
    return MeetingLink.objects.get(booking=booking, status__in=["provisional", "ready"])


def attempts(booking: Booking) -> list[tuple[str, str]]:
    return list(LinkAttempt.objects.filter(booking=booking).values_list("platform", "outcome"))


def told(booking: Booking, template: str = "place_changed") -> int:
    return OutgoingMail.objects.filter(booking=booking, template=template).count()


def next_try(booking: Booking):
    return Job.objects.get(key=f"make_link:{booking.pk}").run_at


def answers_never(platform, times: int = 299) -> None:
    platform.script.extend(Retryable("Silent.") for _ in range(times))


def test_a_room_stands_at_once_and_the_chosen_platform_takes_over(paid):
    booking = sell(paid)
    assert links(booking) == [("builtin", "provisional")]
    run_due(now_of(booking))
    assert links(booking) == [("builtin", "replaced"), ("first", "ready")]
    assert current(booking).is_chosen
    assert told(booking) == 0


def test_hosts_order_comes_before_the_operators(paid):
    paid.host.video_order = ["second", "nowhere", "first"]
    paid.host.save(update_fields=["video_order"])
    booking = sell(paid)
    run_due(now_of(booking))
    assert current(booking).platform == "second"


def test_what_the_operator_does_not_allow_is_not_used(paid, settings):
    settings.DUOLOGUE_VIDEO_ALLOWED = ["second"]
    booking = sell(paid)
    run_due(now_of(booking))
    assert current(booking).platform == "second"


def test_one_failure_is_over_within_a_second(paid):
    First.script.append(Retryable("Silent."))
    booking = sell(paid)
    now = now_of(booking)
    run_due(now)
    assert links(booking) == [("builtin", "provisional")]
    assert next_try(booking) <= now + SECOND
    run_due(now + SECOND)
    assert current(booking).platform == "first"
    assert attempts(booking) == [("first", "retryable"), ("first", "made")]


def test_the_pause_that_a_platform_names_is_kept(paid):
    First.script.append(Retryable("Enough.", retry_after=timedelta(seconds=77)))
    booking = sell(paid)
    run_due(now_of(booking))
    assert next_try(booking) == now_of(booking) + timedelta(seconds=77)


@pytest.mark.parametrize("error", [Permanent("No."), NotConfigured("No key."), NeedsReconnect("Gone.")])
def test_a_platform_that_says_no_is_not_waited_for_and_both_are_told(paid, error):
    First.script.append(error)
    booking = sell(paid)
    run_due(now_of(booking))
    assert current(booking).platform == "second"
    assert not current(booking).is_chosen
    assert attempts(booking) == [("first", error.code), ("second", "made")]
    assert told(booking) == 2


def test_a_silent_platform_is_asked_until_an_hour_before_and_then_the_backups_are_forced(paid):
    answers_never(First)
    booking = sell(paid)
    now = now_of(booking)
    forced_at = booking.starts_at - FORCED_BEFORE
    tries = 0
    while (now := max(now, next_try(booking))) < forced_at:
        run_due(now)
        assert links(booking) == [("builtin", "provisional")]
        tries += 1
    assert now == forced_at
    assert tries > 20
    run_due(now)
    assert current(booking).platform == "second"
    assert told(booking) == 2


def test_a_platform_known_to_be_down_is_not_asked(paid):
    now = clock.now()
    for _ in range(breaker.OPENS_AFTER):
        breaker.failed("first", now=now)
    for _ in range(4):
        now = breaker.closed_until("first", now=now) or now
        assert breaker.closed_until("first", now=now) is None
        breaker.failed("first", now=now)
    booking = sell(paid)
    run_due(now_of(booking))
    assert attempts(booking) == [("first", "known_down")]
    assert First.accounts == []
    assert next_try(booking) > now_of(booking) + SECOND


def test_after_a_pause_one_alone_tries_whether_it_is_back(paid):
    now = clock.now()
    for _ in range(breaker.OPENS_AFTER):
        breaker.failed("first", now=now)
    later = breaker.closed_until("first", now=now)
    assert breaker.closed_until("first", now=later) is None
    assert breaker.closed_until("first", now=later) is not None
    breaker.answered("first")
    assert breaker.closed_until("first", now=later) is None


def test_many_that_fail_together_make_one_pause(paid):
    now = clock.now()
    for _ in range(breaker.OPENS_AFTER + 40):
        breaker.failed("first", now=now)
    assert breaker.closed_until("first", now=now) == now + breaker.PAUSE
    later = now + breaker.PAUSE
    assert breaker.closed_until("first", now=later) is None
    breaker.failed("first", now=later)
    assert breaker.closed_until("first", now=later) == later + 2 * breaker.PAUSE


def test_who_names_a_pause_is_alive(paid):
    First.script.extend(Retryable("Enough.", retry_after=SECOND) for _ in range(breaker.OPENS_AFTER + 1))
    booking = sell(paid)
    now = now_of(booking)
    for _ in range(breaker.OPENS_AFTER + 1):
        run_due(now := now + SECOND)
    assert not breaker.down(now)


def test_without_a_room_of_ours_a_backup_serves_until_the_chosen_one_answers(paid, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = ["second"]
    First.script.append(Retryable("Silent."))
    booking = sell(paid)
    assert links(booking) == []
    run_due(now_of(booking))
    assert links(booking) == [("second", "provisional")]
    run_due(now_of(booking) + SECOND)
    assert links(booking) == [("second", "replaced"), ("first", "ready")]
    assert told(booking) == 0
    run_due(now_of(booking) + HOUR)
    assert Second.rooms == {}


def test_with_nothing_left_the_host_is_asked_once_and_we_go_on_trying(paid, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = []
    answers_never(First, 3)
    booking = sell(paid)
    now = now_of(booking)
    for _ in range(3):
        run_due(now)
        now = next_try(booking)
    assert told(booking, "link_wanted") == 1
    run_due(now)
    assert current(booking).platform == "first"


def test_with_nothing_left_trying_does_not_end_before_the_session_does(paid, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = []
    answers_never(First)
    booking = sell(paid)
    now = now_of(booking)
    for _ in range(12):
        run_due(now)
        now = next_try(booking)
    assert Job.objects.get(key=f"make_link:{booking.pk}").state == "waiting"


def test_cancelled_while_the_room_was_made_it_goes_again(paid):
    booking = sell(paid)
    cancelling = partial(cancel, booking, by=Actor("operator"), reason="other", now=now_of(booking))
    First.script.append(cancelling)
    run_due(now_of(booking))
    assert First.rooms == {}
    assert links(booking) == [("builtin", "deleted"), ("first", "deleted")]
    assert not MeetingLink.objects.filter(deleted_at=None).exists()


def test_given_by_hand_while_the_room_was_made_the_hosts_link_stays(paid):
    booking = sell(paid)
    First.script.append(partial(give_link, booking, "https://own.example/room", now=now_of(booking)))
    run_due(now_of(booking))
    assert current(booking).platform == "manual"
    run_due(now_of(booking) + HOUR)
    assert First.rooms == {}


def test_a_lost_answer_leads_to_the_same_room(paid):
    booking = sell(paid)
    key = f"{booking.pk}:first:0"
    First.rooms[key] = "first-made-before"
    run_due(now_of(booking))
    assert current(booking).room_id == "first-made-before"


def test_a_new_room_on_the_same_platform_replaces_the_old_one(paid):
    booking = sell(paid)
    run_due(now_of(booking))
    old = current(booking)
    make_new_link(booking, now=now_of(booking))
    run_due(now_of(booking))
    new = current(booking)
    assert (new.platform, new.room_id == old.room_id) == ("first", False)
    run_due(now_of(booking) + HOUR)
    assert list(First.rooms.values()) == [new.room_id]
    assert told(booking) == 0


def test_while_a_new_room_cannot_be_made_the_old_one_serves(paid):
    booking = sell(paid)
    run_due(now_of(booking))
    old = current(booking)
    answers_never(First, 1)
    make_new_link(booking, now=now_of(booking))
    run_due(now_of(booking))
    assert current(booking) == old
    run_due(now_of(booking) + SECOND)
    assert current(booking) != old


def wish_better(booking: Booking) -> None:
    with transaction.atomic():
        queue.enqueue(owed(booking, now=now_of(booking), wish=Wish.BETTER), now=now_of(booking))
    run_due(now_of(booking))


def test_a_session_that_fell_back_moves_to_the_chosen_platform_when_that_works_again(paid):
    First.script.append(NeedsReconnect("Gone."))
    booking = sell(paid)
    run_due(now_of(booking))
    wish_better(booking)
    assert current(booking).platform == "first"
    assert told(booking) == 4
    wish_better(booking)
    assert links(booking).count(("first", "ready")) == 1
    assert len(attempts(booking)) == 3


def test_what_a_host_gave_by_hand_is_left_alone(paid):
    booking = sell(paid)
    give_link(booking, "https://own.example/room", now=now_of(booking))
    wish_better(booking)
    assert current(booking).platform == "manual"
    assert told(booking) == 2


@pytest.mark.parametrize("text", ["", "http://own.example/", "javascript:alert(1)", "https://x@own.example/"])
def test_an_address_by_hand_that_cannot_serve(paid, text):
    booking = sell(paid)
    with pytest.raises(Invalid):
        give_link(booking, text, now=now_of(booking))
    assert current(booking).platform == "builtin"


def test_after_the_session_no_link_changes(paid):
    booking = sell(paid)
    late = booking.ends_at + 2 * HOUR
    by_hand = partial(give_link, booking, "https://own.example/room")
    for change in (by_hand, partial(make_new_link, booking), partial(use_backup, booking)):
        with pytest.raises(Refused) as met:
            change(now=late)
        assert met.value.code == "over"


def test_where_all_said_no_for_good_the_room_that_stands_in_is_the_one(paid, settings):
    settings.DUOLOGUE_VIDEO_BACKUPS = []
    settings.DUOLOGUE_VIDEO_ALLOWED = ["first", "builtin"]
    First.script.append(Permanent("No."))
    booking = sell(paid)
    run_due(now_of(booking))
    assert links(booking) == [("builtin", "ready")]
    assert told(booking) == 2


def test_a_backup_is_used_at_once_when_somebody_says_so(paid):
    answers_never(First)
    booking = sell(paid)
    run_due(now_of(booking))
    use_backup(booking, now=now_of(booking))
    run_due(now_of(booking))
    assert (current(booking).platform, current(booking).status) == ("second", "ready")
    assert told(booking) == 2
    use_backup(booking, now=now_of(booking))
    run_due(now_of(booking))
    assert current(booking).platform == "builtin"
    use_backup(booking, now=now_of(booking))
    run_due(now_of(booking))
    assert current(booking).platform == "builtin"


def test_a_backup_takes_the_place_of_a_room_that_stands(paid):
    booking = sell(paid)
    run_due(now_of(booking))
    asked = len(First.accounts)
    use_backup(booking, now=now_of(booking))
    run_due(now_of(booking))
    assert current(booking).platform == "second"
    assert len(First.accounts) == asked


# Accounts


@pytest.fixture
def account(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    now = clock.now()
    return Connection.objects.create(
        user=paid.host.user,
        vendor="zoom",
        account_name="naoko@studio.example",
        sealed_access=vault.seal("token-1"),
        sealed_refresh=vault.seal("refresh-1"),
        access_expires_at=now + 30 * 24 * HOUR,
        connected_at=now,
    )


@pytest.fixture
def renewed(monkeypatch, settings):
    """The vendor's answer to a renewal."""
    settings.DUOLOGUE_ZOOM_CLIENT_ID, settings.DUOLOGUE_ZOOM_CLIENT_SECRET = "id", "secret"

    def refresh(vendor, refresh_token):
        return oauth.Grant("token-2", "refresh-2", HOUR, None, "")

    monkeypatch.setattr(oauth, "refresh", refresh)


def test_the_hosts_account_is_used_and_remembered(paid, account):
    booking = sell(paid)
    run_due(now_of(booking))
    assert current(booking).connection == account
    assert Zoomish.accounts == ["token-1"]
    account.refresh_from_db()
    assert account.worked_at == now_of(booking)


def test_without_an_account_the_next_platform_serves(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    booking = sell(paid)
    run_due(now_of(booking))
    assert attempts(booking) == [("zoomish", "not_connected"), ("second", "made")]


def test_a_refused_token_is_renewed_once(paid, account, renewed):
    Zoomish.script.append(NeedsReconnect("401.", code=SPENT))
    booking = sell(paid)
    run_due(now_of(booking))
    assert current(booking).platform == "zoomish"
    assert Zoomish.accounts == ["token-1", "token-2"]


def test_refused_again_the_account_is_broken_its_owner_told_and_the_next_platform_serves(
    paid, account, renewed
):
    Zoomish.script.extend(NeedsReconnect("401.", code=SPENT) for _ in range(2))
    booking = sell(paid)
    run_due(now_of(booking), limit=1)
    run_due(now_of(booking), limit=6)
    account.refresh_from_db()
    assert account.state == "reconnect_needed"
    assert current(booking).platform == "second"


# Joining


def test_each_enters_by_their_own_address_and_the_accounts_token(paid, account):
    booking = sell(paid)
    run_due(now_of(booking))
    room = current(booking).room_id
    for party in Party:
        target = join(booking, party, now=booking.starts_at, way="dashboard")
        assert target.url == f"https://zoomish.example/{room}?as={party.value}&by=token-1"


def test_where_the_platform_is_silent_the_common_address_serves(paid):
    booking = sell(paid)
    run_due(now_of(booking))
    First.script.append(Retryable("Silent."))
    target = join(booking, Party.HOST, now=booking.starts_at, way="dashboard")
    assert target.url == f"https://first.example/{current(booking).room_id}"


def test_where_each_needs_an_address_of_their_own_silence_is_said(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "second"
    booking = sell(paid)
    run_due(now_of(booking))
    Second.script.append(Retryable("Silent."))
    with pytest.raises(Refused) as met:
        join(booking, Party.HOST, now=booking.starts_at, way="dashboard")
    assert met.value.code == "platform_silent"
    assert not booking.joins.exists()


def test_lists_ask_nobody_and_never_show_the_room_of_a_platform_with_own_tokens(paid, settings):
    settings.DUOLOGUE_VIDEO_DEFAULT = "second"
    booking = sell(paid)
    run_due(now_of(booking))
    asked = len(Second.accounts)
    found = peek_all([booking], door.windows([booking]), now=booking.starts_at)
    assert found[booking.pk].url == f"/video-call/{booking.pk}"
    assert len(Second.accounts) == asked
