"""What does a host see and do on the Connections page, an operator on theirs, and everybody else?"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from django.core.management import call_command
from django.test import Client

from duologue.connections import health, vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.video import breaker
from duologue.video.models import MeetingLink
from duologue_simulators.oauth import AMARA
from tests.cast import make_host, signed_in
from tests.platforms import goes_wrong
from tests.sold import sell

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, OPS = "/connections", "/ops/connections"


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def card(client: Client, key: str, page: str = PAGE) -> str:
    """The words of one card."""
    html = client.get(page).content.decode()
    found = re.search(rf'<section class="card thing[^"]*" id="{key}".*?</section>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group()).split()) if found else ""


def vendors_page(response) -> str:
    """Where the page that is shown in between leads."""
    address = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', response.content.decode())
    assert address
    return address[1].replace("&amp;", "&")


def answered(address: str, answer: str = "allow", **more: Any) -> str:
    """Somebody decides on the vendor's page; the way back."""
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
    page = httpx.get(address).text
    scopes = re.findall(r'name="scope" value="([^"]+)"', page)
    said = urlencode({"answer": answer, "scope": scopes, **more}, doseq=True)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    place = f"{address.partition('?')[0]}?{urlencode(asked)}"
    back = urlsplit(httpx.post(place, content=said, headers=kind).headers["location"])
    return f"{back.path}?{back.query}"


def connect(client: Client, vendor: str = "zoom", page: str = PAGE, **answer: Any):
    """All of it; the page that stands at the end."""
    way_back = answered(vendors_page(client.post(f"{page}/{vendor}/connect")), **answer)
    return client.get(way_back, follow=True)


class TestConnecting:
    def test_a_host_connects_zoom_and_the_next_session_is_there(self, as_host, host, paid, zoom):
        assert "Connect" in card(as_host, "zoom")
        shown = text(connect(as_host))
        assert "Zoom is connected. New sessions take place there." in shown
        assert "Works naoko@studio.example, checked just now" in card(as_host, "zoom")
        session = sell(paid)
        run_due(clock.now() + timedelta(seconds=1))
        [link] = MeetingLink.objects.filter(booking=session, status="ready")
        assert link.platform == "zoom"
        assert zoom.meetings

    @pytest.mark.parametrize("vendor", ["google", "microsoft"])
    def test_other_vendors_are_connected_alike(self, as_host, host, google, microsoft, vendor):
        connect(as_host, vendor)
        assert "Works naoko@studio.example" in card(as_host, vendor)

    def test_at_most_four_clicks_of_ours_and_no_secret_on_any_page(self, as_host, host, zoom):
        """Connect is the only one; the page in between goes on by itself."""
        between = as_host.post(f"{PAGE}/zoom/connect")
        assert between.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        end = as_host.get(answered(vendors_page(between)), follow=True)
        row = Connection.objects.get()
        for secret in (vault.unseal(row.sealed_access), vault.unseal(row.sealed_refresh)):
            assert secret not in end.content.decode()
            assert secret not in as_host.get(PAGE).content.decode()

    def test_a_no_is_told_and_changes_nothing(self, as_host, host, zoom):
        shown = connect(as_host, answer="deny")
        assert "You did not allow it at Zoom, so nothing was connected." in text(shown)
        assert not Connection.objects.exists()

    def test_boxes_that_were_not_ticked_are_told_by_name(self, as_host, host, google):
        shown = connect(as_host, "google", scope=["openid", "email"])
        assert "Google did not allow us to make Google Meet rooms" in text(shown)

    def test_who_only_looks_whether_the_way_back_is_there_ends_nothing(self, as_host, host, zoom):
        way_back = answered(vendors_page(as_host.post(f"{PAGE}/zoom/connect")))
        assert as_host.head(way_back).status_code == 405
        as_host.get(way_back)
        assert Connection.objects.get().works

    def test_the_way_back_works_once(self, as_host, host, zoom):
        way_back = answered(vendors_page(as_host.post(f"{PAGE}/zoom/connect")))
        as_host.get(way_back)
        assert "This attempt to connect is over" in text(as_host.get(way_back, follow=True))

    def test_the_way_back_works_in_the_browser_that_began_only(self, as_host, host, zoom):
        way_back = answered(vendors_page(as_host.post(f"{PAGE}/zoom/connect")))
        elsewhere = signed_in(host.user)
        assert "was begun in another browser" in text(elsewhere.get(way_back, follow=True))
        assert not Connection.objects.exists()

    def test_signed_out_on_the_way_nothing_of_the_answer_is_kept_in_an_address(self, as_host, host, zoom):
        way_back = answered(vendors_page(as_host.post(f"{PAGE}/zoom/connect")))
        as_host.logout()
        assert as_host.get(way_back).headers["Location"] == "/sign-in?next=%2Fconnections"

    @pytest.mark.parametrize("vendor", ["daily", "link", "nobody", "constructor"])
    def test_what_cannot_be_connected_is_not_there(self, as_host, host, vendor):
        assert as_host.post(f"{PAGE}/{vendor}/connect").status_code == 404

    @pytest.mark.parametrize("query", ["", "?state=x", "?code=y", "?state=x&code=y", "?error=server_error"])
    def test_an_answer_out_of_nowhere_is_refused_with_a_sentence(self, as_host, host, zoom, query):
        shown = as_host.get(f"{PAGE}/zoom/callback{query}", follow=True)
        assert "Press Connect once more." in text(shown)

    @pytest.mark.parametrize("kind", ["503", "html", "truncated", "empty"])
    def test_a_vendor_out_of_order_is_told_and_no_error_page(self, as_host, host, zoom, kind):
        way_back = answered(vendors_page(as_host.post(f"{PAGE}/zoom/connect")))
        goes_wrong(zoom, kind, "POST /oauth/token")
        assert "Zoom did not answer as it should" in text(as_host.get(way_back, follow=True))


class TestTheAccount:
    @pytest.fixture
    def zoom_account(self, as_host, host, zoom):
        connect(as_host)
        return Connection.objects.get()

    def test_check_now_asks_the_vendor(self, as_host, zoom_account, zoom):
        assert "Zoom works." in text(as_host.post(f"{PAGE}/zoom/check", follow=True))
        zoom.end_consents()
        shown = text(as_host.post(f"{PAGE}/zoom/check", follow=True))
        assert "Zoom does not let us in any more. Connect the account again." in shown
        assert "Zoom Reconnect needed" in card(as_host, "zoom")

    def test_a_test_meeting_is_made_and_taken_away(self, as_host, zoom_account, zoom):
        shown = text(as_host.post(f"{PAGE}/zoom/test", follow=True))
        assert re.search(r"Zoom made a meeting in \d+\.\d s, and took it away again\. It works\.", shown)
        assert not zoom.meetings

    def test_a_test_meeting_that_fails_says_why(self, as_host, zoom_account, zoom):
        goes_wrong(zoom, "503", "POST /v2/users/me/meetings")
        assert "Zoom does not answer just now." in text(as_host.post(f"{PAGE}/zoom/test", follow=True))

    def test_who_tries_all_the_time_is_asked_to_wait(self, as_host, zoom_account):
        for _ in range(10):
            as_host.post(f"{PAGE}/zoom/check")
        assert "Wait five minutes" in text(as_host.post(f"{PAGE}/zoom/check", follow=True))

    def test_a_break_is_shown_with_what_it_means_on_the_page_and_the_dashboard(
        self, as_host, host, paid, zoom_account, zoom
    ):
        zoom.end_consents()
        Connection.objects.update(access_expires_at=clock.now())
        sell(paid)
        run_due(clock.now() + timedelta(seconds=1))
        told = "Zoom ended our access today. Your next session moved to Duologue’s own room meanwhile."
        assert told in card(as_host, "zoom")
        assert "Reconnect Zoom" in card(as_host, "zoom")
        for page in (PAGE, "/sessions"):
            assert told in text(as_host.get(page))
        connect(as_host)
        assert "Zoom ended our access" not in text(as_host.get("/sessions"))

    def test_disconnecting_asks_once_more_and_ends_it(self, as_host, zoom_account, zoom):
        asked = text(as_host.get(f"{PAGE}/zoom/disconnect"))
        assert "Disconnect Zoom?" in asked
        assert (
            "<dialog"
            in as_host.get(f"{PAGE}/zoom/disconnect", headers={"HX-Request": "true"}).content.decode()
        )
        assert Connection.objects.get().works
        assert "Zoom disconnected." in text(as_host.post(f"{PAGE}/zoom/disconnect", follow=True))
        run_due(clock.now())
        assert zoom.tokens.access
        assert all(grant.ended for grant, _ in zoom.tokens.access.values())
        assert as_host.get(f"{PAGE}/zoom/disconnect").status_code == 404

    def test_one_that_is_known_to_be_down_is_not_said_to_work(self, as_host, zoom_account, zoom):
        for _ in range(breaker.OPENS_AFTER):
            breaker.failed("zoom", now=clock.now())
        assert "Zoom Does not answer naoko@studio.example" in card(as_host, "zoom")
        shown = as_host.post(f"{PAGE}/zoom/test", follow=True)
        assert shown.redirect_chain[-1][0] == f"{PAGE}#zoom"
        assert "Zoom Works" in card(as_host, "zoom")

    def test_a_second_person_s_account_replaces_the_first(self, as_host, zoom_account, zoom):
        connect(as_host, person=AMARA.id)
        assert "amara@office.example" in card(as_host, "zoom")
        run_due(clock.now())
        assert [one.state for one in Connection.objects.order_by("pk")] == ["disconnected", "works"]


class TestTheOrder:
    def order(self, host) -> list[str]:
        host.refresh_from_db()
        return host.video_order

    def test_who_connects_an_account_wants_it_first(self, as_host, host, zoom, google):
        connect(as_host)
        assert self.order(host) == ["zoom"]
        connect(as_host, "google")
        assert self.order(host) == ["google_meet", "zoom"]
        connect(as_host)
        assert self.order(host) == ["google_meet", "zoom"], "connected once more it stays where it was put"

    def test_steps_are_kept_at_once_without_a_script(self, as_host, host, zoom):
        connect(as_host)
        assert (
            as_host.post(f"{PAGE}/order", {"step": "down:zoom"}).headers["Location"] == "/connections#order"
        )
        assert self.order(host) == ["builtin", "zoom"]
        as_host.post(f"{PAGE}/order", {"step": "up:zoom"})
        assert self.order(host) == ["zoom", "builtin"]

    def test_with_a_script_only_the_list_comes_back_and_is_read_out(self, as_host, host, zoom):
        connect(as_host)
        shown = as_host.post(f"{PAGE}/order", {"step": "down:zoom"}, headers={"HX-Request": "true"})
        assert shown.content.decode().startswith('<section class="card" id="order">')
        assert "Zoom is number 2." in text(shown)

    def test_what_is_not_used_can_be_added(self, as_host, host, google):
        connect(as_host, "google")
        assert "Google Meet, in your Google calendar" in text(as_host.get(PAGE))
        as_host.post(f"{PAGE}/order", {"step": "add:google_calendar"})
        assert self.order(host)[-1] == "google_calendar"

    def test_what_was_added_can_leave_and_what_everybody_has_stays(self, as_host, host, zoom):
        connect(as_host)
        page = as_host.get(PAGE).content.decode()
        assert 'aria-label="Remove Zoom"' in page
        assert 'value="drop:builtin"' not in page
        shown = as_host.post(f"{PAGE}/order", {"step": "drop:zoom"}, headers={"HX-Request": "true"})
        assert self.order(host) == ["builtin"]
        assert "Zoom is not used." in text(shown)
        assert re.search(r'autofocus name="step" value="add:zoom"', shown.content.decode())
        shown = as_host.post(f"{PAGE}/order", {"step": "add:zoom"}, headers={"HX-Request": "true"})
        assert re.search(r'id="up-zoom" autofocus', shown.content.decode())
        assert Connection.objects.get().works

    def test_connected_once_more_it_is_not_promised_what_the_order_does_not_keep(self, as_host, host, zoom):
        connect(as_host)
        as_host.post(f"{PAGE}/order", {"step": "down:zoom"})
        assert "Zoom is connected, and keeps its place in your order." in text(connect(as_host))

    def test_the_hosts_page_says_where_people_meet(self, as_host, as_nobody, host, paid, zoom):
        assert "Meets in Duologue’s own room" in text(as_nobody.get("/h/naoko-ishida"))
        connect(as_host)
        assert "Meets on Zoom" in text(as_nobody.get("/h/naoko-ishida"))
        health.mark_broken(Connection.objects.get(), Connection.Problem.ENDED, now=clock.now())
        assert "Meets in Duologue’s own room" in text(as_nobody.get("/h/naoko-ishida"))

    @pytest.mark.parametrize(
        "step",
        [
            "",
            "up",
            "up:",
            "up:zoom",
            "down:builtin",
            "add:zoom",
            "away:builtin",
            "drop:builtin",
            "drop:zoom",
            "up:\x00",
        ],
    )
    def test_steps_that_lead_nowhere_change_nothing(self, as_host, host, step):
        as_host.post(f"{PAGE}/order", {"step": step})
        assert self.order(host) in ([], ["builtin"])

    def test_who_disconnects_is_not_asked_for_it_any_more(self, as_host, host, zoom):
        connect(as_host)
        as_host.post(f"{PAGE}/zoom/disconnect")
        assert self.order(host) == []


class TestALinkOfOnesOwn:
    def test_it_is_kept_with_the_warning_and_can_be_changed_and_removed(self, as_host, host):
        assert "All your sessions share this one address." in text(as_host.get(f"{PAGE}/link"))
        shown = as_host.post(f"{PAGE}/link", {"link": " https://clinic.example/room/7 "}, follow=True)
        assert "Your link is saved." in text(shown)
        assert "Works clinic.example, the same address for all your sessions" in card(as_host, "link")
        assert "All your sessions share this one address." in card(as_host, "link")
        as_host.post(f"{PAGE}/link", {"link": "https://other.example/"})
        assert "other.example" in card(as_host, "link")
        assert Connection.objects.count() == 1
        assert "Your link is removed." in text(as_host.post(f"{PAGE}/link/disconnect", follow=True))
        assert "Add link" in card(as_host, "link")

    @pytest.mark.parametrize("link", ["", "http://clinic.example", "javascript:alert(1)", "x" * 5000])
    def test_what_cannot_serve_is_refused_at_its_field(self, as_host, host, link):
        shown = as_host.post(f"{PAGE}/link", {"link": link})
        assert shown.status_code == 422
        assert 'aria-invalid="true"' in shown.content.decode()
        assert not Connection.objects.exists()

    def test_the_address_is_in_no_page_and_no_row_in_plain(self, as_host, host):
        as_host.post(f"{PAGE}/link", {"link": "https://clinic.example/secret-room"})
        assert "secret-room" not in as_host.get(PAGE).content.decode()
        assert "secret-room" not in str(Connection.objects.values().get())


class TestWhoMayDoWhat:
    """Host, another host, attendee, operator, nobody."""

    OWN = (
        ("get", PAGE),
        ("post", f"{PAGE}/order"),
        ("get", f"{PAGE}/link"),
        ("post", f"{PAGE}/zoom/connect"),
        ("post", f"{PAGE}/zoom/check"),
        ("post", f"{PAGE}/zoom/test"),
        ("get", f"{PAGE}/zoom/disconnect"),
        ("post", f"{PAGE}/zoom/disconnect"),
    )
    FOR_ALL = (
        ("get", OPS),
        ("post", f"{OPS}/zoom/connect"),
        ("post", f"{OPS}/zoom/test"),
        ("post", f"{OPS}/zoom/disconnect"),
    )

    @pytest.mark.parametrize(("method", "page"), OWN)
    def test_pages_of_hosts_ask_others_to_sign_in_or_become_one(
        self, as_attendee, as_nobody, as_operator, zoom, method, page
    ):
        assert getattr(as_nobody, method)(page).headers["Location"].startswith("/sign-in?next=%2Fconnections")
        for client in (as_attendee, as_operator):
            assert getattr(client, method)(page).headers["Location"] == "/become-a-host"

    @pytest.mark.parametrize(("method", "page"), FOR_ALL)
    def test_pages_of_operators_are_not_there_for_others(
        self, as_host, as_attendee, as_nobody, zoom, method, page
    ):
        assert getattr(as_nobody, method)(page).headers["Location"].startswith("/sign-in")
        for client in (as_host, as_attendee):
            assert getattr(client, method)(page).status_code == 404

    def test_nobody_reaches_another_hosts_account(self, as_host, host, zoom):
        connect(as_host)
        other = signed_in(make_host().user)
        assert "naoko@studio.example" not in text(other.get(PAGE))
        for page in ("check", "disconnect", "test"):
            assert other.post(f"{PAGE}/zoom/{page}").status_code == 404
        assert Connection.objects.get().works

    def test_an_attendee_cannot_bring_an_answer_home(self, as_attendee, attendee, zoom):
        shown = as_attendee.get(f"{PAGE}/zoom/callback?state=x&code=y")
        assert shown.headers["Location"] == PAGE
        assert not Connection.objects.exists()

    def test_every_change_needs_our_own_form(self, host, zoom):
        client = Client(enforce_csrf_checks=True)
        client.force_login(host.user)
        for page in ("zoom/connect", "zoom/check", "zoom/test", "zoom/disconnect", "order", "link"):
            assert client.post(f"{PAGE}/{page}").status_code == 403


class TestTheInstallation:
    def test_an_operator_connects_one_account_for_everybody(
        self, as_operator, as_host, host, paid, zoom, settings
    ):
        settings.DUOLOGUE_VIDEO_DEFAULT = "zoom"
        shown = connect(as_operator, "zoom", OPS)
        assert "Zoom is connected for the whole site." in text(shown)
        assert shown.redirect_chain[-1][0] == OPS
        assert "naoko@studio.example" in card(as_operator, "zoom", OPS)
        assert "Works Provided by the operator of this site" in card(as_host, "zoom")
        sell(paid)
        run_due(clock.now() + timedelta(seconds=1))
        assert MeetingLink.objects.get(status="ready").platform == "zoom"

    def test_hosts_do_not_learn_whose_it_is(self, as_operator, as_host, host, zoom):
        connect(as_operator, "zoom", OPS)
        assert "naoko@studio.example" not in text(as_host.get(PAGE))

    def test_it_can_be_tried_and_disconnected(self, as_operator, zoom):
        connect(as_operator, "zoom", OPS)
        assert "It works." in text(as_operator.post(f"{OPS}/zoom/test", follow=True))
        asked = text(as_operator.get(f"{OPS}/zoom/disconnect"))
        assert "Disconnect Zoom?" in asked
        assert "Mentors who connected an account of their own keep it." in asked
        assert Connection.objects.get().works
        assert "Zoom disconnected." in text(as_operator.post(f"{OPS}/zoom/disconnect", follow=True))
        assert as_operator.post(f"{OPS}/zoom/disconnect").status_code == 404

    def test_a_no_is_told_where_it_was_begun(self, as_operator, zoom):
        shown = connect(as_operator, "zoom", OPS, answer="deny")
        assert shown.redirect_chain[-1][0] == OPS
        assert "You did not allow it at Zoom" in text(shown)

    def test_what_settings_lack_is_named_with_where_to_find_it(self, as_operator, settings):
        settings.DUOLOGUE_ZOOM_CLIENT_ID = settings.DUOLOGUE_ZOOM_CLIENT_SECRET = ""
        shown = card(as_operator, "zoom", OPS)
        assert "DUOLOGUE_ZOOM_CLIENT_ID" in shown
        assert "/connections/zoom/callback" in shown
        assert "DUOLOGUE_DAILY_API_KEY" in card(as_operator, "daily", OPS)

    def test_keys_that_are_set_serve_every_host(self, as_operator, as_host, host, settings):
        settings.DUOLOGUE_DAILY_API_KEY = "key"
        assert "The keys are set" in card(as_operator, "daily", OPS)
        assert "Provided by the operator of this site Make a test meeting" in card(as_host, "daily")
        settings.DUOLOGUE_DAILY_API_KEY = ""
        assert card(as_host, "daily") == ""

    def test_keys_that_do_not_work_are_not_said_to_work(self, as_operator, host, paid, settings, daily):
        settings.DUOLOGUE_VIDEO_DEFAULT = "daily"
        settings.DUOLOGUE_DAILY_API_KEY = "dead"
        sell(paid)
        run_due(clock.now() + timedelta(seconds=1))
        shown = card(as_operator, "daily", OPS)
        assert "Daily Failed The keys are set" in shown
        assert "tries failed in the last 24 hours" in shown

    def test_what_gave_up_names_the_account(self, as_operator, as_host, host, zoom):
        connect(as_host)
        as_host.post(f"{PAGE}/zoom/disconnect")
        Job.objects.filter(name="revoke_account").update(state="failed")
        shown = text(as_operator.get("/ops/jobs?show=failed"))
        assert "End of an account revoke_account Zoom, naoko@studio.example" in shown

    def test_hosts_in_trouble_are_listed(self, as_operator, as_host, host, zoom):
        connect(as_host)
        health.mark_broken(Connection.objects.get(), Connection.Problem.RIGHTS, now=clock.now())
        shown = text(as_operator.get(OPS))
        assert "Naoko Ishida Zoom no longer allows all that we need." in shown

    def test_a_broken_one_is_shown_with_a_button(self, as_operator, zoom):
        connect(as_operator, "zoom", OPS)
        health.mark_broken(Connection.objects.get(), Connection.Problem.ENDED, now=clock.now())
        assert "Reconnect needed" in card(as_operator, "zoom", OPS)
        connect(as_operator, "zoom", OPS)
        assert Connection.objects.get().works


def test_no_token_is_written_to_the_log(as_host, host, paid, zoom, caplog):
    caplog.set_level("DEBUG")
    connect(as_host)
    sell(paid)
    run_due(clock.now() + timedelta(seconds=1))
    Connection.objects.update(access_expires_at=clock.now())
    as_host.post(f"{PAGE}/zoom/check")
    zoom.end_consents()
    as_host.post(f"{PAGE}/zoom/check")
    assert len(zoom.tokens.access) >= 2
    for secret in (*zoom.tokens.access, *zoom.tokens.refresh):
        assert secret not in caplog.text


def test_models_and_migrations_agree():
    call_command("makemigrations", "connections", check=True, dry_run=True, verbosity=0)
