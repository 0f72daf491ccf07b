"""Jitsi Meet on any server: a room is there as soon as somebody enters it (jitsi.github.io/handbook)."""

import json
from urllib.parse import quote, urlsplit

from django.conf import settings as configured
from django.utils.translation import gettext as _

from duologue.core import http
from duologue.core.errors import NotConfigured
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Setting, Visitor
from duologue.video.providers import installation_keys, jitsi_frame, signed_tokens, values

PUBLIC = "meet.jit.si"
"""Cuts embedded calls after five minutes, and wants one person to sign in."""


class JitsiProvider:
    """With app id and secret the server lets in only who has a token, and makes the host its moderator."""

    slug = "jitsi"
    name = "Jitsi"
    vendor = ""
    can_update = True
    settings = (Setting("JITSI_BASE_URL", "the address of your Jitsi server: https://meet.example.org"),)

    def __init__(self) -> None:
        url = configured.DUOLOGUE_JITSI_BASE_URL
        is_public = values.is_web_address(url) and urlsplit(url).hostname == PUBLIC
        self.embeddable = not is_public
        self.per_person_tokens = bool(configured.DUOLOGUE_JITSI_APP_ID)
        self.notice = _public_notice() if is_public else ""

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        room = values.room_name(idempotency_key)
        return CreatedMeeting(room_id=room, join_url=f"{_server()}/{room}")

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        """Times stand in the tokens alone."""
        return CreatedMeeting(room_id=room_id, join_url=f"{_server()}/{room_id}")

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """Nothing is kept there; nobody gets in any more because nobody gets the address or a token."""
        _server()

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        _server()
        token = self._token(meeting, request, visitor)
        if token:
            return values.with_query(meeting.join_url, jwt=token)
        shown_as = quote(json.dumps(visitor.name, ensure_ascii=False))
        return f"{meeting.join_url}#userInfo.displayName={shown_as}"

    def frame(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> Frame:
        token = self._token(meeting, request, visitor)
        script = f"{_server()}/external_api.js"
        return jitsi_frame.shown(meeting.join_url, token, visitor, script=script)

    def _token(self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor) -> str:
        """Empty where the server wants none."""
        app_id, secret = _app()
        if not app_id:
            return ""
        claims = {
            "aud": configured.DUOLOGUE_JITSI_AUDIENCE,
            "iss": app_id,
            # Inside, a server's domain is often another than in its address.
            "sub": "*",
            "room": meeting.room_id.lower(),
            **values.entry(request),
            "context": {"user": signed_tokens.person(visitor)},
        }
        return signed_tokens.by_secret(claims, secret, vendor=self.name)

    def probe(self, *, account: Account) -> str:
        """There is no account; every Jitsi server has this script."""
        installation_keys.checked(http.request(self.name, "HEAD", f"{_server()}/external_api.js"))
        _app()
        return ""


def _server() -> str:
    (url,) = installation_keys.needed("Jitsi", JitsiProvider.settings)
    if not values.is_web_address(url) or urlsplit(url).query or urlsplit(url).fragment:
        raise NotConfigured("DUOLOGUE_JITSI_BASE_URL is no address of a Jitsi server.")
    return url


def _app() -> tuple[str, str]:
    """App id and secret, or neither."""
    app_id, secret = configured.DUOLOGUE_JITSI_APP_ID, configured.DUOLOGUE_JITSI_APP_SECRET
    if bool(app_id) != bool(secret):
        raise NotConfigured("Of DUOLOGUE_JITSI_APP_ID and DUOLOGUE_JITSI_APP_SECRET only one is set.")
    return app_id, secret


def _public_notice() -> str:
    return _(
        "On meet.jit.si one of you has to sign in with a Google, Facebook or GitHub account; "
        "whoever comes first waits until then."
    )
