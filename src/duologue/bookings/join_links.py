"""Which link leads whom into a call? Tokens that can be written again and revoked (law 10)."""

from uuid import UUID

from django.conf import settings

from duologue.bookings.models import Booking, JoinLink, Party
from duologue.core import crypto, statements
from duologue.core.kept import Kept, given

_OF_PARTY = Kept(lambda: JoinLink.objects.filter(booking=given("booking"), party=given("party")))


def token(booking_id: UUID, party: str, generation: int) -> str:
    """The secret part of `/j/<token>`, the same each time it is made."""
    return crypto.token(settings.SECRET_KEY, "join-link", booking_id, party, generation)


def create(booking: Booking) -> None:
    """One link for each party; a booking that has them keeps them."""
    links = [
        JoinLink(
            booking=booking,
            party=party.value,
            generation=1,
            fingerprint=crypto.fingerprint(token(booking.id, party.value, 1)),
        )
        for party in Party
    ]
    statements.insert(*links, or_keep=True)


def of_party(booking_id: UUID, party: str) -> JoinLink | None:
    """The link of one of the two people."""
    return _OF_PARTY.first(booking=booking_id, party=party)


def address(link: JoinLink) -> str:
    """The whole address, as it stands in mails and invites."""
    return f"{settings.BASE_URL}/j/{token(link.booking_id, link.party, link.generation)}"


def find(given: str) -> JoinLink | None:
    """The link a token opens; None for an unknown or revoked one."""
    return (
        JoinLink.objects.select_related("booking__host__user", "booking__attendee", "booking__event_type")
        .filter(fingerprint=crypto.fingerprint(given))
        .first()
    )


def revoke(link: JoinLink) -> None:
    """Make the link that was sent useless and the next one valid."""
    link.generation += 1
    link.fingerprint = crypto.fingerprint(token(link.booking_id, link.party, link.generation))
    link.save(update_fields=["generation", "fingerprint"])
