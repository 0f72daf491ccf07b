"""Does a mailed code hold when many try at once?"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from duologue.accounts import codes
from duologue.accounts.models import MailedCode, User
from duologue.core import clock
from duologue.core.errors import Refused
from duologue.usecases.prove_address import prove_address

BROWSER = "b" * 64
SIGN_IN = MailedCode.Purpose.SIGN_IN


def issue(email: str = "amara@people.example") -> MailedCode:
    with transaction.atomic():
        return codes.issue(email, purpose=SIGN_IN, browser=BROWSER, now=clock.now())


def at_once(task, times: int) -> list[str]:
    """The outcomes of that many runs in threads of their own: "ok" or the refusal's code."""

    def one(number: int) -> str:
        try:
            task(number)
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_no_more_than_five_guesses_are_compared_however_many_come_at_once():
    code = issue()
    right = int(codes.digits_of(code))

    def guess(number: int) -> None:
        typed = f"{(right + 1 + number) % 10**6:06}"
        codes.check(code.pk, typed, purpose=SIGN_IN, browser=BROWSER, now=clock.now())

    outcomes = at_once(guess, 24)
    assert "ok" not in outcomes
    code.refresh_from_db()
    assert code.attempts == codes.MOST_ATTEMPTS


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_code_proves_an_address_once_however_often_the_button_is_pressed():
    code = issue()
    digits = codes.digits_of(code)

    def prove(number: int) -> None:
        prove_address(code.pk, digits, browser=BROWSER, now=clock.now())

    outcomes = at_once(prove, 5)
    assert outcomes.count("ok") == 1
    assert set(outcomes) == {"ok", "code_over"}
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_codes_without_a_browser_open_nothing():
    code = issue()
    MailedCode.objects.update(browser="")
    with pytest.raises(Refused):
        codes.check(code.pk, codes.digits_of(code), purpose=SIGN_IN, browser="", now=clock.now())
    assert codes.find(str(code.pk), purpose=SIGN_IN, browser="") is None


@pytest.mark.django_db(transaction=True)
def test_an_attempt_cannot_be_undone_by_a_transaction_around_it():
    code = issue()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        codes.check(code.pk, "000000", purpose=SIGN_IN, browser=BROWSER, now=clock.now())
