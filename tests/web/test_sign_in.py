"""Can people come in by mailed code and by password, and nobody else?"""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.test import Client

from duologue.accounts import browsers, upkeep
from duologue.accounts.models import ApiToken, KnownBrowser, MailedCode, User
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.usecases import mail_code as mailing
from tests.cast import PASSWORD, code_for, make_booking, make_user, signed_in

pytestmark = pytest.mark.django_db
AMARA = "amara@people.example"


def who(client: Client) -> User | None:
    """Who is signed in, as the next page will see it."""
    request = HttpRequest()
    request.session = client.session
    user = get_user(request)
    return user if isinstance(user, User) else None


def ask(client: Client, email: str = AMARA, **more: str) -> str:
    """Ask for a code; the address of the page that takes it."""
    response = client.post("/sign-in", {"email": email, **more})
    assert response.status_code == 302, response.content.decode()
    return str(response.headers["Location"])


def enter(client: Client, page: str, digits: str):
    """Type the code as the form on the page sends it."""
    query = parse_qs(urlsplit(page).query)
    return client.post(
        "/sign-in/code", {"code": digits, "code_id": query["code"][0], "next": query["next"][0]}
    )


def told(response) -> str:
    """What a page says, without the tokens, ids and times that differ each time."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\w{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d:\d\d", "", main)


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06}"


@pytest.mark.parametrize("way", ["/sign-in?way=password", "/sign-in"])
def test_the_other_way_of_signing_in_keeps_what_was_typed(client, way):
    page = client.post(way, {"email": AMARA, "next": "/profile", "other_way": ""})
    assert page.status_code == 200
    assert f'value="{AMARA}"' in page.content.decode()
    assert 'name="next" value="/profile"' in page.content.decode()
    assert "errors" not in told(page)
    assert not MailedCode.objects.exists()


def test_what_is_not_one_s_own_leads_to_signing_in_and_back(client, attendee):
    assert "/sign-in?next=/offers/9" in told(client.get("/offers/9/nowhere"))
    assert "/sign-in" not in told(signed_in(attendee).get("/offers/9/nowhere"))


def test_the_sign_in_page_says_what_a_code_opens(client):
    page = client.get("/sign-in").content.decode()
    assert "with or without an account" in page


def test_a_code_signs_in_who_has_an_account(client, attendee):
    page = ask(client)
    assert AMARA in client.get(page).content.decode()
    response = enter(client, page, code_for(AMARA))
    assert response.headers["Location"] == "/sessions"
    assert who(client) == attendee


def test_a_code_makes_an_account_for_who_has_none(client):
    page = ask(client, "New.Person@People.Example ")
    enter(client, page, code_for("new.person@people.example"))
    user = User.objects.get(email="new.person@people.example")
    assert who(client) == user
    assert user.email_proved_at is not None
    assert not user.has_usable_password()


def test_a_code_may_be_typed_with_blanks_and_in_other_digits(client, attendee):
    page = ask(client)
    digits = code_for(AMARA)
    arabic = "".join(chr(0x0660 + int(digit)) for digit in digits)
    enter(client, page, f" {arabic[:3]} {arabic[3:]} ")
    assert who(client) == attendee


def test_one_mail_is_owed_for_a_code(client):
    ask(client)
    code = MailedCode.objects.get()
    mail = OutgoingMail.objects.get()
    assert (mail.template, mail.code_id) == ("code", code.pk)


def test_after_the_proof_it_goes_on_where_it_was_asked(client, attendee):
    page = ask(client, next="/bookings/0190b5d8-0000-7000-8000-000000000000/details?x=1")
    response = enter(client, page, code_for(AMARA))
    assert response.headers["Location"] == "/bookings/0190b5d8-0000-7000-8000-000000000000/details?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "sessions",
        "/" * 3000,
    ],
)
def test_it_never_goes_on_to_another_site(client, attendee, elsewhere):
    page = ask(client, next=elsewhere)
    assert enter(client, page, code_for(AMARA)).headers["Location"] == "/sessions"
    assert client.get("/sign-in", {"next": elsewhere}).headers["Location"] == "/sessions"


def test_five_wrong_attempts_end_a_code(client, attendee):
    page = ask(client)
    digits = code_for(AMARA)
    answers = [enter(client, page, wrong(digits)).content.decode() for _ in range(5)]
    assert "You have 4 attempts left" in answers[0]
    assert "You have 1 attempt left" in answers[3]
    assert "for the fifth time" in answers[4]
    response = enter(client, page, digits)
    assert response.status_code == 422
    assert "does not work any more" in response.content.decode()
    assert who(client) is None


def test_a_code_works_once(client, attendee):
    page = ask(client)
    digits = code_for(AMARA)
    enter(client, page, digits)
    client.post("/sign-out")
    assert enter(client, page, digits).status_code == 422
    assert who(client) is None


def test_pressing_the_button_twice_leads_on(client, attendee):
    page = ask(client)
    digits = code_for(AMARA)
    enter(client, page, digits)
    assert enter(client, page, digits).headers["Location"] == "/sessions"
    assert client.get(page).headers["Location"] == "/sessions"


def test_a_code_does_not_work_in_another_browser(client, attendee):
    page = ask(client)
    other = Client()
    other.get("/sign-in")
    ask(other, "other@people.example")
    for browser in (other, Client()):
        response = enter(browser, page, code_for(AMARA))
        assert response.headers["Location"].startswith("/sign-in?")
        assert who(browser) is None
    assert enter(client, page, code_for(AMARA)).status_code == 302


def test_a_code_ends_after_a_quarter_of_an_hour(client, attendee):
    page = ask(client)
    MailedCode.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert "does not work any more" in client.get(page).content.decode()
    assert enter(client, page, code_for(AMARA)).status_code == 422
    assert who(client) is None


def test_a_newer_code_replaces_the_one_before(client, attendee):
    page = ask(client)
    digits = code_for(AMARA)
    query = parse_qs(urlsplit(page).query)
    again = client.post("/sign-in/code", {"code_id": query["code"][0], "next": "/profile", "again": "1"})
    assert enter(client, page, digits).status_code == 422
    assert enter(client, again.headers["Location"], code_for(AMARA)).headers["Location"] == "/profile"


def test_a_code_for_a_second_device_signs_nobody_in(client, attendee):
    page = ask(client)
    MailedCode.objects.update(purpose=MailedCode.Purpose.SECOND_DEVICE)
    enter(client, page, code_for(AMARA))
    assert who(client) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "🙂" * 6, "0" * 5000, "\x00" * 6])
def test_what_is_no_code_is_refused_in_words(client, attendee, typed):
    page = ask(client)
    assert enter(client, page, typed).status_code == 422
    assert who(client) is None


@pytest.mark.parametrize("named", ["", "x", "0190b5d8-0000-7000-8000-000000000000", "'; drop table"])
def test_unknown_codes_lead_back_to_the_start(client, named):
    client.post("/sign-in", {"email": AMARA})
    response = client.get("/sign-in/code", {"code": named, "next": "/profile"})
    assert response.headers["Location"] == "/sign-in?next=%2Fprofile"


@pytest.mark.parametrize(
    "typed", ["", "amara", "a@b", "a b@c.example", "x" * 300 + "@a.example", "a@b.example\nBcc: c"]
)
def test_what_is_no_address_gets_no_mail(client, typed):
    assert client.post("/sign-in", {"email": typed}).status_code == 422
    assert not MailedCode.objects.exists()


def test_a_password_signs_in(client, attendee):
    response = client.post("/sign-in?way=password", {"email": AMARA.upper(), "password": PASSWORD})
    assert response.headers["Location"] == "/sessions"
    assert who(client) == attendee


def test_signing_in_gives_the_session_a_new_key(client, attendee):
    client.post("/sign-up", {"name": "A", "email": "a@people.example"})
    before = client.session.session_key
    client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
    assert client.session.session_key != before


def test_unknown_addresses_and_wrong_passwords_are_answered_alike(client, attendee):
    unknown = client.post("/sign-in?way=password", {"email": "nobody@people.example", "password": PASSWORD})
    mistyped = client.post("/sign-in?way=password", {"email": AMARA, "password": "not the password"})
    assert unknown.status_code == mistyped.status_code == 422
    said = [told(unknown).replace("nobody@people.example", AMARA), told(mistyped)]
    assert said[0] == said[1]
    assert "is not right" in said[0]


def test_asking_for_a_code_does_not_tell_who_has_an_account(client, attendee):
    known, unknown = ask(client), ask(client, "nobody@people.example")
    said = [told(client.get(page)).replace("nobody", "amara") for page in (known, unknown)]
    assert said[0] == said[1]
    assert OutgoingMail.objects.filter(template="code").count() == 2


def test_wrong_passwords_are_slowed_down(client, attendee):
    for _ in range(5):
        client.post("/sign-in?way=password", {"email": AMARA, "password": "not the password"})
    response = client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
    assert "many attempts" in response.content.decode()
    assert who(client) is None


def test_a_closed_account_does_not_open(client, attendee):
    User.objects.update(is_active=False)
    client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
    assert who(client) is None
    page = ask(client)
    assert "This account is closed" in enter(client, page, code_for(AMARA)).content.decode()
    assert who(client) is None


def test_an_unknown_address_is_written_to_in_the_browser_s_language(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    german = Client(headers={"Accept-Language": "de-AT,de;q=0.9"})
    page = ask(german)
    assert '<html lang="de"' in rendering.render(OutgoingMail.objects.get(), clock.now()).html
    enter(german, page, code_for(AMARA))
    assert User.objects.get().language == "de", "and the account that comes of it speaks it, too"


def test_a_known_address_is_written_to_in_its_own_language(settings, attendee):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    ask(Client(headers={"Accept-Language": "de"}))
    assert '<html lang="en"' in rendering.render(OutgoingMail.objects.get(), clock.now()).html


def test_codes_are_throttled_for_an_address(client):
    for _ in range(mailing.AN_ADDRESS_AN_HOUR):
        ask(Client())
    response = client.post("/sign-in", {"email": AMARA})
    assert response.status_code == 422
    assert "many codes in a short time" in response.content.decode()
    assert MailedCode.objects.count() == mailing.AN_ADDRESS_AN_HOUR


def test_a_session_that_was_there_before_gets_another_key_with_the_password(client, attendee):
    client.post("/sign-up", {"name": "Thief", "email": "thief@people.example", "password": ""})
    planted = client.session.session_key
    assert planted
    client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
    assert who(client) == attendee
    assert client.session.session_key != planted


@pytest.mark.parametrize("way", ["code", "password"])
def test_nobody_can_lock_the_person_out_of_a_browser_that_was_theirs_before(client, attendee, way):
    if way == "code":
        enter(client, ask(client), code_for(AMARA))
    else:
        client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
    client.post("/sign-out")
    for _ in range(mailing.AN_ADDRESS_AN_HOUR):
        Client().post("/sign-in", {"email": AMARA})
    assert Client().post("/sign-in", {"email": AMARA}).status_code == 422
    enter(client, ask(client), code_for(AMARA))
    assert who(client) == attendee


def test_a_known_browser_has_limits_of_its_own_and_is_known_for_its_people_only(client, attendee, host):
    enter(client, ask(client), code_for(AMARA))
    client.post("/sign-out")
    for _ in range(mailing.AN_ADDRESS_AN_HOUR):
        ask(client)
    assert client.post("/sign-in", {"email": AMARA}).status_code == 422
    for _ in range(mailing.AN_ADDRESS_AN_HOUR):
        ask(Client(), host.user.email)
    assert client.post("/sign-in", {"email": host.user.email}).status_code == 422


def test_a_browser_is_forgotten_after_a_year(client, attendee):
    enter(client, ask(client), code_for(AMARA))
    known = KnownBrowser.objects.get()
    assert browsers.is_known(AMARA, known.browser, now=known.seen_at + timedelta(days=364))
    assert not browsers.is_known(AMARA, known.browser, now=known.seen_at + timedelta(days=366))
    upkeep.forget_ended(known.seen_at + timedelta(days=366))
    assert not KnownBrowser.objects.exists()


def test_codes_are_throttled_for_a_browser(client):
    for number in range(mailing.A_BROWSER_AN_HOUR):
        ask(client, f"person{number}@people.example")
    assert client.post("/sign-in", {"email": AMARA}).status_code == 422


def test_signing_out_needs_a_post(as_attendee, attendee):
    assert "Sign out?" in as_attendee.get("/sign-out").content.decode()
    assert who(as_attendee) == attendee
    assert as_attendee.post("/sign-out").headers["Location"] == "/"
    assert who(as_attendee) is None


def test_forms_of_other_sites_are_refused(attendee):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
    assert response.status_code == 403
    assert who(strict) is None


class TestSigningUp:
    def sign_up(self, client: Client, **more: str) -> str:
        told = {"name": "Amara Obi", "email": AMARA, "password": PASSWORD, **more}
        response = client.post("/sign-up", told)
        assert response.status_code == 302, response.content.decode()
        return str(response.headers["Location"])

    def test_name_and_password_are_kept_once_the_address_is_proved(self, client):
        page = self.sign_up(client, next="/profile")
        assert not User.objects.exists()
        assert enter(client, page, code_for(AMARA)).headers["Location"] == "/profile"
        user = User.objects.get()
        assert (user.name, user.email) == ("Amara Obi", AMARA)
        assert user.check_password(PASSWORD)

    def test_another_code_keeps_what_was_told(self, client):
        page = self.sign_up(client)
        query = parse_qs(urlsplit(page).query)
        again = client.post("/sign-in/code", {"code_id": query["code"][0], "again": "1"})
        enter(client, again.headers["Location"], code_for(AMARA))
        assert User.objects.get().check_password(PASSWORD)

    def test_a_password_planted_in_another_browser_never_counts(self, client):
        attacker = Client()
        self.sign_up(attacker, password="the attacker's password", name="Mallory")
        page = ask(client)
        enter(client, page, code_for(AMARA))
        user = User.objects.get()
        assert not user.has_usable_password()
        assert user.name == ""

    def test_a_code_asked_for_later_does_not_bring_an_earlier_sign_up_along(self, client):
        self.sign_up(client, password="somebody else at this computer")
        page = ask(client)
        enter(client, page, code_for(AMARA))
        assert not User.objects.get().has_usable_password()

    def test_who_has_an_account_keeps_its_password(self, client, attendee):
        page = self.sign_up(client, password="quite another password")
        enter(client, page, code_for(AMARA))
        attendee.refresh_from_db()
        assert who(client) == attendee
        assert attendee.check_password(PASSWORD)
        assert "You had an account with this address already" in client.get("/profile").content.decode()

    def test_it_answers_alike_whether_there_is_an_account_or_not(self, attendee):
        pages = []
        for email in (AMARA, "nobody@people.example"):
            browser = Client()
            response = browser.post("/sign-up", {"name": "Amara", "email": email, "password": PASSWORD})
            pages.append((response.status_code, response.headers["Location"].split("?")[0]))
        assert pages[0] == pages[1]

    @pytest.mark.parametrize("password", ["short", "password123", "amaraobi1234", "1234567890"])
    def test_passwords_that_are_easy_to_guess_are_refused(self, client, password):
        told = {"name": "Amara Obi", "email": "amaraobi1234@people.example", "password": password}
        assert client.post("/sign-up", told).status_code == 422
        assert not MailedCode.objects.exists()

    @pytest.mark.parametrize("name", ["", "   ", "x" * 81, "x" * 10_000, "\u202e\u200b", "\x00"])
    def test_absurd_names_are_refused(self, client, name):
        response = client.post("/sign-up", {"name": name, "email": AMARA})
        assert response.status_code == 422
        assert not MailedCode.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("  Zoë\t\nMüller ", "Zoë Müller"),
            ("👩‍🚀 Ada", "👩‍🚀 Ada"),
            ("أمارا", "أمارا"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("evil\u202egnp.exe", "evilgnp.exe"),
            ("e\u0301mile", "émile"),
        ],
    )
    def test_odd_names_are_kept_clean_and_shown_harmless(self, client, typed, kept):
        page = self.sign_up(client, name=typed, password="")
        enter(client, page, code_for(AMARA))
        assert User.objects.get().name == kept
        assert "<script>alert" not in client.get("/profile").content.decode()


class TestTheFirstProof:
    def test_it_ends_planted_passwords_sessions_and_tokens(self, client):
        planted = make_user(AMARA, name="Planted", password=PASSWORD, email_proved_at=None)
        attacker = signed_in(planted)
        ApiToken.objects.create(user=planted, fingerprint="f" * 64, created_at=clock.now())
        assert who(attacker) == planted
        enter(client, ask(client), code_for(AMARA))
        planted.refresh_from_db()
        assert who(client) == planted
        assert who(attacker) is None
        assert attacker.get("/profile").headers["Location"].startswith("/sign-in")
        assert not planted.has_usable_password()
        assert not planted.api_tokens.exists()

    def test_a_second_proof_ends_nothing(self, client, attendee):
        elsewhere = signed_in(attendee)
        enter(client, ask(client), code_for(AMARA))
        attendee.refresh_from_db()
        assert attendee.check_password(PASSWORD)
        assert who(elsewhere) == attendee

    def test_the_password_of_an_unproved_address_only_leads_to_the_code(self, client):
        make_user(AMARA, password=PASSWORD, email_proved_at=None)
        response = client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
        assert response.headers["Location"].startswith("/sign-in/code?")
        assert who(client) is None

    def test_bookings_made_with_the_address_become_theirs(self, client, paid, stranger):
        mine = make_booking(paid, attendee_email=AMARA, attendee_name="Amara O.")
        other = make_booking(paid, attendee_email="someone@people.example")
        taken = make_booking(paid, stranger, attendee_email=AMARA)
        enter(client, ask(client), code_for(AMARA))
        user = User.objects.get(email=AMARA)
        assert user.name == "Amara O."
        for booking, owner in ((mine, user), (other, None), (taken, stranger)):
            booking.refresh_from_db()
            assert booking.attendee == owner

    def test_a_host_does_not_become_their_own_attendee(self, client, paid):
        booking = make_booking(paid, attendee_email=paid.host.user.email)
        enter(client, ask(client, paid.host.user.email), code_for(paid.host.user.email))
        booking.refresh_from_db()
        assert booking.attendee is None

    def test_a_password_too_brings_bookings_of_a_proved_address(self, client, paid, attendee):
        booking = make_booking(paid, status=Status.PENDING_PAYMENT, attendee_email=AMARA)
        client.post("/sign-in?way=password", {"email": AMARA, "password": PASSWORD})
        booking.refresh_from_db()
        assert booking.attendee == attendee
