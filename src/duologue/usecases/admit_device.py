"""Let a further device into a call, or not: the host's word, or a code mailed to the attendee (law 10)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import codes
from duologue.accounts.models import MailedCode
from duologue.bookings.models import Booking
from duologue.calls import access
from duologue.calls.models import JoinDevice
from duologue.core.errors import NotFound, Refused


def admit_device(booking: Booking, device_id: int, *, admit: bool, now: datetime) -> None:
    """The host's decision; a device that was let in meanwhile stays in, a refused one can be let in later.

    The caller has made sure that the host asks. Raises NotFound for a device that is not at this door.
    """
    states = [JoinDevice.State.ASKED, *([JoinDevice.State.REFUSED] if admit else [])]
    decision = JoinDevice.State.ADMITTED if admit else JoinDevice.State.REFUSED
    devices = access.valid_devices(booking).filter(pk=device_id)
    if not devices.exists():
        raise NotFound(_("This device does not wait any more."))
    _decide(device_id, states, decision, by=JoinDevice.By.HOST, now=now)


def admit_by_code(device: JoinDevice, typed: str, *, browser: str, now: datetime) -> None:
    """The person at this device typed the code that was mailed to the attendee: it comes in, refused or not.

    Raises Refused `code_wrong`, `code_over`.
    """
    purpose = MailedCode.Purpose.SECOND_DEVICE
    asked = MailedCode.objects.filter(purpose=purpose, subject=str(device.booking_id), browser=browser)
    newest = asked.order_by("-created_at").first()
    if newest is None:
        raise Refused(_("Ask for a code first."), code="code_over")
    code = codes.check(newest.pk, typed, purpose=purpose, browser=browser, now=now)
    undecided = [JoinDevice.State.ASKED, JoinDevice.State.REFUSED]
    with transaction.atomic():
        codes.spend(code, now=now)
        _decide(device.pk, undecided, JoinDevice.State.ADMITTED, by=JoinDevice.By.CODE, now=now)


def _decide(
    device_id: int, states: list[JoinDevice.State], to: JoinDevice.State, *, by: str, now: datetime
) -> None:
    JoinDevice.objects.filter(pk=device_id, state__in=states).update(state=to, decided_by=by, decided_at=now)
