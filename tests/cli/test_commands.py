"""Does each command do what it says, and answer a mistake with one clear sentence?"""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.fixtures import Settings

from duologue import __version__, cli
from duologue.accounts.models import Host, User
from duologue.api import tokens
from duologue.bookings.models import Booking, Proposal
from duologue.bookings.states import Status
from duologue.config import checks, demo, doctor, prepare
from duologue.config.checks import Finding
from duologue.core import clock
from duologue.jobs import queue
from duologue.jobs.models import Job, WorkerBeat
from duologue.jobs.queue import Owed
from duologue.notifications.models import OutgoingMail

ON_SQLITE = settings.DATABASES["default"]["ENGINE"] == "duologue.core.sqlite"


def mistake(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code and the sentence of a command that is refused before it begins."""
    with pytest.raises(SystemExit) as end:
        cli.main(list(words))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return int(str(end.value.code)), said.err.strip()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "duologue: the following arguments are required: COMMAND. See: duologue --help"),
        (["fly"], "duologue: there is no command 'fly'. See: duologue --help"),
        (["user", "delete"], "duologue user: there is no command 'delete'. See: duologue user --help"),
        (
            ["up", "--port", "0"],
            "duologue up: argument --port: a port is a whole number from 1 to 65535, not '0'."
            " See: duologue up --help",
        ),
        (
            ["up", "--port", "eight"],
            "duologue up: argument --port: a port is a whole number from 1 to 65535, not 'eight'."
            " See: duologue up --help",
        ),
        (
            ["worker", "--threads", "0"],
            "duologue worker: argument --threads: give a whole number of at least 1, not '0'."
            " See: duologue worker --help",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mistake(capsys, *words) == (2, sentence)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"Duologue {__version__}\n"


def test_every_command_leads_somewhere() -> None:
    """Commands are named by place: a name mistyped shows only when it is called."""
    places = set()
    for words in (
        ["up"],
        ["web"],
        ["worker"],
        ["migrate"],
        ["demo"],
        ["doctor"],
        ["backup", "x"],
        ["restore", "x"],
        ["user", "create", "x"],
        ["token", "create", "x"],
        ["manage"],
    ):
        place = cli._parser().parse_args(words).function
        module, _, name = place.partition(":")
        assert callable(getattr(cli.import_module(module), name))
        places.add(place)
    assert len(places) == 11


@pytest.mark.parametrize(
    ("place", "because"), [("/proc/nowhere", "cannot be made"), (f"{__file__}/x", "Not a directory")]
)
def test_a_data_folder_that_cannot_be_is_told_at_once(place: str, because: str) -> None:
    environment = {**os.environ, "DUOLOGUE_DATA_DIR": place}
    command = [sys.executable, "-m", "duologue", "up"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("DUOLOGUE_DATA_DIR")
    assert because in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.django_db
def test_an_operator_and_host_with_a_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery staple\n"))
    words = ["user", "create", "Ana@People.example", "--name", "Ana", "--operator", "--host", "ana"]
    assert cli.main([*words, "--password-stdin"]) == 0
    assert capsys.readouterr().out == "ana@people.example can sign in now, as operator and host.\n"
    user = User.objects.get()
    assert user.check_password("correct horse battery staple")
    assert user.is_operator
    assert user.email_proved_at is not None, "else the first proof would wipe the password"
    assert (user.host.slug, user.host.status, user.host.search_text) == ("ana", Host.Status.APPROVED, "ana")


@pytest.mark.django_db
def test_a_plain_account_has_no_password_and_no_rights() -> None:
    assert cli.main(["user", "create", "bo@people.example"]) == 0
    user = User.objects.get()
    assert not user.has_usable_password()
    assert not user.is_operator
    assert not Host.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "password", "sentence"),
    [
        (["nobody"], "", "Enter a valid email address."),
        (["ana@people.example"], "", "ana@people.example has an account already."),
        (["bo@people.example", "--host", "ana"], "", "already exists"),
        (["bo@people.example", "--host", "anna"], "", "was the address of another host"),
        (["bo@people.example", "--host", "not a slug"], "", "valid"),
        (["bo@people.example", "--password-stdin"], "short\n", "too short"),
    ],
)
def test_an_account_that_cannot_be_is_refused_whole(
    words: list[str],
    password: str,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cli.main(["user", "create", "ana@people.example", "--host", "ana"])
    Host.objects.get().former_slugs.create(slug="anna")
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", io.StringIO(password))
    assert cli.main(["user", "create", *words]) == 1
    assert sentence in capsys.readouterr().err
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_token_is_shown_once_and_opens_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["user", "create", "ana@people.example"])
    capsys.readouterr()
    assert cli.main(["token", "create", "Ana@people.example"]) == 0
    token = capsys.readouterr().out.strip()
    assert tokens.holder(token, now=clock.now()) == User.objects.get()


@pytest.mark.django_db
def test_no_token_for_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "create", "nobody@people.example"]) == 1
    assert capsys.readouterr().err == "No active account has the address nobody@people.example.\n"


@pytest.mark.django_db
def test_migrate_says_that_nothing_is_to_do(
    capsys: pytest.CaptureFixture[str], settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    assert cli.main(["migrate"]) == 0
    first = capsys.readouterr().out
    assert cli.main(["migrate"]) == 0
    second = capsys.readouterr().out
    assert first == "The database is up to date.\nThe static files were collected.\n"
    assert second == "The database is up to date.\nThe static files are up to date.\n"


@pytest.mark.django_db
def test_static_files_are_collected_again_when_one_changed(
    capsys: pytest.CaptureFixture[str], settings: Settings, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [source]
    for text in ("a", "other"):
        (source / "a.txt").write_text(text)
        cli.main(["migrate"])
        assert "were collected" in capsys.readouterr().out
        assert (tmp_path / "static" / "a.txt").read_text() == text


@pytest.mark.django_db
def test_what_happens_soon_in_the_demo_is_told_at_its_first_start_only(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"
    first = prepare.demo_people()
    assert "in ten minutes" in first[-1]
    assert prepare.demo_people() == first[:-1]


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 3, 36, 121])
def test_the_demo_shows_times_to_answer_and_a_next_session_to_pay(
    settings: Settings, tmp_path: Path, days: int
) -> None:
    """Whatever day it is begun on, to both people of it."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    now = datetime(2036, 10, 23, 21, 40, tzinfo=UTC) + timedelta(days=days)
    demo.load(now)
    [proposal], [following] = Proposal.objects.all(), Booking.objects.filter(pay_until__gt=now)
    assert len(proposal.times) == 2
    assert following.status_at(now) is Status.PENDING_PAYMENT
    for booking in (proposal.booking, following):
        names = (booking.host_person.name, booking.attendee_person.name)
        assert names == ("Naoko Ishida", "Amara Obi")
    mails = OutgoingMail.objects.filter(template__in=["times_proposed", "follow_up"])
    assert sorted(mails.values_list("template", flat=True)) == ["follow_up", "times_proposed"]


@pytest.mark.django_db
def test_no_demo_in_production(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    settings.ENV = "production"
    assert cli.main(["demo"]) == 1
    assert "production" in capsys.readouterr().err
    assert not User.objects.exists()


@pytest.mark.django_db
def test_manage_passes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["manage", "check", "--verbosity", "0"]) == 0
    assert capsys.readouterr().err == ""


# The doctor


def findings() -> dict[str, Finding]:
    return {found.subject: found for found in (check() for check in checks.CHECKS)}


def beat(age: timedelta) -> None:
    WorkerBeat.objects.create(name="w", beat_at=clock.machine() - age, started_at=clock.machine() - age)


@pytest.mark.django_db
def test_a_well_installation_is_called_well(capsys: pytest.CaptureFixture[str]) -> None:
    beat(timedelta())
    assert cli.main(["doctor"]) == 0
    findings, _, rooms = capsys.readouterr().out.partition("\n\n")
    assert len(findings.splitlines()) == len(checks.CHECKS)
    assert "TROUBLE" not in findings
    assert rooms.startswith("Platform ")


@pytest.mark.django_db
def test_trouble_is_named_and_told_by_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 1
    assert "Worker       TROUBLE  none runs" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_worker_that_went_silent() -> None:
    beat(timedelta(minutes=5))
    assert findings()["Worker"].is_well is False


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "age"), [("failed", timedelta()), ("waiting", timedelta(hours=1))])
def test_jobs_that_gave_up_or_are_late(state: str, age: timedelta) -> None:
    assert findings()["Jobs"].is_well
    now = clock.now()
    queue.enqueue(Owed("x", "k", now - age), now=now)
    Job.objects.update(state=state)
    assert findings()["Jobs"].is_well is False


@pytest.mark.django_db
def test_missing_migrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE id = (SELECT MAX(id) FROM django_migrations)")
    found = findings()["Database"]
    assert (found.is_well, "lacks 1" in found.words) == (False, True)


@pytest.mark.django_db
def test_a_mail_server_that_does_not_answer(settings: Settings) -> None:
    settings.DUOLOGUE_EMAIL_URL = "smtp://127.0.0.1:9"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    found = findings()["Mail"]
    assert found.is_well is False
    assert "127.0.0.1:9" in found.words


@pytest.mark.django_db
def test_production_without_https_and_with_a_short_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENV, settings.BASE_URL, settings.IS_HTTPS = "production", "http://x.example", False
    settings.SECRET_KEY = "short"
    monkeypatch.setenv("DUOLOGUE_SECRET_KEY", "short")
    assert findings()["Address"].is_well is False
    assert findings()["Secret key"].is_well is False
    assert findings()["Mail"].is_well is False


def test_the_table_is_even() -> None:
    found = [Finding("A", True, "x"), Finding("Longer", False, "y"), Finding("B", None, "z")]
    assert doctor.table(found) == ["A       well     x", "Longer  TROUBLE  y", "B       –        z"]
