"""A room of the host’s own: the address they typed, the same for all their sessions. Nobody is asked."""

from django.utils.translation import gettext

from duologue.core import crypto
from duologue.core.errors import NeedsReconnect
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Visitor


class LinkProvider:
    slug = "link"
    vendor = "link"
    embeddable = False
    can_update = True
    per_person_tokens = False
    settings = ()

    def __init__(self) -> None:
        self.name = gettext("Own link")

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        return _room(account)

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        return _room(account)

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """The room is the host’s, and their other sessions take place there too."""

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return meeting.join_url

    def probe(self, *, account: Account) -> str:
        """What a person typed is never fetched."""
        _room(account)
        return ""


def _room(account: Account) -> CreatedMeeting:
    """The id is the same as long as the address is, and does not tell it."""
    if not account.secret:
        raise NeedsReconnect("The host has given no link.", code="not_connected")
    return CreatedMeeting(crypto.fingerprint(account.secret)[:32], account.secret)
