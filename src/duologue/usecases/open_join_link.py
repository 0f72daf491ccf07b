"""Go through a personal join link: who may, on which device, and what is written down (law 10)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts.models import User
from duologue.bookings import join_links
from duologue.bookings.models import Booking, JoinLink, Party
from duologue.calls import access, door
from duologue.calls.models import Join, JoinDevice
from duologue.core.errors import Forbidden, NotFound, Refused
from duologue.usecases.join import JoinTarget, asks_first, join

MOST_DEVICES = 10
"""Of one party and booking; more is somebody trying doors."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`target` is where to go now; without one the call's page says what comes first."""

    target: JoinTarget | None
    device: JoinDevice | None = None


def find_link(token: str) -> JoinLink:
    """The link of a token, with its booking and people. Raises NotFound for an unknown or revoked one."""
    link = join_links.find(token)
    if link is None:
        raise NotFound(_("This link does not lead anywhere any more."))
    return link


def open_join_link(link: JoinLink, *, user: User | None, browser: str, now: datetime) -> Opened:
    """Join as the link's person, or ask for admission from a second device.

    Raises Forbidden `sign_in_needed` (a host's link without the host), `not_your_link` (somebody else is
    signed in who is known to be another), and what `join` raises. Nothing is written by a refusal.
    """
    booking, party = link.booking, Party(link.party)
    if _knows(link, user, browser):
        return Opened(_through(booking, party, now=now, user=user))
    door.check(booking, now=now)
    device = _device(link, browser, now)
    if device.state != JoinDevice.State.ADMITTED:
        return Opened(None, device)
    return Opened(_through(booking, party, now=now), device)


def _through(booking: Booking, party: Party, *, now: datetime, user: User | None = None) -> JoinTarget | None:
    if asks_first(booking, now=now):
        return None
    return join(booking, party, now=now, way=Join.Way.JOIN_LINK, user=user, by_frame=True)


def _knows(link: JoinLink, user: User | None, browser: str) -> bool:
    """Whether this is the link's person without doubt; raises Forbidden where it is somebody else."""
    party, mine = Party(link.party), access.party_of(link.booking, user, browser=browser)
    if mine is party:
        return True
    if party is Party.HOST and user is None:
        raise Forbidden(_("Sign in to join as the host."), code="sign_in_needed")
    if party is Party.HOST or mine is not None or (user is not None and user.is_operator):
        raise Forbidden(_("This link is for somebody else."), code="not_your_link")
    return False


def _device(link: JoinLink, browser: str, now: datetime) -> JoinDevice:
    """This browser's row: the first one of the link's generation is admitted, the others ask."""
    with transaction.atomic():
        # Two browsers that open a fresh link at once queue here, so that only one of them is the first.
        JoinLink.objects.select_for_update().get(pk=link.pk)
        devices = JoinDevice.objects.filter(booking=link.booking, party=link.party)
        known = devices.filter(fingerprint=browser).first()
        if known is not None and known.generation == link.generation:
            return known
        if devices.count() >= MOST_DEVICES and known is None:
            raise Refused(_("This link was opened on too many devices."), code="too_many_devices")
        is_first = not devices.filter(generation=link.generation, state=JoinDevice.State.ADMITTED).exists()
        device, _made = devices.update_or_create(
            booking=link.booking,
            party=link.party,
            fingerprint=browser,
            defaults={
                "generation": link.generation,
                "state": JoinDevice.State.ADMITTED if is_first else JoinDevice.State.ASKED,
                "decided_by": JoinDevice.By.FIRST if is_first else "",
                "created_at": now,
                "decided_at": now if is_first else None,
            },
        )
        return device
