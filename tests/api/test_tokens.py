"""Does a personal token speak for its person, and only as long as it should?"""

from datetime import timedelta

import pytest

from duologue.accounts.models import ApiToken
from duologue.api import tokens
from duologue.core import clock
from tests.api.conftest import Caller, caller


def test_a_token_is_kept_as_a_fingerprint(attendee):
    token = tokens.issue(attendee, label="laptop", now=clock.now())
    assert token.startswith("dl_")
    assert len(token) > 40
    row = ApiToken.objects.get()
    assert token not in {row.fingerprint, row.label}
    assert tokens.holder(token, now=clock.now()) == attendee


def test_its_use_is_noted_once_an_hour(attendee):
    token, now = tokens.issue(attendee, now=clock.now()), clock.now()
    noted = []
    for minutes in (0, 59, 60, 61, 121):
        tokens.holder(token, now=now + timedelta(minutes=minutes))
        used_at = ApiToken.objects.get().last_used_at
        assert used_at is not None
        noted.append((used_at - now) // timedelta(minutes=1))
    assert noted == [0, 0, 60, 60, 121]


def test_a_revoked_token_is_refused(attendee):
    by = caller(attendee)
    assert by.get("/bookings").status_code == 200
    ApiToken.objects.update(revoked_at=clock.now())
    assert by.get("/bookings").json()["code"] == "unauthorized"


def test_a_closed_account_has_no_voice(attendee):
    by = caller(attendee)
    attendee.is_active = False
    attendee.save()
    assert by.get("/bookings").status_code == 401


@pytest.mark.parametrize("token", ["dl_nonsense", "nonsense", "dl_", "dl_🙂", "x" * 5000, "dl_\x00"])
def test_what_is_no_token(db, token):
    by = Caller(token.encode().decode("latin-1"))
    assert by.get("/bookings").json()["code"] == "unauthorized"


@pytest.mark.parametrize("scheme", ["Basic", "Token", "", "Bearer"])
def test_a_header_that_is_wrong_is_not_helped_by_a_cookie(attendee, as_attendee, scheme):
    response = as_attendee.get("/api/bookings", headers={"Authorization": f"{scheme} dl_wrong"})
    assert response.status_code == 401


def test_the_scheme_may_be_written_as_one_likes(attendee):
    token = tokens.issue(attendee, now=clock.now())
    by = Caller()
    assert by.get("/bookings", headers={"Authorization": f"bearer  {token}"}).status_code == 200
