"""Does the doctor say which platforms are set up and answer, and what to do about those that do not?"""

from datetime import timedelta

import pytest

from duologue import cli
from duologue.calls.relay_probe import Answer, ProbeFailed
from duologue.config import platforms
from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import NeedsReconnect, Retryable
from duologue.video import registry
from duologue_simulators.daily.server import KEY, Daily
from duologue_simulators.vendor import running
from tests import scripted_platforms
from tests.config.test_money import run
from tests.scripted_platforms import First, Zoomish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scripted(monkeypatch, settings):
    """Two platforms, and our own room."""
    scripted_platforms.install(monkeypatch)
    with scripted_platforms.only("builtin", "link", "first", "zoomish", "daily", "twilio"):
        yield


def found(name):
    return next(one for one in platforms.rows(clock.now()) if one.platform.strip() == name)


def account(user=None, state=Connection.State.WORKS, name="rooms@site.example"):
    return Connection.objects.create(
        user=user,
        vendor="zoom",
        account_name=name,
        sealed_access=vault.seal("token"),
        access_expires_at=clock.now() + timedelta(days=1),
        state=state,
        connected_at=clock.now(),
    )


def test_one_that_needs_nothing_is_asked():
    row = found("First")
    assert (row.set_up, row.is_well) == ("yes", True)
    assert row.answers.startswith("yes, ")
    assert First.accounts == [""]


def test_one_that_does_not_answer():
    First.script.append(Retryable("First does not answer."))
    row = found("First")
    assert (row.answers, row.is_well) == ("no", False)
    assert row.what_to_do.startswith("First does not answer. Sessions go to the next platform until it does")


def test_keys_that_are_missing_are_named_and_nobody_is_asked(settings):
    row = found("Daily")
    assert (row.set_up, row.answers, row.is_well) == ("no", "–", None)
    assert row.what_to_do == "set DUOLOGUE_DAILY_API_KEY"
    settings.DUOLOGUE_VIDEO_BACKUPS = ["daily", "builtin"]
    assert found("Daily").is_well is False


def test_keys_that_are_there_by_half_are_trouble(settings):
    settings.DUOLOGUE_TWILIO_API_KEY = "SK"
    row = found("Twilio Video")
    assert (row.set_up, row.answers, row.is_well) == ("by half", "–", False)
    assert row.what_to_do == "set DUOLOGUE_TWILIO_ACCOUNT_SID and DUOLOGUE_TWILIO_API_SECRET"
    settings.DUOLOGUE_TWILIO_API_KEY = ""
    assert found("Twilio Video").what_to_do.startswith("set DUOLOGUE_TWILIO_ACCOUNT_SID, DUOLOGUE_")


def test_a_vendor_is_really_asked(settings):
    with running(Daily) as server:
        settings.DUOLOGUE_DAILY_API_BASE = f"{server.url}/v1"
        settings.DUOLOGUE_DAILY_API_KEY = KEY
        assert found("Daily").is_well is True
        settings.DUOLOGUE_DAILY_API_KEY = "wrong"
        row = found("Daily")
    assert (row.answers, row.is_well) == ("no", False)
    assert row.what_to_do.endswith("refuses the keys in the settings. Look at DUOLOGUE_DAILY_API_KEY")
    assert "wrong" not in str(row)


def test_an_account_of_the_installation_is_asked():
    account()
    row = found("Zoomish")
    assert (row.account, row.is_well) == ("rooms@site.example", True)
    assert Zoomish.accounts == ["token"]


def test_one_that_has_to_be_connected_again():
    Zoomish.script.extend([NeedsReconnect("Rights are missing.", code="rights_missing")])
    account()
    row = found("Zoomish")
    assert (row.answers, row.is_well) == ("no", False)
    assert "Connect it again at http://localhost:8000/ops/connections" in row.what_to_do
    assert "/ops/connections" in found("Zoomish").what_to_do
    assert len(Zoomish.accounts) == 1


def test_accounts_of_hosts_are_counted_and_not_asked(host, stranger):
    account(host.user)
    account(stranger, Connection.State.RECONNECT_NEEDED)
    row = found("Zoomish")
    assert (row.answers, row.account, row.is_well) == ("–", "hosts’: 1 work, 1 to connect again", None)
    assert row.what_to_do.startswith("their owners were told by mail")
    assert Zoomish.accounts == []


def test_one_that_waits_for_a_client(settings, monkeypatch):
    monkeypatch.setattr(registry, "CLIENTS", frozenset())
    for name in ("ACCOUNT_SID", "API_KEY", "API_SECRET"):
        setattr(settings, f"DUOLOGUE_TWILIO_{name}", "x")
    assert "no client" in found("Twilio Video").what_to_do


# Our own room


def test_without_a_relay_our_own_room_is_trouble_in_production_only(settings):
    row = found("Duologue’s own room")
    assert (row.set_up, row.is_well) == ("no relay", None)
    settings.ENV = "production"
    assert found("Duologue’s own room").is_well is False


def test_a_relay_without_its_secret(settings):
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example"]
    row = found("Duologue’s own room")
    assert (row.set_up, row.is_well) == ("by half", False)


def test_each_server_is_asked_with_a_login_that_soon_ends(settings, monkeypatch):
    asked = []

    def answers(url, username, password):
        asked.append((url, username, password))
        if "broken" in url:
            raise ProbeFailed("refuses our login")
        return Answer(("203.0.113.5", 50000), 12)

    monkeypatch.setattr(platforms, "probe", answers)
    settings.DUOLOGUE_TURN_URLS = ["turn:relay.example", "turn:broken.example"]
    settings.DUOLOGUE_STUN_URLS = ["stun:relay.example"]
    settings.DUOLOGUE_TURN_SECRET = "secret-of-the-relay"
    assert found("turn:relay.example").answers == "yes, 12 ms"
    assert found("stun:relay.example").is_well is True
    broken = found("turn:broken.example")
    assert (broken.answers, broken.what_to_do) == ("no", "it refuses our login")
    _url, username, password = asked[0]
    ends = int(username.partition(":")[0]) - clock.machine().timestamp()
    assert 0 < ends <= 600
    assert "secret" not in password


# The command


def test_the_command_prints_an_even_table_and_tells_trouble_by_its_code(capsys):
    First.script.append(Retryable("First does not answer."))
    assert cli.main(["doctor"]) == 1
    lines = capsys.readouterr().out.partition("\n\n")[2].splitlines()
    assert lines[0].split() == ["Platform", "Set", "up", "Answers", "Account", "What", "to", "do"]
    at = lines[0].index("What to do")
    first = next(line for line in lines if line.startswith("First"))
    assert first.split()[1] == "TROUBLE"
    assert first[at:].startswith("First does not answer.")


def test_a_name_that_no_platform_has_ends_the_start():
    done = run("-m", "duologue", "manage", "check", VIDEO_DEFAULT="zom")
    assert done.returncode != 0
    assert "duologue.video.E001" in done.stderr
    assert "There are: builtin" in done.stderr
