"""Of fifty who want one slot at once, does exactly one get it? By real HTTP, with a busy worker (BOOK-3)."""

from datetime import timedelta

import pytest

from bench.crowd import busy_worker, rush
from bench.processes import running, serving
from duologue.accounts.models import ApiToken, Throttle
from duologue.api import tokens
from duologue.bookings.models import Booking
from duologue.bookings.queries import claiming
from duologue.bookings.states import Status
from duologue.core import clock
from tests.api.conftest import wednesday
from tests.cast import make_event_type, make_host, make_user

CROWD = 50
ROUNDS = 4


@pytest.mark.race
@pytest.mark.parametrize("price", [6500, 0], ids=["paid", "free"])
def test_one_gets_the_slot_and_the_others_read_the_sentence(child_environment, price):
    event_type = make_event_type(make_host(), price=price)
    people = [tokens.issue(make_user(), now=clock.now()) for _ in range(CROWD)]
    web = ["duologue", "web", "--workers", "2"]
    with running(["duologue", "worker"], child_environment), serving(web, child_environment) as port:
        for number in range(ROUNDS):
            starts_at = wednesday(8) + timedelta(hours=number)
            with busy_worker():
                result = rush(port, people, event_type.pk, starts_at)
            assert result.others == []
            assert (result.winners, result.sorry) == (1, CROWD - 1)
            assert Booking.objects.filter(claiming(clock.now()), starts_at=starts_at).count() == 1
    assert Booking.objects.count() == ROUNDS
    expected = Status.PENDING_PAYMENT if price else Status.CONFIRMED
    assert {booking.status for booking in Booking.objects.all()} == {expected.value}
    assert ApiToken.objects.filter(last_used_at=None).count() == 0
    assert Throttle.objects.filter(name__startswith="api-book:", count=ROUNDS).count() == CROWD
