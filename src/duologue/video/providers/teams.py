"""Microsoft Teams by Microsoft Graph: a meeting with an id of ours, so that a repeat gets the same one.

Who may pass the lobby is the organisation's rule: commonly guests wait until the host lets them in. Teams
closes a meeting to nobody by itself.
"""

import re
from collections.abc import Collection
from datetime import UTC
from urllib.parse import quote

from django.utils.translation import gettext

from duologue.core.errors import Permanent, Retryable
from duologue.core.http import Answer
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Setting, Visitor
from duologue.video.providers import graph_api, values

MEETINGS = "me/onlineMeetings"
_PERSONAL = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
"""How Graph names who has a personal account; work and school accounts have a UUID."""


class TeamsProvider:
    slug = "teams"
    name = "Microsoft Teams"
    vendor = "microsoft"
    embeddable = False
    can_update = True
    per_person_tokens = False
    settings = (
        Setting("MICROSOFT_CLIENT_ID", "Microsoft Entra, App registrations, Overview"),
        Setting("MICROSOFT_CLIENT_SECRET", "Microsoft Entra, App registrations, Certificates & secrets"),
    )

    def __init__(self) -> None:
        self.notice = gettext(
            "Whoever is not of the host’s organisation may have to wait until the host lets them in."
        )

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        answer = _made_or_found(account, request, idempotency_key)
        meeting = _meeting(answer)
        if answer.status == 200:
            # It was there; an earlier try may have made it for a time that is no longer agreed.
            return self.update_meeting(meeting.room_id, request, account=account)
        return meeting

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        answer = graph_api.send_about(account, "PATCH", _path(room_id), body=_times(request))
        if answer.status == 204:
            answer = graph_api.send_about(account, "GET", _path(room_id))
        return _meeting(answer)

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        try:
            answer = graph_api.send_about(account, "DELETE", _path(room_id))
        except Permanent as error:
            if error.code != graph_api.GONE:
                raise
            return
        if answer.status != 204:
            raise Retryable("Microsoft answers something that cannot be read.")

    def clear_up(
        self, request: MeetingRequest, *, idempotency_key: str, kept: Collection[str], account: Account
    ) -> None:
        """There is no other way to ask for a meeting by our id, so one may be made to be taken away."""
        meeting = _meeting(_made_or_found(account, request, idempotency_key))
        if meeting.room_id not in kept:
            self.delete_meeting(meeting.room_id, account=account)

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        """The same for both: Teams knows the host by the account that is signed in."""
        graph_api.check_set_up()
        return meeting.join_url

    def probe(self, *, account: Account) -> str:
        """The account's address; a personal account works with everything but Teams."""
        found = graph_api.send(account, "GET", "me").json()
        if _PERSONAL.fullmatch(str(found.get("id", ""))):
            raise graph_api.personal()
        names = (found.get("mail"), found.get("userPrincipalName"))
        return next((one for one in names if isinstance(one, str) and one and one.isprintable()), "")


def _made_or_found(account: Account, request: MeetingRequest, idempotency_key: str) -> Answer:
    body = {"externalId": values.room_name(idempotency_key), "subject": request.title, **_times(request)}
    return graph_api.send(account, "POST", f"{MEETINGS}/createOrGet", body=body)


def _meeting(answer: Answer) -> CreatedMeeting:
    found = answer.json()
    return CreatedMeeting(
        values.text(graph_api.NAME, found, "id"), values.address(graph_api.NAME, found, "joinWebUrl")
    )


def _path(room_id: str) -> str:
    return f"{MEETINGS}/{quote(room_id, safe='')}"


def _times(request: MeetingRequest) -> dict[str, str]:
    return {
        "startDateTime": request.starts_at.astimezone(UTC).isoformat(),
        "endDateTime": request.ends_at.astimezone(UTC).isoformat(),
    }
