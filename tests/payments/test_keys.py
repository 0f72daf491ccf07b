"""Can a key in the wrong place take real money, or none? (PAY-4)"""

import pytest

from duologue.payments import keys
from duologue.payments.checks import money_is_set_up

TEST, LIVE, RESTRICTED, PUBLIC = "sk_test_abc", "sk_live_abc", "rk_live_abc", "pk_live_abc"


@pytest.mark.parametrize(
    ("environment", "key", "gateway", "complaint"),
    [
        ("development", "", "sandbox", None),
        ("development", TEST, "stripe", None),
        ("development", LIVE, "", "duologue.payments.E002"),
        ("staging", "", "sandbox", None),
        ("staging", TEST, "stripe", None),
        ("staging", RESTRICTED, "", "duologue.payments.E002"),
        ("production", "", "", None),
        ("production", LIVE, "stripe", None),
        ("production", RESTRICTED, "stripe", None),
        ("production", TEST, "", "duologue.payments.E003"),
        ("production", PUBLIC, "", "duologue.payments.E001"),
        ("development", PUBLIC, "", "duologue.payments.E001"),
        ("development", "sk_test_", "", "duologue.payments.E001"),
        ("development", "whsec_abc", "", "duologue.payments.E001"),
    ],
)
def test_each_environment_has_its_gateway(settings, environment, key, gateway, complaint):
    assert keys.gateway(environment, key) == gateway
    found = keys.complaint(environment, key)
    assert (found.id if found else None) == complaint
    settings.ENV, settings.DUOLOGUE_STRIPE_SECRET_KEY = environment, key
    settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = ["whsec_abc"]
    said = money_is_set_up(None)
    assert [one.id for one in said] == ([complaint] if complaint else [])
    assert all(one.hint and one.is_serious() for one in said)


@pytest.mark.parametrize(
    ("secrets", "warnings"),
    [
        ([], ["duologue.payments.W001"]),
        (["abc"], ["duologue.payments.W002"]),
        (["whsec_a", "whsec_b"], []),
    ],
)
def test_the_start_says_what_is_missing_for_webhooks(settings, secrets, warnings):
    settings.DUOLOGUE_STRIPE_SECRET_KEY, settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = TEST, secrets
    said = money_is_set_up(None)
    assert [one.id for one in said] == warnings
    assert all(one.hint and not one.is_serious() for one in said)
