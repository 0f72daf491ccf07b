"""Can somebody become a host, keep their page and their offers, and nobody else's?"""

import pytest

from duologue.accounts.models import Host
from duologue.accounts.search import fold
from duologue.core.money import Money
from duologue.notifications.models import OutgoingMail
from duologue.scheduling.models import EventType
from duologue.usecases.save_host import propose_slug
from tests.cast import make_booking, make_event_type, make_host, make_user, signed_in

pytestmark = pytest.mark.django_db
PAGE = {
    "name": "Tomás Rivero",
    "slug": "tomas-rivero",
    "headline": "Engineering manager",
    "topics": "Leadership,, interviews; Leadership",
    "languages": "English, Spanish",
    "location": "Seville",
    "bio": "First.\r\n\r\n\r\n\r\nSecond.\x07",
}
OFFER = {
    "name": "Getting ready to lead",
    "description": "Sixty minutes",
    "duration": "60",
    "price": "80",
    "currency": "EUR",
    "slot_step": "30",
    "buffer_before": "0",
    "buffer_after": "15",
    "minimum_notice": "720",
    "horizon_days": "60",
    "daily_limit": "4",
}


def errors(response) -> str:
    assert response.status_code == 422
    return response.content.decode()


class TestBecomingAHost:
    def test_the_page_waits_for_approval_and_operators_hear_of_it(self, operator):
        user = make_user(name="Tomás Rivero")
        client = signed_in(user)
        assert "tomas-rivero" in client.get("/become-a-host").content.decode()
        assert client.post("/become-a-host", PAGE).headers["Location"] == "/availability"
        host = Host.objects.get(user=user)
        assert (host.status, host.topics, host.bio) == (
            "waiting",
            "Leadership, interviews",
            "First.\n\nSecond.",
        )
        assert "tomas rivero engineering manager" in host.search_text
        mail = OutgoingMail.objects.get(template="host_application")
        assert (mail.user, mail.params) == (operator, {"host_id": host.pk})
        user.refresh_from_db()
        assert user.time_zone_chosen

    def test_nobody_sees_or_books_a_waiting_host(self, client, attendee):
        host = make_host(status=Host.Status.WAITING, approved_at=None)
        make_event_type(host)
        assert client.get(f"/h/{host.slug}").status_code == 404
        page = signed_in(host.user).get("/availability").content.decode()
        assert "Your page waits for approval" in page
        assert "See my page" not in page

    def test_a_second_application_changes_nothing(self, as_host, host):
        assert as_host.post("/become-a-host", PAGE).headers["Location"] == "/hosting"
        host.refresh_from_db()
        assert host.slug == "naoko-ishida"

    @pytest.mark.parametrize(
        ("slug", "words"),
        [
            ("naoko-ishida", "has this address already"),
            ("Naoko-Ishida", "has this address already"),
            ("admin", "reserved"),
            ("sign-in", "reserved"),
            ("ab", "3 to 60"),
            ("a b", "3 to 60"),
            ("-abc", "3 to 60"),
            ("naoko\u2010i", "3 to 60"),
            ("石田直子", "3 to 60"),
            ("../etc", "3 to 60"),
            ("x" * 200, "60"),
        ],
    )
    def test_addresses_that_cannot_be_had(self, as_stranger, host, slug, words):
        assert words in errors(as_stranger.post("/become-a-host", {**PAGE, "slug": slug}))
        assert Host.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("headline", ""),
            ("headline", "\u200b\u202e "),
            ("headline", "x" * 121),
            ("name", ""),
            ("bio", "x" * 4001),
            ("bio", "x" * 500_000),
            ("topics", "a," * 200),
        ],
    )
    def test_absurd_pages_are_refused(self, as_stranger, field, typed):
        errors(as_stranger.post("/become-a-host", {**PAGE, field: typed}))
        assert not Host.objects.exists()

    def test_html_stays_text(self, as_host, host, client):
        told = {
            **PAGE,
            "slug": host.slug,
            "headline": "<img src=x onerror=alert(1)>",
            "bio": "<script>alert(1)</script>",
        }
        assert as_host.post("/hosting", told).status_code == 302
        for page in (as_host.get("/hosting"), as_host.get("/profile"), client.get(f"/h/{host.slug}")):
            assert "<script>alert" not in page.content.decode()
            assert "<img src=x" not in page.content.decode()

    def test_an_edit_reaches_the_directory(self, as_host, host):
        as_host.post("/hosting", {**PAGE, "slug": "naoko", "bio": "Überraschend"})
        host.refresh_from_db()
        assert host.slug == "naoko"
        assert fold("ÜBERRASCHEND") in host.search_text
        assert host.status == Host.Status.APPROVED

    def test_a_refused_edit_keeps_everything(self, as_host, host):
        other = make_host(slug="taken")
        response = as_host.post("/hosting", {**PAGE, "slug": other.slug})
        assert "has this address already" in errors(response)
        host.refresh_from_db()
        host.user.refresh_from_db()
        assert (host.slug, host.user.name) == ("naoko-ishida", "Naoko Ishida")

    def test_proposed_addresses_are_free_and_readable(self, host):
        assert propose_slug("Naoko Ishida") == "naoko-ishida-2"
        assert propose_slug("Zoë Ångström") == "zoe-angstrom"
        assert propose_slug("Admin") == "admin-2"
        assert propose_slug("石田直子").startswith("host-")
        assert len(propose_slug("x" * 500)) <= 60


class TestFormerAddresses:
    def move(self, client, slug):
        response = client.post("/hosting", {**PAGE, "slug": slug})
        assert response.status_code == 302, errors(response)

    @pytest.fixture(autouse=True)
    def _moved(self, as_host, host):
        self.move(as_host, "naoko")
        self.move(as_host, "naoko-the-designer")

    @pytest.mark.parametrize("former", ["naoko-ishida", "naoko"])
    def test_links_to_them_lead_on_with_all_that_they_ask(self, former, client):
        moved = client.get(f"/h/{former}?offer=first-talk&month=2026-12")
        assert moved.status_code == 301
        assert moved.headers["Location"] == "/h/naoko-the-designer?offer=first-talk&month=2026-12"
        assert moved.headers["Cache-Control"] == "no-cache"
        assert client.get(moved.headers["Location"]).status_code == 200

    def test_nobody_else_gets_them(self, as_stranger):
        taken = as_stranger.post("/become-a-host", {**PAGE, "slug": "naoko-ishida"})
        assert "has this address already" in errors(taken)
        assert propose_slug("Naoko Ishida") == "naoko-ishida-2"

    def test_the_host_may_take_one_back(self, as_host, client):
        self.move(as_host, "naoko-ishida")
        assert client.get("/h/naoko-ishida").status_code == 200
        assert client.get("/h/naoko-the-designer").headers["Location"] == "/h/naoko-ishida"

    def test_they_do_not_tell_of_a_page_that_is_closed(self, host, client, as_operator):
        Host.objects.update(status=Host.Status.SUSPENDED)
        assert client.get("/h/naoko-ishida").status_code == 404
        assert as_operator.get("/h/naoko-ishida").status_code == 301


def test_an_address_that_was_never_public_is_free_again(as_stranger, as_nobody, attendee):
    as_stranger.post("/become-a-host", PAGE)
    as_stranger.post("/hosting", {**PAGE, "slug": "tomas"})
    assert as_nobody.get(f"/h/{PAGE['slug']}").status_code == 404
    assert signed_in(attendee).post("/become-a-host", PAGE).status_code == 302


class TestWhoMayOpenWhat:
    pages = (
        "/availability",
        "/hosting",
        "/offers",
        "/offers/new",
        "/availability/special-days",
        "/availability/blocked-times",
    )

    @pytest.mark.parametrize("page", pages)
    def test_hosts_may(self, as_host, page):
        assert as_host.get(page).status_code == 200

    @pytest.mark.parametrize("page", pages)
    def test_others_are_led_to_where_they_may(self, as_stranger, as_operator, client, page):
        for who in (as_stranger, as_operator):
            assert who.get(page).headers["Location"] == "/become-a-host"
        assert client.get(page).headers["Location"].startswith("/sign-in?")

    @pytest.mark.parametrize(
        "page", ["/availability", "/hosting", "/offers/new", "/availability/blocked-times"]
    )
    def test_what_others_send_is_not_kept(self, as_stranger, client, page):
        assert as_stranger.post(page, OFFER).headers["Location"] == "/become-a-host"
        assert client.post(page, OFFER).headers["Location"].startswith("/sign-in?")
        assert not EventType.objects.exists()

    def test_no_host_touches_the_offers_of_another(self, paid):
        other = signed_in(make_host().user)
        assert other.get(f"/offers/{paid.pk}").status_code == 404
        assert other.post(f"/offers/{paid.pk}", OFFER).status_code == 404
        assert other.post(f"/offers/{paid.pk}/offered", {"offered": "0"}).status_code == 404
        paid.refresh_from_db()
        assert (paid.name, paid.is_active) == ("Mentoring hour", True)

    @pytest.mark.parametrize("page", ["/offers/0", "/offers/99999999999999999999", "/offers/x", "/offers/-1"])
    def test_unknown_offers_are_not_found(self, as_host, page):
        assert as_host.get(page).status_code == 404


class TestOffers:
    def test_one_is_added_with_its_rules(self, as_host, host):
        assert as_host.post("/offers/new", OFFER).headers["Location"] == "/offers"
        offer = host.event_types.get(slug="getting-ready-to-lead")
        assert offer.price == Money(8000, "EUR")
        assert (offer.duration, offer.buffer_after, offer.daily_limit, offer.position) == (60, 15, 4, 2)
        assert "Getting ready to lead" in as_host.get("/offers").content.decode()

    def test_two_of_one_name_have_two_addresses(self, as_host, host):
        for _ in range(2):
            as_host.post("/offers/new", OFFER)
        slugs = host.event_types.filter(name=OFFER["name"]).values_list("slug", flat=True)
        assert sorted(slugs) == ["getting-ready-to-lead", "getting-ready-to-lead-2"]

    @pytest.mark.parametrize(
        ("price", "currency", "amount"),
        [
            ("65", "EUR", 6500),
            ("65.5", "EUR", 6550),
            ("65,50", "EUR", 6550),
            (" 0 ", "EUR", 0),
            ("5000", "JPY", 5000),
            ("6.500", "KWD", 6500),
            ("6,51", "KWD", 6510),
            ("5000", "ISK", 5000),
            ("0.51", "USD", 51),
        ],
    )
    def test_prices_are_typed_in_main_units(self, as_host, host, price, currency, amount):
        as_host.post("/offers/new", {**OFFER, "price": price, "currency": currency})
        assert host.event_types.get(name=OFFER["name"]).price == Money(amount, currency)

    @pytest.mark.parametrize(
        ("price", "currency"),
        [
            *(
                (price, "EUR")
                for price in ("", "free", "-5", "1.000", "1e5", "NaN", "sNaN", "Infinity", "🙂", "65\x00")
            ),
            *((price, "EUR") for price in ("1000000", "9" * 15, "9" * 9000)),
            *(("65", currency) for currency in ("XXX", "", "EURO")),
            ("1,000", "USD"),
            ("5000.50", "JPY"),
            ("49", "JPY"),
            ("0.49", "EUR"),
            ("6.505", "KWD"),
        ],
    )
    def test_prices_that_are_none_are_refused(self, as_host, host, price, currency):
        errors(as_host.post("/offers/new", {**OFFER, "price": price, "currency": currency}))
        assert host.event_types.count() == 2

    @pytest.mark.parametrize(
        ("price", "currency", "words"),
        [
            ("6.505", "KWD", "Cards take KWD only with a 0 as its last digit, for example"),
            ("0.49", "EUR", "A price is €0.50 or more, or 0 if it is free."),
            ("1000000", "EUR", "A price is €999,999.99 or less."),
        ],
    )
    def test_says_why_a_price_cannot_be_charged(self, as_host, price, currency, words):
        answer = as_host.post("/offers/new", {**OFFER, "price": price, "currency": currency})
        assert words in answer.content.decode()

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            *(("name", typed) for typed in ("", "x" * 10_000, "\u200b")),
            *(("duration", typed) for typed in ("0", "4", "481", "1.5", "9" * 20)),
            ("description", "x" * 301),
            ("slot_step", "0"),
            ("slot_step", "7"),
            ("buffer_after", "-15"),
            ("horizon_days", "9999"),
            ("minimum_notice", "x"),
            ("daily_limit", "-1"),
        ],
    )
    def test_absurd_offers_are_refused(self, as_host, host, field, typed):
        errors(as_host.post("/offers/new", {**OFFER, field: typed}))
        assert host.event_types.count() == 2

    def test_a_change_leaves_bookings_as_they_were_sold(self, as_host, paid, attendee):
        booking = make_booking(paid, attendee)
        before = (booking.starts_at, booking.ends_at, booking.title, booking.price, booking.blocked_until)
        changed = {**OFFER, "price": "90", "currency": "USD", "duration": "45"}
        assert as_host.post(f"/offers/{paid.pk}", changed).status_code == 302
        paid.refresh_from_db()
        booking.refresh_from_db()
        assert (paid.price, paid.duration, paid.slug) == (Money(9000, "USD"), 45, "mentoring-hour")
        assert (
            booking.starts_at,
            booking.ends_at,
            booking.title,
            booking.price,
            booking.blocked_until,
        ) == before

    def test_what_is_kept_stands_in_the_form(self, as_host, host):
        offer = make_event_type(
            host, price=5000, currency="JPY", buffer_after=25, minimum_notice=100, daily_limit=7
        )
        page = as_host.get(f"/offers/{offer.pk}").content.decode()
        assert 'value="5000"' in page
        for value in ("JPY", "25", "100", "7"):
            assert f'<option value="{value}" selected>' in page

    def test_a_retired_offer_cannot_be_booked_and_comes_back(self, as_host, paid, client):
        as_host.post(f"/offers/{paid.pk}/offered", {"offered": "0"})
        assert not EventType.objects.get(pk=paid.pk).is_active
        assert "Mentoring hour" not in client.get(f"/h/{paid.host.slug}").content.decode()
        as_host.post(f"/offers/{paid.pk}/offered", {"offered": "1"})
        assert EventType.objects.get(pk=paid.pk).is_active

    def test_retiring_needs_a_post(self, as_host, paid):
        assert as_host.get(f"/offers/{paid.pk}/offered").status_code == 405

    def test_a_host_without_offers_is_told(self):
        client = signed_in(make_host().user)
        assert "Nothing on offer yet" in client.get("/offers").content.decode()
        assert "Nothing can be booked yet" in client.get("/availability").content.decode()
