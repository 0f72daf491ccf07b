"""How does an owed mail get out: once in effect, however often the job runs or dies on the way?"""

from datetime import datetime, timedelta
from uuid import UUID

from duologue.core import statements
from duologue.core.errors import Permanent, ProviderError, Retryable
from duologue.core.kept import Kept, given
from duologue.notifications import delivery, letters, rendering
from duologue.notifications.models import OutgoingMail

PEOPLE = ("booking__host__user", "booking__attendee", "booking__event_type", "user")
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 8, 30, 120, 240, 360))
"""Between tries: a greylisting server is met again soon, a broken one has half a day to come back."""

_State = OutgoingMail.State
_OPEN = (_State.QUEUED, _State.RETRYING, _State.SENDING, _State.FAILED)
_ERROR = 300
_UNSENT = Kept(lambda: OutgoingMail.objects.select_related(*PEOPLE).filter(pk=given("id"), state__in=_OPEN))


def send_mail(now: datetime, mail_id: str) -> None:
    """The job: claim the row, look at the world once more, render, hand over, write down.

    No transaction is open while the server talks. A crash after it took the mail repeats the mail with the
    same Message-ID, which mailboxes fold into one. Raises ProviderError with what to do about it.
    """
    mail = _claim(UUID(mail_id))
    if mail is None:
        return
    try:
        _send(mail, now)
    except Exception as error:
        raise _written_down(mail, error) from error


def _claim(mail_id: UUID) -> OutgoingMail | None:
    """The mail, marked as being sent by us; None when it is done with, or another run was quicker.

    A row left in `sending` is a run that died: the job's lease says that nobody else is at it.
    """
    mail = _UNSENT.first(id=mail_id)
    if mail is None:
        return None
    ours = {"state": _State.SENDING, "attempts": mail.attempts + 1}
    if not statements.update(OutgoingMail, ours, id=mail.pk, state=mail.state, attempts=mail.attempts):
        return None
    mail.attempts += 1
    return mail


def _send(mail: OutgoingMail, now: datetime) -> None:
    if reason := letters.why_not(mail, now):
        _finish(mail, _State.DROPPED, last_error=f"Not sent: {reason}."[:_ERROR])
        return
    rendered = rendering.render(mail, now)
    leaves = delivery.leaves(rendered.to.email)
    if leaves:
        delivery.deliver(rendered, now)
    state = _State.SENT if leaves else _State.KEPT
    _finish(mail, state, subject=rendered.subject, sent_at=now, last_error="")


def _finish(mail: OutgoingMail, state: OutgoingMail.State, **fields: object) -> None:
    as_taken = {"id": mail.pk, "state": _State.SENDING, "attempts": mail.attempts}
    statements.update(OutgoingMail, {"state": state, **fields}, **as_taken)


def _written_down(mail: OutgoingMail, error: Exception) -> Exception:
    """The error as the queue shall see it, after the mail's own row says so too."""
    known = isinstance(error, ProviderError)
    words = str(error) if known else f"It could not be written: {type(error).__name__}."
    last_try = mail.attempts > len(PAUSES)
    hopeless = known and not isinstance(error, Retryable)
    _finish(mail, _State.FAILED if last_try or hopeless else _State.RETRYING, last_error=words[:_ERROR])
    if hopeless or not known:
        return error
    if last_try:
        return Permanent(f"Tried {mail.attempts} times. {words}")
    return Retryable(words, retry_after=PAUSES[mail.attempts - 1])
