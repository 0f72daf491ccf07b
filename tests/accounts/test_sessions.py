"""Does a session cookie that nobody of us wrote do no harm?"""

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("written", ['"\\000abcdefgh"', '"abcdefgh\\000"', "\x80abcdefgh", "x" * 6000, "a"])
def test_any_session_cookie_is_answered(written: str) -> None:
    client = Client(HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={written}")
    assert client.get("/sign-in").status_code == 200
    assert client.get("/sessions").status_code == 302
