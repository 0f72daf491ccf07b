"""Does the start say what is missing for mails?"""

import pytest

from duologue.notifications.checks import mail_is_set_up


@pytest.mark.parametrize(
    ("env", "url", "sender", "ids"),
    [
        ("development", "", "Duologue <sessions@localhost>", []),
        ("staging", "", "Duologue <sessions@localhost>", []),
        ("production", "", "Duologue <sessions@localhost>", ["duologue.mail.W001"]),
        ("production", "smtp://mail.example", "Duologue <sessions@localhost>", ["duologue.mail.W002"]),
        ("production", "smtp://mail.example", "Duologue <sessions@duologue.example>", []),
    ],
)
def test_what_is_missing_is_said(settings, env, url, sender, ids):
    settings.ENV, settings.DUOLOGUE_EMAIL_URL, settings.DEFAULT_FROM_EMAIL = env, url, sender
    found = mail_is_set_up(None)
    assert [warning.id for warning in found] == ids
    assert all(warning.hint for warning in found)
