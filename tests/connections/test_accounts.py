"""What becomes of an account: connected, broken, told, mended, disconnected, and what sessions notice."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.connections import health, tokens, vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import Forbidden, NeedsReconnect, NotConfigured, Permanent, Refused, Retryable
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.usecases import connect_account
from duologue.usecases.cancel import cancel
from duologue.usecases.disconnect_account import disconnect_account
from duologue.usecases.probe_connections import probe_connections
from duologue.usecases.save_own_link import save_own_link
from duologue.usecases.tell_reconnect import tell_reconnect
from duologue.video import registry
from duologue.video.models import MeetingLink
from tests import scripted_platforms
from tests.cast import make_booking, make_host
from tests.connections.conftest import connect
from tests.connections.vendor import Fault
from tests.scripted_platforms import Otherish, Zoomish
from tests.sold import sell

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings, vendor):
    """Zoomish first, then our own room; Zoomish asks with Zoom's accounts."""
    settings.DUOLOGUE_VIDEO_DEFAULT = "zoomish"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["builtin"]
    with scripted_platforms.only(registry.BUILTIN):
        scripted_platforms.install(monkeypatch)
        yield


def consented(address):
    """What the vendor sends the person back with after a yes."""
    back = httpx.get(address).headers["location"]
    return {name: values[-1] for name, values in parse_qs(urlsplit(back).query).items()}


def connected(user, session=None, slug="zoom", now=None, **how):
    session = {} if session is None else session
    now = now or clock.now()
    address = connect_account.begin(session, user, slug, now=now, **how)
    return connect_account.finish(session, user, slug, consented(address), now=now)


def run_jobs(now=None):
    for _ in range(20):
        if not run_due(now or clock.now()):
            return


def mails(template="reconnect"):
    return list(OutgoingMail.objects.filter(template=template).order_by("created_at", "key"))


class TestConnecting:
    @pytest.mark.parametrize("slug", ["zoom", "google", "microsoft"])
    def test_consent_becomes_an_account_that_can_be_used(self, host, now, slug):
        row = connected(host.user, slug=slug)
        assert (row.vendor, row.state, row.account_name) == (slug, "works", "naoko@studio.example")
        assert tokens.usable(row, now=now).secret == vault.unseal(row.sealed_access)

    def test_the_vendor_is_asked_as_it_wants_to_be(self, host, now, settings):
        settings.BASE_URL = "https://sessions.example"
        settings.DUOLOGUE_ZOOM_OAUTH_BASE = settings.DUOLOGUE_GOOGLE_OAUTH_BASE = ""
        settings.DUOLOGUE_MICROSOFT_OAUTH_BASE = ""
        asked = {}
        for slug in ("zoom", "google", "microsoft"):
            parts = urlsplit(connect_account.begin({}, host.user, slug, now=now))
            asked[slug] = f"{parts.scheme}://{parts.netloc}{parts.path}", parse_qs(parts.query)
        assert {slug: place for slug, (place, _) in asked.items()} == {
            "zoom": "https://zoom.us/oauth/authorize",
            "google": "https://accounts.google.com/o/oauth2/v2/auth",
            "microsoft": "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",
        }
        for slug, (_, query) in asked.items():
            assert query["redirect_uri"] == [f"https://sessions.example/connections/{slug}/callback"]
            assert query["code_challenge_method"] == ["S256"]
            assert len(query["state"][0]) >= 43
        assert "scope" not in asked["zoom"][1]
        assert asked["google"][1]["access_type"] == ["offline"]
        assert asked["google"][1]["prompt"] == ["consent"]
        assert "offline_access" in asked["microsoft"][1]["scope"][0].split()

    def test_a_code_of_another_verifier_is_not_taken(self, host, now):
        session: dict[str, Any] = {}
        answer = consented(connect_account.begin(session, host.user, "zoom", now=now))
        session["consents"]["zoom"]["verifier"] = "another"
        with pytest.raises(Refused):
            connect_account.finish(session, host.user, "zoom", answer, now=now)
        assert not Connection.objects.exists()

    def test_an_answer_counts_once(self, host, now, vendor):
        session: dict[str, Any] = {}
        answer = consented(connect_account.begin(session, host.user, "zoom", now=now))
        kept = dict(session)
        connect_account.finish(session, host.user, "zoom", answer, now=now)
        for again in (session, kept):
            with pytest.raises(Refused) as refusal:
                connect_account.finish(again, host.user, "zoom", answer, now=now)
            assert refusal.value.code == "consent_over"
        assert vendor.asked["authorization_code"] == 1

    @pytest.mark.parametrize("state", ["", "made-up"])
    def test_an_answer_that_nobody_asked_for_is_refused_and_ends_nothing(self, host, now, state):
        session: dict[str, Any] = {}
        answer = consented(connect_account.begin(session, host.user, "zoom", now=now))
        with pytest.raises(Refused):
            connect_account.finish(session, host.user, "zoom", {**answer, "state": state}, now=now)
        assert connect_account.finish(session, host.user, "zoom", answer, now=now).works

    def test_an_answer_for_somebody_else_is_refused(self, host, now):
        session: dict[str, Any] = {}
        answer = consented(connect_account.begin(session, host.user, "zoom", now=now))
        with pytest.raises(Refused):
            connect_account.finish(session, make_host().user, "zoom", answer, now=now)

    def test_an_answer_for_another_vendor_is_refused(self, host, now):
        session: dict[str, Any] = {}
        answer = consented(connect_account.begin(session, host.user, "zoom", now=now))
        with pytest.raises(Refused):
            connect_account.finish(session, host.user, "google", answer, now=now)

    def test_an_answer_after_a_quarter_of_an_hour_is_too_late(self, host, now):
        session: dict[str, Any] = {}
        answer = consented(connect_account.begin(session, host.user, "zoom", now=now))
        with pytest.raises(Refused):
            connect_account.finish(
                session, host.user, "zoom", answer, now=now + timedelta(minutes=15, seconds=1)
            )

    def test_a_no_at_the_vendor_is_told_kindly(self, host, vendor):
        vendor.denies = True
        with pytest.raises(Refused) as refusal:
            connected(host.user)
        assert refusal.value.code == "consent_denied"
        assert refusal.value.message.startswith("You did not allow it at Zoom")

    @pytest.mark.parametrize(
        ("slug", "granted", "said"),
        [
            ("zoom", "meeting:read:meeting user:read:user", "make meetings, change meetings"),
            (
                "google",
                "openid email https://www.googleapis.com/auth/calendar.events.owned",
                "Google Meet rooms",
            ),
            ("microsoft", "User.Read openid", "make and change Teams meetings"),
        ],
    )
    def test_a_missing_right_is_told_by_name(self, host, vendor, slug, granted, said):
        vendor.scope = granted
        with pytest.raises(Refused) as refusal:
            connected(host.user, slug=slug)
        assert said in refusal.value.message
        assert not Connection.objects.exists()

    @pytest.mark.parametrize(
        ("slug", "granted"),
        [
            ("zoom", "meeting:write meeting:read user:read"),
            (
                "google",
                "https://www.googleapis.com/auth/userinfo.email openid"
                " https://www.googleapis.com/auth/meetings.space.created"
                " https://www.googleapis.com/auth/calendar.events",
            ),
            (
                "microsoft",
                "https://graph.microsoft.com/OnlineMeetings.ReadWrite https://graph.microsoft.com/User.Read",
            ),
        ],
    )
    def test_rights_count_as_each_vendor_writes_them(self, host, vendor, slug, granted):
        vendor.scope = granted
        assert connected(host.user, slug=slug).works

    def test_access_for_an_hour_only_is_not_enough(self, host, vendor):
        vendor.gives_refresh = False
        with pytest.raises(Refused) as refusal:
            connected(host.user, slug="google")
        assert "for an hour only" in refusal.value.message

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(500),
            Fault(200, b"<html>Sign in</html>"),
            Fault(200, b'{"access_token": "a'),
            Fault(400, b'{"error": "invalid_grant"}'),
            Fault(401, b'{"error": "invalid_client"}'),
            Fault(400, b'{"error": "invalid_request", "error_description": "<script>"}'),
        ],
        ids=lambda fault: f"{fault.status} {fault.body[:24]!r}",
    )
    def test_whatever_the_vendor_answers_becomes_a_sentence(self, host, vendor, fault):
        vendor.faults.append(fault)
        with pytest.raises(Refused) as refusal:
            connected(host.user)
        assert refusal.value.message.endswith(".")
        assert not any(word in refusal.value.message for word in ("invalid", "html", "script", "{", "Error"))
        assert not Connection.objects.exists()

    def test_an_account_that_the_platform_refuses_is_not_kept(self, host, vendor):
        vendor.email = ""
        Zoomish.script.append(Permanent("Personal accounts are not supported."))
        with pytest.raises(Refused) as refusal:
            connected(host.user)
        assert refusal.value.message == "Zoomish cannot be used with this account. Connect another one."

    def test_a_platform_that_cannot_say_whose_it_is_hinders_nothing(self, host, vendor):
        vendor.email = ""
        Zoomish.script.append(Retryable("Down."))
        assert connected(host.user).account_name == ""

    def test_of_several_platforms_any_may_know_it_and_only_all_together_refuse(
        self, host, vendor, monkeypatch
    ):
        monkeypatch.setitem(registry.PROVIDERS, "otherish", "tests.scripted_platforms:Otherish")
        Otherish.forget()
        vendor.email = ""
        Zoomish.script.append(Permanent("Not for this kind of account."))
        assert connected(host.user).account_name == "naoko@otherish.example"
        Zoomish.script.append(Permanent("Not for this kind of account."))
        Otherish.script.append(Retryable("Down."))
        assert connected(host.user).account_name == ""
        for one in (Zoomish, Otherish):
            one.script.append(Permanent("Not for this kind of account."))
        with pytest.raises(Refused, match="Zoomish or Otherish cannot be used with this account"):
            connected(host.user)

    def test_only_hosts_connect_their_own_and_only_operators_the_installations(
        self, host, attendee, operator, now
    ):
        for user, for_all in ((attendee, False), (attendee, True), (host.user, True), (operator, False)):
            with pytest.raises(Forbidden):
                connect_account.begin({}, user, "zoom", now=now, for_all=for_all)
        assert connected(operator, for_all=True).is_for_all

    @pytest.mark.parametrize("slug", ["zoom", "teams", "link", ""])
    def test_what_the_operator_has_not_set_up_cannot_be_connected(self, host, now, settings, slug):
        settings.DUOLOGUE_ZOOM_CLIENT_ID = ""
        with pytest.raises(NotConfigured):
            connect_account.begin({}, host.user, slug, now=now)

    def test_the_same_account_again_is_the_same_connection(self, host):
        first = connected(host.user)
        assert connected(host.user).pk == first.pk

    def test_another_account_takes_the_place_of_the_first_which_is_given_back(self, host, vendor):
        first = connected(host.user)
        refresh = vault.unseal(first.sealed_refresh)
        vendor.email = "other@studio.example"
        second = connected(host.user)
        run_jobs()
        first.refresh_from_db()
        assert (first.state, first.sealed_access, second.works) == ("disconnected", "", True)
        assert refresh in vendor.revoked

    def test_the_answer_of_an_operator_who_is_none_any_more_connects_nothing(self, operator, now):
        session: dict[str, Any] = {}
        address = connect_account.begin(session, operator, "zoom", now=now, for_all=True)
        operator.is_staff = False
        operator.save()
        with pytest.raises(Refused):
            connect_account.finish(session, operator, "zoom", consented(address), now=now)
        assert not Connection.objects.exists()


class TestDisconnecting:
    def test_it_ends_at_once_and_is_given_back_and_forgotten(self, host, vendor, now):
        row = connected(host.user)
        refresh = vault.unseal(row.sealed_refresh)
        assert disconnect_account(row, now=now)
        with pytest.raises(NeedsReconnect):
            tokens.usable(row, now=now)
        run_jobs()
        row.refresh_from_db()
        assert refresh in vendor.revoked
        assert (row.sealed_access, row.sealed_refresh) == ("", "")
        assert not disconnect_account(row, now=now)

    def test_a_vendor_that_is_down_is_asked_again_before_anything_is_forgotten(self, host, vendor, now):
        row = connected(host.user)
        disconnect_account(row, now=now)
        vendor.faults.append(Fault(503))
        run_due(now)
        row.refresh_from_db()
        assert row.sealed_refresh
        run_jobs(now + 2 * HOUR)
        row.refresh_from_db()
        assert not row.sealed_refresh

    def test_one_that_is_being_renewed_is_given_back_with_its_new_tokens(self, host, vendor, now):
        row = connected(host.user)
        lease = clock.machine() + timedelta(seconds=50)
        Connection.objects.filter(pk=row.pk).update(refreshing_until=lease)
        disconnect_account(row, now=now)
        run_due(now)
        assert vendor.revoked == []
        fresh = vault.seal("the-new-one")
        Connection.objects.filter(pk=row.pk).update(refreshing_until=None, sealed_refresh=fresh)
        run_jobs(now + timedelta(minutes=2))
        assert "the-new-one" in vendor.revoked

    def test_an_account_connected_again_meanwhile_is_left_alone_at_the_vendor(self, host, vendor, now):
        row = connected(host.user)
        disconnect_account(row, now=now)
        again = connected(host.user)
        run_jobs()
        row.refresh_from_db()
        assert (vendor.revoked, row.sealed_refresh) == ([], "")
        again.refresh_from_db()
        assert again.pk != row.pk
        assert again.works

    def test_a_vendor_without_a_way_back_is_just_forgotten(self, host, vendor, now):
        row = connected(host.user, slug="microsoft")
        disconnect_account(row, now=now)
        run_jobs()
        row.refresh_from_db()
        assert (vendor.revoked, row.sealed_refresh) == ([], "")

    def test_a_link_of_ones_own_is_just_forgotten(self, host, vendor, now):
        row = save_own_link(host, "https://clinic.example/room", now=now)
        assert row.account_name == "clinic.example"
        disconnect_account(row, now=now)
        run_jobs()
        row.refresh_from_db()
        assert (row.state, row.sealed_access, vendor.revoked) == ("disconnected", "", [])

    def test_in_the_middle_of_making_a_room_the_session_is_where_the_room_is(self, paid, host, now):
        row = connected(host.user)
        Zoomish.script.append(lambda: disconnect_account(row, now=now))
        session = sell(paid)
        run_jobs()
        link = MeetingLink.objects.get(booking=session, status="ready")
        assert [link.room_id] == list(Zoomish.rooms.values())


class TestBreaking:
    @pytest.fixture
    def broken(self, host, now):
        row = connected(host.user)
        run_jobs()
        health.mark_broken(row, Connection.Problem.ENDED, now=now)
        return row

    def test_the_host_is_told_once_with_a_button(self, broken, host, now, settings):
        for _ in range(3):
            health.mark_broken(broken, Connection.Problem.ENDED, now=now)
            run_jobs()
        [mail] = mails()
        assert mail.user == host.user
        told = rendering.render(mail, now)
        assert told.subject == "Zoomish ended our access. Please connect it again."
        for text in (told.text, told.html):
            assert f"{settings.BASE_URL}/connections#zoom" in text
            assert "naoko@studio.example" in text

    def test_when_it_breaks_again_it_is_told_again(self, broken, host, now):
        run_jobs()
        again = connected(host.user)
        assert again.pk == broken.pk
        health.mark_broken(again, Connection.Problem.REFUSED, now=now + HOUR)
        run_jobs(now + HOUR)
        assert len(mails()) == 2

    def test_who_was_quicker_to_mend_it_is_not_told(self, broken, host, now):
        connected(host.user)
        run_jobs()
        assert mails() == []

    def test_a_mail_that_waited_too_long_does_not_go(self, broken, host, now):
        tell_reconnect(now, broken.pk)
        connected(host.user)
        run_jobs()
        assert [mail.state for mail in mails()] == ["dropped"]

    def test_operators_are_told_of_the_installations(self, operator, host, now):
        row = connected(operator, for_all=True)
        health.mark_broken(row, Connection.Problem.RIGHTS, now=now)
        run_jobs()
        [mail] = mails()
        assert mail.user == operator
        assert "/ops/connections#zoom" in rendering.render(mail, now).text

    def test_a_token_that_was_replaced_meanwhile_breaks_nothing(self, host, now):
        row = connected(host.user)
        assert not health.mark_broken(row, Connection.Problem.REFUSED, now=now, refused="an-older-one")
        row.refresh_from_db()
        assert row.works

    def test_sessions_fall_back_and_return_when_it_is_mended(self, broken, paid, host, now):
        first, second = sell(paid), sell(paid)
        run_jobs()
        assert places() == {first.pk: "builtin", second.pk: "builtin"}
        told = rendering.render(mails()[0], clock.now()).text
        assert "Your next 2 sessions moved to Duologue’s own room meanwhile." in told
        connected(host.user)
        run_jobs()
        assert places() == {first.pk: "zoomish", second.pk: "zoomish"}

    def test_rooms_that_could_not_be_taken_away_are_taken_away_later(self, paid, host, now):
        connected(host.user)
        session = sell(paid)
        run_jobs()
        row = Connection.objects.get()
        health.mark_broken(row, Connection.Problem.ENDED, now=now)
        cancel(session, by=Actor("operator"), reason="other", now=clock.now())
        run_jobs()
        assert Zoomish.rooms
        connected(host.user)
        run_jobs()
        run_jobs(clock.now() + HOUR)
        assert not Zoomish.rooms
        assert MeetingLink.objects.get(booking=session, platform="zoomish").deleted_at


def places():
    valid = MeetingLink.objects.filter(status__in=["provisional", "ready"])
    return dict(valid.values_list("booking", "platform"))


class TestLookingInTime:
    def probed(self, now):
        before = len(Zoomish.accounts)
        probe_connections(now)
        run_due(now)
        return len(Zoomish.accounts) - before

    def test_every_account_is_asked_once_a_day(self, host, now):
        connected(host.user, now=now)
        run_jobs()
        found = [self.probed(now + hours * HOUR) for hours in (1, 12, 23, 24, 25, 47, 48)]
        assert found == [0, 0, 0, 1, 0, 0, 1]

    def test_six_hours_before_a_session_it_is_asked_once_more(self, paid, host, now):
        connected(host.user, now=now)
        run_jobs()
        make_booking(paid, starts_at=now + 20 * HOUR)
        found = [self.probed(now + hours * HOUR) for hours in range(1, 20)]
        assert found == [0] * 13 + [1] + [0] * 5

    def test_a_session_that_is_cancelled_asks_for_nothing(self, paid, host, now):
        connected(host.user, now=now)
        run_jobs()
        make_booking(paid, starts_at=now + 20 * HOUR, status=Status.CANCELLED)
        assert sum(self.probed(now + hours * HOUR) for hours in range(1, 20)) == 0

    def test_the_installations_is_asked_all_day(self, operator, now):
        connected(operator, for_all=True, now=now)
        run_jobs()
        found = [self.probed(now + hours * HOUR) for hours in range(1, 13)]
        assert found == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]

    def test_one_that_ended_is_found_before_a_session_and_told(self, host, vendor, now):
        connected(host.user, now=now)
        run_jobs()
        vendor.end_consent()
        probe_connections(now + 24 * HOUR)
        run_jobs(now + 24 * HOUR)
        assert Connection.objects.get().is_broken
        assert len(mails()) == 1
        assert not Job.objects.filter(name="probe_connection").exists()

    def test_a_vendor_that_is_down_breaks_nothing(self, host, vendor, now):
        connected(host.user, now=now)
        run_jobs()
        Zoomish.script.extend([Retryable("Down.")] * 3)
        probe_connections(now + 24 * HOUR)
        run_due(now + 24 * HOUR)
        assert Connection.objects.get().works
        assert Job.objects.get(name="probe_connection").state == "waiting"

    def test_a_name_that_was_missing_is_added(self, host, vendor, now, monkeypatch):
        row = connect(vendor, host.user, account_name="", checked_at=None)
        monkeypatch.setattr(Zoomish, "probe", lambda self, account: "naoko@zoom.example")
        probe_connections(now)
        run_jobs()
        row.refresh_from_db()
        assert (row.account_name, row.checked_at is not None) == ("naoko@zoom.example", True)
