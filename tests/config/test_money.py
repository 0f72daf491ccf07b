"""Do keys in the environment lead to the right gateway, and is what is wrong with them said? (PAY-4)"""

import json
import os
import subprocess
import sys

import pytest

from duologue.config.checks import payments_work
from duologue_simulators.stripe.simulator import EVENTS
from tests.conftest import SURROUNDINGS
from tests.gateways import fail_next

LIVE, TEST = "sk_live_of_nobody", "sk_test_of_nobody"
READ = """
import json, os, runpy, sys
kept, told = dict(os.environ), {}
for name, given in json.load(sys.stdin).items():
    os.environ.clear()
    os.environ.update(kept | given)
    found = runpy.run_module("duologue.config.settings")
    forms = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"]
    told[name] = [found["DUOLOGUE_PAYMENT_PROVIDER"], forms, found["DUOLOGUE_STRIPE_WEBHOOK_SECRETS"]]
print(json.dumps(told))
"""
PRODUCTION = {
    "ENV": "production",
    "BASE_URL": "https://sessions.example",
    "SECRET_KEY": "a-long-random-text-that-nobody-guesses-0123456789",
}


def run(*command, typed="", **given):
    environment = {**os.environ, **SURROUNDINGS, **named(given)}
    return subprocess.run(
        [sys.executable, *command],
        input=typed,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def named(given):
    return {f"DUOLOGUE_{name}": value for name, value in given.items()}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """What the settings become, for each of these surroundings; all in one process."""
    secrets = tmp_path_factory.mktemp("keys") / "secrets"
    secrets.write_text("whsec_new, whsec_old\n")
    asked = {
        "nothing": {},
        "test": {"STRIPE_SECRET_KEY": TEST, "STRIPE_WEBHOOK_SECRETS_FILE": str(secrets)},
        "stand-in": {"STRIPE_SECRET_KEY": TEST, "STRIPE_API_BASE": "http://127.0.0.1:12111/"},
        "own domain": {"STRIPE_SECRET_KEY": TEST, "STRIPE_CHECKOUT_ORIGIN": "https://pay.sessions.example"},
        "production": PRODUCTION,
        "production, live": {**PRODUCTION, "STRIPE_SECRET_KEY": LIVE},
        "production, test": {**PRODUCTION, "STRIPE_SECRET_KEY": TEST},
    }
    typed = json.dumps({name: named(given) for name, given in asked.items()})
    done = run("-c", READ, typed=typed)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_keys_nothing_leads_away(read):
    assert read["nothing"] == ["sandbox", ["'self'"], []]


def test_with_test_keys_forms_may_lead_to_stripe(read):
    provider, forms, read_secrets = read["test"]
    assert provider == "stripe"
    assert forms == ["'self'", "https://checkout.stripe.com"]
    assert read_secrets == ["whsec_new", "whsec_old"]


def test_a_stand_in_has_its_own_pages(read):
    assert read["stand-in"][1] == ["'self'", "http://127.0.0.1:12111"]


def test_pages_at_a_domain_of_ones_own(read):
    assert read["own domain"][1] == ["'self'", "https://pay.sessions.example"]


def test_production_takes_live_keys_or_none(read):
    assert read["production"][0] == ""
    assert read["production, live"][0] == "stripe"
    assert read["production, test"][:2] == ["", ["'self'"]]


@pytest.mark.parametrize("command", ["web", "worker", "up"])
def test_a_live_key_outside_production_is_refused_at_the_start(command):
    done = run("-m", "duologue", command, STRIPE_SECRET_KEY=LIVE)
    assert done.returncode != 0
    assert done.stderr.count("duologue.payments.E002") == 1
    assert LIVE not in done.stderr + done.stdout


def test_the_system_check_says_the_same():
    done = run("-m", "duologue", "manage", "check", STRIPE_SECRET_KEY=LIVE)
    assert done.returncode != 0
    assert "duologue.payments.E002" in done.stderr
    assert "HINT" in done.stderr


class TestDoctor:
    def test_without_a_key_there_is_nothing_to_look_at(self, settings):
        assert payments_work().is_well is None
        settings.ENV = "production"
        assert "only free sessions" in payments_work().words

    def test_all_is_well(self, stripe, settings):
        settings.ENV, settings.BASE_URL = "staging", "https://sessions.example"
        stripe.listen("https://sessions.example/webhooks/stripe", "whsec_x")
        found = payments_work()
        assert (found.is_well, found.words) == (True, "Stripe answers, in test mode")

    def test_at_home_no_endpoint_is_missed(self, stripe):
        assert payments_work().is_well

    @pytest.mark.parametrize(
        ("environment", "key", "words"),
        [
            ("production", TEST, "nobody would pay"),
            ("staging", LIVE, "people would pay"),
            ("staging", "pk_test_x", "no secret key"),
        ],
    )
    def test_a_key_in_the_wrong_place(self, stripe, settings, environment, key, words):
        settings.ENV, settings.DUOLOGUE_STRIPE_SECRET_KEY = environment, key
        found = payments_work()
        assert found.is_well is False
        assert words in found.words
        assert not stripe.api.calls

    def test_a_mode_that_is_not_the_key_s(self, stripe, settings):
        settings.ENV, settings.DUOLOGUE_STRIPE_SECRET_KEY = "production", LIVE
        fail_next(stripe, "401")
        assert "does not accept the secret key" in payments_work().words

    def test_nobody_answers(self, stripe, settings):
        settings.DUOLOGUE_STRIPE_API_BASE = "http://127.0.0.1:9"
        found = payments_work()
        assert found.is_well is False
        assert found.words == "Stripe does not answer. (http://127.0.0.1:9)"

    def test_no_webhook_secret(self, stripe, settings):
        settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = []
        assert "DUOLOGUE_STRIPE_WEBHOOK_SECRETS is not set" in payments_work().words

    def test_no_endpoint_and_one_that_is_silent_about_something(self, stripe, settings):
        settings.ENV, settings.BASE_URL = "staging", "https://sessions.example"
        assert "no enabled webhook endpoint" in payments_work().words
        stripe.listen("https://sessions.example/webhooks/stripe", "whsec_x", events=EVENTS[:-1])
        assert payments_work().words == f"The webhook endpoint lacks the events {EVENTS[-1]}."
        stripe.listen("https://sessions.example/webhooks/stripe", "whsec_x", events=("*",))
        assert payments_work().is_well

    def test_a_restricted_key_need_not_read_endpoints(self, stripe, settings):
        settings.ENV, settings.BASE_URL = "staging", "https://sessions.example"
        fail_next(stripe, "403", "GET /v1/webhook_endpoints")
        assert payments_work().is_well
