"""Can an old encryption key be dropped a day after a new one came?"""

import pytest

from duologue.connections import tokens, vault
from duologue.connections.models import Connection
from duologue.connections.resealing import reseal
from duologue.core import clock
from duologue.core.errors import NeedsReconnect
from tests.connections.conftest import connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(vendor, host, settings):
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["old"]
    connect(vendor, host.user, "zoom")
    connect(vendor, host.user, "link", sealed_access=vault.seal("https://clinic.example/"), sealed_refresh="")
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["new", "old"]
    return Connection.objects.order_by("pk")


def kept(rows):
    return [(vault.unseal(one.sealed_access), vault.unseal(one.sealed_refresh)) for one in rows.all()]


def test_after_the_chore_the_new_key_alone_opens_everything(rows, settings, now):
    before = kept(rows)
    reseal(now)
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["new"]
    assert kept(rows) == before


def test_what_the_new_key_sealed_is_left_alone(rows, now):
    reseal(now)
    sealed = list(rows.values_list("sealed_access", "sealed_refresh"))
    reseal(now)
    assert list(rows.values_list("sealed_access", "sealed_refresh")) == sealed


def test_what_is_being_renewed_is_left_to_whoever_renews_it(rows, now):
    rows.update(refreshing_until=clock.machine())
    sealed = list(rows.values_list("sealed_access"))
    reseal(now)
    assert list(rows.values_list("sealed_access")) == sealed


def test_what_no_key_opens_stays_and_is_told_when_it_is_used(rows, settings, now):
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["newest"]
    sealed = list(rows.values_list("sealed_access"))
    reseal(now)
    assert list(rows.values_list("sealed_access")) == sealed
    with pytest.raises(NeedsReconnect):
        tokens.usable(rows[0], now=now)
