"""Is a refund that does not go out never lost and never sent twice, and does each have its paper? (PAY-3)"""

from datetime import timedelta
from functools import partial

import pytest

from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.errors import Invalid, NotFound, Refused, Retryable
from duologue.core.ids import uuid7
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications import rendering
from duologue.notifications.models import OutgoingMail
from duologue.payments.contract import RefundState
from duologue.payments.models import Payment, Receipt, Refund, RefundTransition, SandboxCheckout
from duologue.payments.providers import sandbox
from duologue.payments.providers.sandbox import SandboxProvider
from duologue.payments.questions import in_question, raise_question
from duologue.usecases.answer_question import close_question, give_back_all
from duologue.usecases.cancel import cancel
from duologue.usecases.issue_refund import LOOKS_AGAIN, issue_refund, settle_refund
from duologue.usecases.retry_refund import retry_refund
from duologue.usecases.settle_by_hand import settle_by_hand
from tests.sold import sell

pytestmark = pytest.mark.django_db
Status = Refund.Status
DAY = timedelta(days=1)


class Gateway(SandboxProvider):
    """The sandbox with a mood: says what it is told to say, and keeps the keys it was asked with."""

    keys: list[str] = []
    answer: RefundState | Exception | None = None
    meanwhile = staticmethod(lambda: None)
    is_heard = True

    def refund(self, request):
        self.keys.append(request.key)
        self.meanwhile()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or super().refund(request)

    def find_refund(self, request):
        if not self.is_heard:
            raise Retryable("Nobody answers.")
        return super().find_refund(request)

    def fetch_refund(self, external_id):
        return self.answer if isinstance(self.answer, RefundState) else super().fetch_refund(external_id)


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setattr(sandbox, "SandboxProvider", Gateway)
    monkeypatch.setattr(Gateway, "keys", [])
    monkeypatch.setattr(Gateway, "answer", None)
    return Gateway


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def by(operator):
    return Actor("operator", operator.pk)


@pytest.fixture
def owed(paid, attendee, now, by):
    """A cancelled session whose money goes back; nobody has asked the gateway yet."""
    booking = sell(paid, attendee, now=now)
    cancel(booking, by=by, reason="other", now=now)
    return Refund.objects.get()


NO = RefundState("re_1", succeeded=False, failure="The card was closed.")


def is_back(refund):
    refund.refresh_from_db()
    return refund.status in {Status.SUCCEEDED, Status.SETTLED_BY_HAND}


def test_a_definite_no_is_shown_and_told_to_operators(owed, gateway, operator, now):
    gateway.answer = NO
    run_due(now)
    owed.refresh_from_db()
    assert (owed.status, owed.failure) == (Status.FAILED, "The card was closed.")
    mail = OutgoingMail.objects.get(template="operators_refund_stuck")
    assert mail.user_id == operator.pk
    assert "The card was closed." in rendering.render(mail, now).text
    assert not OutgoingMail.objects.filter(template="refunded").exists()
    assert not Receipt.objects.filter(kind="credit_note").exists()


def test_tried_again_after_a_no_it_has_a_new_key(owed, gateway, by, now):
    gateway.answer = NO
    run_due(now)
    gateway.answer = None
    retry_refund(owed.pk, by=by, now=now)
    run_due(now)
    assert is_back(owed)
    assert gateway.keys == [f"refund-{owed.pk}", f"refund-{owed.pk}-2"]
    steps = list(owed.transitions.values_list("from_status", "to_status", "actor"))
    assert steps == [
        ("", "pending", "operator"),
        ("pending", "failed", "system"),
        ("failed", "pending", "operator"),
        ("pending", "succeeded", "system"),
    ]


def test_tried_again_without_an_answer_it_keeps_its_key(owed, gateway, by, now):
    gateway.answer = Retryable("Nobody answers.")
    run_due(now)
    gateway.answer = None
    retry_refund(owed.pk, by=by, now=now)
    run_due(now)
    assert is_back(owed)
    assert set(gateway.keys) == {f"refund-{owed.pk}"}


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.SETTLED_BY_HAND])
def test_what_is_done_is_not_sent_again(owed, gateway, by, now, status):
    Refund.objects.update(status=status)
    with pytest.raises(Refused) as refused:
        retry_refund(owed.pk, by=by, now=now)
    assert refused.value.code == "not_stuck"
    with pytest.raises(Refused) as refused:
        settle_by_hand(owed.pk, "By bank transfer", by=by, now=now)
    assert refused.value.code == "done"
    run_due(now)
    assert gateway.keys == []


def test_while_a_bank_decides_nothing_is_sent(owed, gateway, by, now):
    Payment.objects.update(disputed_at=now)
    run_due(now)
    owed.refresh_from_db()
    assert owed.status == Status.FAILED
    with pytest.raises(Refused) as refused:
        retry_refund(owed.pk, by=by, now=now)
    assert refused.value.code == "disputed"
    close_question(owed.payment_id)
    retry_refund(owed.pk, by=by, now=now)
    run_due(now)
    assert is_back(owed)


def test_settled_by_hand_it_says_who_when_and_how(owed, gateway, by, operator, now):
    gateway.answer = NO
    run_due(now)
    later = now + timedelta(hours=3)
    settle_by_hand(owed.pk, "  Bank transfer of 22 November \n", by=by, now=later)
    assert is_back(owed)
    assert owed.finished_at == later
    step = RefundTransition.objects.filter(refund=owed).last()
    assert (step.to_status, step.actor_user, step.at) == ("settled_by_hand", operator, later)
    assert step.words == "Bank transfer of 22 November"
    assert Receipt.objects.get(refund=owed).issued_at == later
    mail = OutgoingMail.objects.get(template="refunded")
    assert "We sent you all of it in another way than you paid." in rendering.render(mail, later).text
    gateway.answer = None
    run_due(later)
    assert len(gateway.keys) == 1


@pytest.mark.parametrize("note", ["", " \n\t", "x" * 1001])
def test_settling_by_hand_needs_a_note(owed, gateway, by, now, note):
    gateway.answer = NO
    run_due(now)
    with pytest.raises(Invalid) as invalid:
        settle_by_hand(owed.pk, note, by=by, now=now)
    assert invalid.value.data["field"] == "note"
    assert not is_back(owed)


def test_what_is_on_its_way_is_not_settled_by_hand(owed, gateway, by, now):
    """Neither before the first try, nor while the gateway has it in hand."""
    gateway.answer = RefundState("re_1", succeeded=False, pending=True)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            settle_by_hand(owed.pk, "By bank transfer", by=by, now=now)
        assert refused.value.code == "on_its_way"
        run_due(now)
    assert not is_back(owed)


def test_what_the_gateway_sent_unheard_is_not_paid_by_hand_too(owed, gateway, by, now, monkeypatch):
    """It did as it was asked, and its answer got lost: asked once more, it says so."""
    gateway.answer = Retryable("The line broke.")
    sent = partial(SandboxCheckout.objects.update, refund_key=owed.pk)
    monkeypatch.setattr(gateway, "meanwhile", staticmethod(sent))
    run_due(now)
    with pytest.raises(Refused) as refused:
        settle_by_hand(owed.pk, "In cash", by=by, now=now)
    assert refused.value.code == "done"
    owed.refresh_from_db()
    assert owed.status == Status.SUCCEEDED
    assert not in_question().exists()
    assert OutgoingMail.objects.filter(template="refunded").count() == 1


def test_a_gateway_that_was_refused_once_and_sent_it_before_is_believed_too(owed, gateway, by, now):
    """The first try went through unheard, the second met a definite no."""
    gateway.answer = NO
    run_due(now)
    SandboxCheckout.objects.update(refund_key=owed.pk)
    Refund.objects.update(external_id="")
    gateway.answer = None
    with pytest.raises(Refused) as refused:
        settle_by_hand(owed.pk, "In cash", by=by, now=now)
    assert refused.value.code == "done"


def test_while_nobody_can_say_it_is_not_settled_by_hand_and_stays_owed(owed, gateway, by, now, monkeypatch):
    gateway.answer = Retryable("Nobody answers.")
    run_due(now)
    monkeypatch.setattr(gateway, "is_heard", False)
    with pytest.raises(Refused) as refused:
        settle_by_hand(owed.pk, "In cash", by=by, now=now)
    assert refused.value.code == "unknown"
    monkeypatch.setattr(gateway, "is_heard", True)
    gateway.answer = None
    run_due(now)
    owed.refresh_from_db()
    assert owed.status == Status.SUCCEEDED


def test_a_gateway_that_says_no_and_then_nothing_does_not_keep_a_person_from_it(
    owed, gateway, by, now, monkeypatch
):
    gateway.answer = NO
    run_due(now)
    Refund.objects.update(external_id="")
    monkeypatch.setattr(gateway, "is_heard", False)
    settle_by_hand(owed.pk, "In cash", by=by, now=now)
    assert is_back(owed)


def test_a_try_under_way_is_waited_for(owed, gateway, by, now):
    gateway.answer = Retryable("Nobody answers.")
    run_due(now)
    Job.objects.filter(name="issue_refund").update(state=Job.State.RUNNING, lease="l", lease_until=now + DAY)
    with pytest.raises(Refused) as refused:
        settle_by_hand(owed.pk, "In cash", by=by, now=now)
    assert refused.value.code == "on_its_way"


def test_what_turns_out_sent_after_it_was_settled_by_hand_is_told(owed, gateway, by, now):
    gateway.answer = Retryable("Nobody answers.")
    run_due(now)
    settle_by_hand(owed.pk, "In cash", by=by, now=now)
    SandboxCheckout.objects.update(refund_key=owed.pk)
    run_due(now + LOOKS_AGAIN[0])
    assert "the gateway has sent the money too" in in_question().get().problem


def test_settled_by_hand_while_the_gateway_was_at_it_raises_a_question(owed, gateway, by, now, monkeypatch):
    """Nobody answered, an operator paid in cash, and the try that was under way then went through."""
    gateway.answer = Retryable("Nobody answers.")
    run_due(now)
    gateway.answer = None
    pay = partial(settle_by_hand, owed.pk, "In cash", by=by, now=now)
    monkeypatch.setattr(gateway, "meanwhile", staticmethod(pay))
    issue_refund(now, str(owed.pk))
    owed.refresh_from_db()
    assert owed.status == Status.SETTLED_BY_HAND
    assert "settled by hand, and the gateway has sent the money too" in in_question().get().problem


def test_the_word_of_a_try_that_is_over_changes_nothing(owed, gateway, now, monkeypatch):
    """The gateway forgot the key and made a second refund; then it tells late that the first had failed."""
    run_due(now)
    first = RefundState("re_of_before", succeeded=False, failure="Long over.", key=owed.key)
    present = RefundState(f"sandbox-{owed.pk}", succeeded=True, key=owed.key)
    told = {state.external_id: state for state in (first, present)}
    monkeypatch.setattr(gateway, "fetch_refund", lambda self, external_id: told[external_id])
    settle_refund(owed.pk, now=now, external_id="re_of_before")
    assert is_back(owed)


def test_no_such_refund(by, now, db):
    for act in (retry_refund, lambda pk, **how: settle_by_hand(pk, "In cash", **how)):
        with pytest.raises(NotFound):
            act(uuid7(now), by=by, now=now)


def test_an_operator_gives_back_what_is_in_question(paid, attendee, now, by):
    booking = sell(paid, attendee, now=now)
    payment = booking.payment
    raise_question(payment.pk, "Something is odd.")
    refund = give_back_all(payment.pk, by=by, now=now)
    run_due(now)
    assert is_back(refund)
    assert refund.cause == Refund.Cause.OPERATOR
    assert not in_question().exists()
    with pytest.raises(Refused) as refused:
        give_back_all(payment.pk, by=by, now=now)
    assert refused.value.code == "nothing_kept"
