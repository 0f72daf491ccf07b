"""JaaS: Jitsi run by 8x8, where only people with a token of ours get in (developer.8x8.com/jaas)."""

from django.conf import settings as configured

from duologue.core import http
from duologue.video.contract import Account, CreatedMeeting, Frame, MeetingRequest, Setting, Visitor
from duologue.video.providers import installation_keys, jitsi_frame, signed_tokens, values

_EXTRAS = ("recording", "livestreaming", "transcription", "outbound-call")
"""What costs money or keeps what was said; nobody agreed to that here."""


class JaasProvider:
    slug = "jaas"
    name = "JaaS"
    vendor = ""
    embeddable = True
    can_update = True
    per_person_tokens = True
    settings = (
        Setting("JAAS_APP_ID", "JaaS console, API keys: AppID, begins with vpaas-magic-cookie"),
        Setting("JAAS_KEY_ID", "JaaS console, API keys: the key’s id"),
        Setting("JAAS_PRIVATE_KEY", "the private key whose public half you gave the JaaS console"),
    )

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        return _room(values.room_name(idempotency_key))

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        """Times stand in the tokens alone."""
        return _room(room_id)

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        """Nothing is kept there, and nobody gets a token any more."""
        _keys()

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        return values.with_query(meeting.join_url, jwt=self._token(meeting, request, visitor))

    def frame(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> Frame:
        token = self._token(meeting, request, visitor)
        return jitsi_frame.shown(meeting.join_url, token, visitor, script=_script())

    def _token(self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor) -> str:
        app_id, key_id, pem = _keys()
        claims = {
            "aud": "jitsi",
            "iss": "chat",
            "sub": app_id,
            "room": meeting.room_id,
            **values.entry(request),
            "context": {
                "user": {**signed_tokens.person(visitor), "email": "", "avatar": ""},
                "features": dict.fromkeys(_EXTRAS, "false"),
            },
        }
        return signed_tokens.by_key(claims, pem, vendor=self.name, key_id=key_id)

    def probe(self, *, account: Account) -> str:
        """Whether the key can sign and the app's own script is there."""
        _, key_id, pem = _keys()
        signed_tokens.by_key({}, pem, vendor=self.name, key_id=key_id)
        installation_keys.checked(http.request(self.name, "HEAD", _script()))
        return ""


def _script() -> str:
    app_id, _, _ = _keys()
    return f"{configured.DUOLOGUE_JAAS_API_BASE}/{app_id}/external_api.js"


def _room(name: str) -> CreatedMeeting:
    app_id, _, _ = _keys()
    return CreatedMeeting(name, f"{configured.DUOLOGUE_JAAS_API_BASE}/{app_id}/{name}")


def _keys() -> tuple[str, str, str]:
    """App id, key id and private key. The console shows key ids with and without the app id in front."""
    app_id, key_id, pem = installation_keys.needed(JaasProvider.name, JaasProvider.settings)
    return app_id, f"{app_id}/{key_id.rpartition('/')[2]}", pem
