"""Do pages and mails speak the reader's language, and the operator's vocabulary, to the last word?"""

import re
from datetime import UTC, datetime
from pathlib import Path

import polib
import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from duologue.accounts.models import MailedCode
from duologue.core import clock
from duologue.core.vocabulary import VOCABULARIES
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.usecases.save_profile import choose_language
from tests.cast import PASSWORD, code_for, make_booking, make_event_type, signed_in

PACKAGE = Path(rendering.__file__).parents[1]
CATALOGUES = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/django.po"))
KEPT = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w[^>]*>|[\[\]]")
START = datetime(2036, 10, 22, 14, 30, tzinfo=UTC)
SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def words_of(page: str) -> str:
    """What people read of a page."""
    text = re.sub(r"<(script|style|template)\b.*?</\1>|<!--.*?-->", " ", page, flags=re.S)
    return re.sub(r"<[^>]*>", " ", text)


@pytest.fixture(params=VOCABULARIES)
def vocabulary(request, settings) -> str:
    settings.DUOLOGUE_VOCABULARY = request.param
    settings.LOCALE_PATHS = [PACKAGE / "vocabularies" / request.param, PACKAGE / "locale"]
    return request.param


def test_every_catalogue_is_offered_by_its_own_name():
    offered = dict(django_settings.LANGUAGES)
    assert offered["en"] == "English"
    assert offered["es"] == "Español"
    assert set(offered) == {"en", *(path.parent.parent.name for path in CATALOGUES)}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_every_message_is_translated_and_keeps_its_values(path):
    for one in polib.pofile(str(path)):
        assert one.translated(), f"not translated, or fuzzy: {one.msgid}"
        if one.msgid_plural:
            pairs = [(one.msgid_plural, text) for form, text in one.msgstr_plural.items() if form]
        else:
            pairs = [(one.msgid, one.msgstr)]
        for source, text in pairs:
            assert set(KEPT.findall(source)) == set(KEPT.findall(text)), source


@pytest.mark.parametrize("language", dict(django_settings.LANGUAGES))
@pytest.mark.django_db
def test_no_sentence_keeps_another_vocabularys_nouns(vocabulary, language):
    """Whatever the catalogues hold, a doctor's pages know no sessions and no mentors."""
    with translation.override(language):
        own = {str(word).lower() for word in vars_of(vocabulary)}
        others = {str(word).lower() for name in VOCABULARIES for word in vars_of(name)} - own
        # Meetings are what platforms call their rooms, too.
        others -= {str(word) for word in (VOCABULARIES["generic"].session, VOCABULARIES["generic"].sessions)}
        alien = re.compile(rf"\b({'|'.join(sorted(others))})\b", re.IGNORECASE)
        phrases = [(one.find_host, one.your_sessions) for one in VOCABULARIES.values()]
        nouns = {message_of(word) for name in VOCABULARIES for word in vars_of(name)}
        nouns |= {message_of(word) for pair in phrases for word in pair}
        for one in polib.pofile(str(CATALOGUES[0])):
            if one.msgid in nouns or one.msgid_plural or one.msgctxt:
                continue
            said = KEPT.sub("", translation.gettext(one.msgid))
            assert not alien.search(said), said


def vars_of(name: str) -> list:
    one = VOCABULARIES[name]
    return [one.host, one.hosts, one.attendee, one.attendees, one.session, one.sessions]


def message_of(word) -> str:
    with translation.override(None):
        return str(word)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "Le queda 1 intento."), (2, "Le quedan 2 intentos."), (0, "Le quedan 0 intentos.")],
)
def test_spanish_counts(count, said):
    with translation.override("es"):
        sentence = ngettext(
            "That is not the code. You have %(left)s attempt left.",
            "That is not the code. You have %(left)s attempts left.",
            count,
        )
    assert (sentence % {"left": count}).endswith(said)


@pytest.mark.django_db
def test_a_newcomer_reads_the_browser_s_language(host, paid):
    page = Client(headers=SPANISH).get(f"/h/{host.slug}")
    text = page.content.decode()
    assert '<html lang="es"' in text
    assert "65,00\u00a0€" in text
    assert "Reservar una hora" in text
    assert "Accept-Language" in page["Vary"]
    assert '<html lang="en"' in Client(headers={"Accept-Language": "tlh"}).get("/").content.decode()


@pytest.mark.django_db
def test_a_language_is_chosen_with_one_press_and_kept(client):
    page = client.get("/").content.decode()
    assert 'value="es" lang="es">Español</button>' in page
    answer = client.post("/language", {"language": "es", "next": "/test-video"})
    assert answer["Location"] == "/test-video"
    assert '<html lang="es"' in client.get("/").content.decode()
    for nonsense in ("tlh", "", "es\n"):
        assert (
            client.post("/language", {"language": nonsense, "next": "https://elsewhere.example/"})["Location"]
            == "/"
        )
    assert '<html lang="es"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_who_is_signed_in_gets_mails_in_it_too(attendee):
    signed_in(attendee).post("/language", {"language": "es"})
    attendee.refresh_from_db()
    assert attendee.language == "es"


def signs_in(client, person):
    assert (
        client.post("/sign-in?way=password", {"email": person.email, "password": PASSWORD}).status_code == 302
    )
    person.refresh_from_db()


def spoken(client):
    return re.search(r'<html lang="(\w+)"', client.get("/").content.decode())[1]


@pytest.mark.django_db
@pytest.mark.parametrize("has", ["en", "es"])
def test_on_a_fresh_browser_the_accounts_language_comes_with_its_person(client, attendee, has):
    choose_language(attendee, has)
    signs_in(client, attendee)
    assert (spoken(client), attendee.language) == (has, has)


@pytest.mark.django_db
@pytest.mark.parametrize(("has", "chosen"), [("en", "es"), ("es", "en")])
def test_what_was_chosen_before_signing_in_stays_and_is_the_accounts_from_then_on(
    client, attendee, has, chosen
):
    choose_language(attendee, has)
    client.post("/language", {"language": chosen})
    signs_in(client, attendee)
    assert (spoken(client), attendee.language) == (chosen, chosen)


@pytest.mark.django_db
def test_a_code_takes_the_choice_along_too(client, attendee):
    client.post("/language", {"language": "es"})
    client.post("/sign-in", {"email": attendee.email})
    code = MailedCode.objects.get()
    client.post("/sign-in/code", {"code": code_for(attendee.email), "code_id": code.pk, "next": "/"})
    attendee.refresh_from_db()
    assert (spoken(client), attendee.language) == ("es", "es")


@pytest.mark.django_db
def test_a_browser_that_merely_speaks_another_language_changes_no_account(client, attendee):
    client.get("/", headers=SPANISH)
    client.post("/sign-in?way=password", {"email": attendee.email, "password": PASSWORD}, headers=SPANISH)
    attendee.refresh_from_db()
    assert (spoken(client), attendee.language) == ("en", "en")


@pytest.mark.django_db
def test_on_a_shared_computer_a_choice_serves_one_person(client, attendee, host):
    """Amara chooses, signs in, chooses again, and goes; whoever comes next has a language of their own."""
    client.post("/language", {"language": "es"})
    signs_in(client, attendee)
    client.post("/sign-out")
    signs_in(client, host.user)
    assert (spoken(client), host.user.language) == ("en", "en")
    client.post("/language", {"language": "es"})
    client.post("/sign-out")
    signs_in(client, attendee)
    choose_language(host.user, "en")
    client.post("/sign-out")
    signs_in(client, host.user)
    assert (host.user.language, attendee.language) == ("en", "es")


@pytest.mark.django_db
def test_a_passer_bys_choice_is_forgotten_after_an_hour(client, attendee):
    client.post("/language", {"language": "es"})
    assert client.cookies["language_chosen"]["max-age"] == 3600
    assert client.cookies["language_chosen"]["httponly"]


@pytest.mark.django_db
def test_a_wrong_password_and_a_made_up_choice_change_nothing(client, attendee):
    client.post("/language", {"language": "es"})
    client.post("/sign-in?way=password", {"email": attendee.email, "password": "wrong"})
    attendee.refresh_from_db()
    assert (spoken(client), attendee.language) == ("es", "en")
    client.cookies["language_chosen"] = "tlh"
    signs_in(client, attendee)
    assert attendee.language == "en"


@pytest.mark.django_db
def test_a_mail_speaks_spanish_with_spanish_dates_and_sums(paid, attendee):
    choose_language(attendee, "es")
    booking = make_booking(paid, attendee, starts_at=START)
    mail = OutgoingMail(
        template="confirmed", key="k", booking=booking, party="attendee", created_at=clock.now()
    )
    rendered = rendering.render(mail, datetime(2036, 10, 1, tzinfo=UTC))
    assert rendered.subject.startswith("Confirmada: ")
    assert "octubre" in rendered.text
    assert "Se reunirá con" in rendered.text
    assert "65,00\u00a0€" in rendered.text
    assert not re.search(r"\b(you|your|the|session|cancel)\b", words_of(rendered.html), re.IGNORECASE)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.django_db
def test_health_is_never_told_in_titles_and_subjects(settings, host, attendee, language):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    settings.LOCALE_PATHS = [PACKAGE / "vocabularies" / "telehealth", PACKAGE / "locale"]
    secret = make_event_type(host, name="Fertility consultation", price=6500)
    for person in (attendee, host.user):
        choose_language(person, language)
    booking = make_booking(secret, attendee, starts_at=START, ics_sequence=1)
    for template in ("confirmed", "reminder_day", "reminder_hour", "session_cancelled"):
        for party in ("host", "attendee"):
            mail = OutgoingMail(
                template=template, key="k", booking=booking, party=party, created_at=clock.now()
            )
            rendered = rendering.render(mail, datetime(2036, 10, 1, tzinfo=UTC))
            everything = rendered.subject + rendered.text + rendered.html + rendered.calendar.decode()
            assert "Fertility" not in everything
    for person in (attendee, host.user):
        browser = signed_in(person)
        browser.post("/language", {"language": language})
        for page in (f"/sessions/{booking.pk}", "/sessions"):
            text = browser.get(page).content.decode()
            title = re.search(r"<title>(.*?)</title>", text, re.S)
            assert "Fertility" not in title[1]
            assert not re.search(r"\b(sessions?|sesi[oó]n(es)?)\b", words_of(text), re.IGNORECASE)
