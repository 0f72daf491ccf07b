"""Does everybody get as many tries as they may, and nobody more, however they ask?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from duologue.accounts import throttle, upkeep
from duologue.accounts.models import Throttle
from duologue.accounts.throttle import allow, client_address, is_local
from duologue.core import clock


@pytest.mark.django_db
def test_as_many_as_may_and_no_more() -> None:
    assert [allow("code", "ana", limit=3, seconds=60) for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.django_db
def test_people_and_scopes_are_counted_apart() -> None:
    assert allow("code", "ana", limit=1, seconds=60)
    assert allow("code", "bo", limit=1, seconds=60)
    assert allow("book", "ana", limit=1, seconds=60)
    assert not allow("code", "ana", limit=1, seconds=60)


@pytest.mark.django_db
def test_trying_on_does_not_begin_the_span_anew() -> None:
    allow("code", "ana", limit=1, seconds=60)
    ends_at = Throttle.objects.get().ends_at
    allow("code", "ana", limit=1, seconds=60)
    assert Throttle.objects.get().ends_at == ends_at


@pytest.mark.django_db
def test_a_new_span_counts_anew() -> None:
    allow("code", "ana", limit=1, seconds=60)
    assert not allow("code", "ana", limit=1, seconds=60)
    Throttle.objects.update(ends_at=clock.now())
    assert allow("code", "ana", limit=1, seconds=60)
    assert not allow("code", "ana", limit=1, seconds=60)
    assert Throttle.objects.get().ends_at > clock.now()


@pytest.mark.django_db
def test_names_are_not_kept() -> None:
    allow("code", "ana@people.example", limit=1, seconds=60)
    assert "ana" not in Throttle.objects.get().name


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_get_no_more_than_one_after_the_other() -> None:
    def ask(_: int) -> bool:
        try:
            return allow("code", "ana", limit=5, seconds=60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as crowd:
        assert sum(crowd.map(ask, range(20))) == 5


@pytest.mark.django_db
def test_what_is_over_is_forgotten() -> None:
    now = clock.now()
    allow("code", "ana", limit=1, seconds=60)
    allow("code", "bo", limit=1, seconds=600)
    upkeep.forget_ended(now + timedelta(seconds=120))
    assert Throttle.objects.count() == 1
    throttle.forget_ended(now + timedelta(hours=1))
    assert Throttle.objects.count() == 0


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "address"),
    [
        ("203.0.113.9", "", [], "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", [], "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "1.2.3.4, 198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, 10.0.0.9", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "", ["10.0.0.2"], "10.0.0.2"),
        ("2001:db8::1", "2001:db8::7", ["2001:db8::1"], "2001:db8::7"),
        ("", "198.51.100.1", ["10.0.0.2"], ""),
    ],
)
def test_only_a_trusted_proxy_s_word_on_who_asks_counts(
    remote: str, forwarded: str, proxies: list[str], address: str, rf: RequestFactory, settings: Settings
) -> None:
    settings.DUOLOGUE_TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(rf.get("/", headers=headers, REMOTE_ADDR=remote)) == address


@pytest.mark.parametrize(
    ("address", "headers", "local"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("192.0.2.7", {}, False),
        ("", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, False),
    ],
)
def test_only_this_machine_itself_is_local(address, headers, local):
    assert is_local(RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)) is local
