"""Is a token renewed in time, by one at a time, and is its end noticed and told?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from duologue.connections import accounts, tokens, vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import NeedsReconnect, NotConfigured, Retryable
from duologue.jobs.models import Job
from tests.cast import make_user
from tests.connections.conftest import connect
from tests.connections.vendor import Fault

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 8


def kept(row):
    row.refresh_from_db()
    return vault.unseal(row.sealed_access), vault.unseal(row.sealed_refresh)


class TestInTime:
    def test_a_fresh_token_is_used_as_it_is(self, vendor, host, now):
        row = connect(vendor, host.user, lives=timedelta(minutes=3))
        access = tokens.usable(row, now=now)
        assert (access.name, access.secret) == ("naoko@studio.example", kept(row)[0])
        assert vendor.asked["refresh_token"] == 0

    @pytest.mark.parametrize("lives", [timedelta(seconds=119), timedelta(0), timedelta(days=-30)])
    def test_one_that_is_about_to_end_is_renewed(self, vendor, host, now, lives):
        row = connect(vendor, host.user, lives=lives)
        old = kept(row)
        access = tokens.usable(row, now=now)
        assert access.secret == kept(row)[0] != old[0]
        assert kept(row)[1] != old[1], "the next refresh token is kept as well"
        assert row.access_expires_at == now + timedelta(hours=1)
        assert row.refreshing_until is None

    def test_one_that_was_refused_is_renewed_whatever_its_time(self, vendor, host, now):
        row = connect(vendor, host.user, lives=timedelta(minutes=50))
        old = kept(row)[0]
        assert tokens.usable(row, now=now, refused=old).secret == kept(row)[0] != old

    def test_one_that_was_renewed_since_it_was_refused_is_not_renewed_again(self, vendor, host, now):
        row = connect(vendor, host.user, lives=timedelta(minutes=50))
        tokens.usable(row, now=now, refused="an-older-one")
        assert vendor.asked["refresh_token"] == 0

    def test_a_vendor_that_keeps_its_refresh_token_sends_none(self, vendor, host, now):
        row = connect(vendor, host.user, "google")
        refresh = kept(row)[1]
        vendor.rotates = vendor.gives_refresh = False
        tokens.usable(row, now=now)
        assert kept(row)[1] == refresh

    def test_a_link_of_ones_own_needs_nobody(self, vendor, host, now):
        row = connect(vendor, host.user, "link", sealed_access=vault.seal("https://clinic.example/room"))
        assert tokens.usable(row, now=now).secret == "https://clinic.example/room"
        assert sum(vendor.asked.values()) == 0

    def test_no_token_is_readable_in_the_row_or_in_what_is_printed(self, vendor, host, now):
        row = connect(vendor, host.user)
        access = tokens.usable(row, now=now)
        row.refresh_from_db()
        for text in (row.sealed_access, row.sealed_refresh, repr(access), str(row)):
            assert access.secret not in text


@pytest.mark.race
class TestTogether:
    def at_once(self, rows, now):
        def ask(row):
            try:
                return tokens.usable(row, now=now)
            finally:
                connection.close()

        with ThreadPoolExecutor(CROWD) as crowd:
            return list(crowd.map(ask, rows))

    def test_eight_at_once_renew_once_and_all_get_the_new_token(self, vendor, host, now):
        row = connect(vendor, host.user)
        vendor.seconds = 0.4
        found = self.at_once([Connection.objects.get(pk=row.pk) for _ in range(CROWD)], now)
        assert vendor.asked["refresh_token"] == 1
        assert {access.secret for access in found} == {kept(row)[0]}
        assert row.state == "works"

    def test_who_comes_with_the_refused_token_late_gets_the_new_one(self, vendor, host, now):
        row = connect(vendor, host.user, lives=timedelta(minutes=50))
        old = kept(row)[0]
        tokens.usable(row, now=now, refused=old)
        assert tokens.usable(row, now=now, refused=old).secret != old
        assert vendor.asked["refresh_token"] == 1

    def test_when_the_one_who_renews_fails_the_next_tries(self, vendor, host, now):
        row = connect(vendor, host.user)
        vendor.faults.append(Fault(seconds=0.3))
        with ThreadPoolExecutor(2) as crowd:
            asked = [crowd.submit(self.at_once, [Connection.objects.get(pk=row.pk)], now) for _ in range(2)]
        errors = [one.exception() for one in asked]
        assert [type(error) for error in errors if error] == [Retryable]
        assert vendor.asked["refresh_token"] == 2
        assert row.state == "works"

    def test_a_lease_of_one_who_died_ends(self, vendor, host, now):
        gone = clock.machine() - timedelta(seconds=1)
        row = connect(vendor, host.user, refreshing_until=gone)
        assert tokens.usable(row, now=now).secret == kept(row)[0]

    def test_nobody_waits_for_ever_for_one_who_died(self, vendor, host, now, monkeypatch):
        monkeypatch.setattr(tokens, "WAITS_SECONDS", 0.2)
        row = connect(vendor, host.user, refreshing_until=clock.machine() + timedelta(seconds=50))
        with pytest.raises(Retryable):
            tokens.usable(row, now=now)
        assert vendor.asked["refresh_token"] == 0

    def test_a_renewal_under_way_when_the_account_is_disconnected_is_kept_to_be_given_back(
        self, vendor, host, now
    ):
        row = connect(vendor, host.user)
        vendor.may_answer.clear()
        with ThreadPoolExecutor(1) as crowd:
            renewal = crowd.submit(self.at_once, [Connection.objects.get(pk=row.pk)], now)
            until_leased(row)
            Connection.objects.filter(pk=row.pk).update(state="disconnected")
            vendor.may_answer.set()
        assert isinstance(renewal.exception(), NeedsReconnect)
        assert kept(row)[1] in vendor.refresh_tokens

    def test_a_renewal_under_way_when_the_account_is_connected_anew_changes_nothing(self, vendor, host, now):
        row = connect(vendor, host.user)
        vendor.may_answer.clear()
        with ThreadPoolExecutor(1) as crowd:
            renewal = crowd.submit(self.at_once, [Connection.objects.get(pk=row.pk)], now)
            until_leased(row)
            Connection.objects.filter(pk=row.pk).update(
                sealed_access=vault.seal("new"), sealed_refresh=vault.seal("newer"), refreshing_until=None
            )
            vendor.may_answer.set()
        assert isinstance(renewal.exception(), Retryable)
        assert kept(row) == ("new", "newer")


def until_leased(row):
    """Wait until somebody renews; the test's own time limit ends it else."""
    while not Connection.objects.filter(pk=row.pk, refreshing_until__isnull=False).exists():
        pass


class TestTheEnd:
    def test_a_consent_taken_back_breaks_the_connection_and_is_owed_to_be_told_once(self, vendor, host, now):
        row = connect(vendor, host.user)
        vendor.end_consent()
        for _ in range(3):
            with pytest.raises(NeedsReconnect):
                tokens.usable(row, now=now)
        row.refresh_from_db()
        assert (row.state, row.problem, row.broke_at) == ("reconnect_needed", "ended", now)
        assert vendor.asked["refresh_token"] == 1
        assert list(Job.objects.values_list("name", flat=True)) == ["tell_reconnect"]

    def test_an_answer_that_is_lost_after_zoom_rotated_ends_it(self, vendor, host, now):
        row = connect(vendor, host.user)
        vendor.faults.append(Fault(after=True))
        with pytest.raises(Retryable):
            tokens.usable(row, now=now)
        with pytest.raises(NeedsReconnect):
            tokens.usable(row, now=now)
        row.refresh_from_db()
        assert row.state == "reconnect_needed"

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(500),
            Fault(503, b"", {"Retry-After": "7"}),
            Fault(429, b'{"error": "slow_down"}'),
            Fault(400, b"<html>Bad gateway</html>"),
            Fault(200, b"<html>Sign in</html>"),
            Fault(200, b'{"access_token": "acc'),
            Fault(200, b""),
            Fault(200, b"[]"),
            Fault(200, b'{"access_token": {"a": 1}}'),
            Fault(200, b'{"access_token": "two\\r\\nlines"}'),
            Fault(200, b'{"access_token": "x", "pad": "' + b"x" * 2_000_000 + b'"}'),
            Fault(302, b"", {"Location": "https://elsewhere.example/"}),
            Fault(400, b'{"error": "temporarily_unavailable"}'),
            Fault(200, b"[" * 100_000),
        ],
        ids=lambda fault: f"{fault.status} {fault.body[:24]!r}",
    )
    def test_an_answer_that_is_none_can_be_asked_for_again(self, vendor, host, now, fault):
        row = connect(vendor, host.user)
        vendor.faults.append(fault)
        with pytest.raises(Retryable) as error:
            tokens.usable(row, now=now)
        assert "html" not in str(error.value)
        assert tokens.usable(row, now=now).secret == kept(row)[0]

    def test_the_pause_that_a_vendor_asks_for_is_passed_on(self, vendor, host, now):
        row = connect(vendor, host.user)
        vendor.faults.append(Fault(429, b"{}", {"Retry-After": "7"}))
        with pytest.raises(Retryable) as error:
            tokens.usable(row, now=now)
        assert error.value.retry_after == timedelta(seconds=7)

    def test_our_own_wrong_secret_is_the_operators_matter_and_breaks_nothing(
        self, vendor, host, now, settings
    ):
        settings.DUOLOGUE_ZOOM_CLIENT_SECRET = "wrong"
        row = connect(vendor, host.user)
        with pytest.raises(NotConfigured):
            tokens.usable(row, now=now)
        row.refresh_from_db()
        assert (row.state, row.refreshing_until) == ("works", None)

    def test_without_the_key_that_sealed_it_the_account_has_to_be_connected_again(
        self, vendor, host, now, settings
    ):
        row = connect(vendor, host.user)
        settings.DUOLOGUE_ENCRYPTION_KEYS = ["a quite different key"]
        with pytest.raises(NeedsReconnect):
            tokens.usable(row, now=now)
        row.refresh_from_db()
        assert (row.state, row.problem) == ("reconnect_needed", "unreadable")


class TestWhichServes:
    def test_ones_own_goes_first_then_the_installations(self, vendor, host):
        connect(vendor, make_user())
        assert accounts.find(host.user.pk, "zoom") is None
        common = connect(vendor, None)
        assert accounts.find(host.user.pk, "zoom") == common
        own = connect(vendor, host.user)
        assert accounts.find(host.user.pk, "zoom") == own

    def test_one_that_is_broken_serves_nobody(self, vendor, host):
        connect(vendor, host.user, state="reconnect_needed")
        assert accounts.find(host.user.pk, "zoom") is None
        assert [one.state for one in accounts.living(host.user.pk)] == ["reconnect_needed"]

    @pytest.mark.parametrize("is_common", [False, True])
    def test_of_one_vendor_only_one_lives(self, vendor, host, is_common):
        owner = None if is_common else host.user
        connect(vendor, owner, state="disconnected")
        connect(vendor, owner, state="reconnect_needed")
        with pytest.raises(IntegrityError), transaction.atomic():
            connect(vendor, owner)
