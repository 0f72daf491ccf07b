"""What does Daily take for a room, a token, a webhook? Fields and kinds; anything else is refused."""

import re
from collections.abc import Mapping
from typing import Any

Kinds = Mapping[str, type]

_SHARED: Kinds = {
    "nbf": int,
    "exp": int,
    "eject_after_elapsed": int,
    "enable_screenshare": bool,
    "start_video_off": bool,
    "start_audio_off": bool,
    "enable_recording": str,
    "enable_prejoin_ui": bool,
    "enable_live_captions_ui": bool,
    "enable_terse_logging": bool,
    "lang": str,
    "permissions": dict,
}
_FLAGS = (
    "enable_people_ui enable_pip_ui enable_emoji_reactions enable_hand_raising enable_network_ui "
    "enable_noise_cancellation_ui enable_breakout_rooms enable_knocking enable_video_processing_ui "
    "enable_chat enable_shared_chat_history owner_only_broadcast eject_at_room_exp enable_advanced_chat "
    "enable_hidden_participants enable_mesh_sfu enable_adaptive_simulcast enforce_unique_user_ids"
)
ROOM: Kinds = {
    **_SHARED,
    **dict.fromkeys(_FLAGS.split(), bool),
    "max_participants": int,
    "sfu_switchover": float,
    "meeting_join_hook": str,
    "geo": str,
}
TOKEN: Kinds = {
    **_SHARED,
    "room_name": str,
    "eject_at_token_exp": bool,
    "is_owner": bool,
    "user_name": str,
    "user_id": str,
    "enable_recording_ui": bool,
    "start_cloud_recording": bool,
    "auto_start_transcription": bool,
    "close_tab_on_exit": bool,
    "redirect_on_meeting_exit": str,
}
_LANGUAGE = re.compile(r"da|de|en|es|fi|fr|it|jp|ka|nl|no|pt|pt-BR|pl|ru|sv|tr|user")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def wrong_room(body: Any, *, is_new: bool) -> str:
    """What Daily does not like about a room; empty when it takes it."""
    allowed = {"privacy": str, "properties": dict, **({"name": str} if is_new else {})}
    wrong = wrong_fields(body, allowed) or wrong_fields(body.get("properties", {}), ROOM)
    if wrong:
        return wrong
    if not _NAME.fullmatch(body.get("name", "any")):
        return "name has letters that no room's name has"
    if body.get("privacy", "public") not in {"public", "private"}:
        return "privacy is public or private"
    return _wrong_language(body.get("properties", {}))


def wrong_token(body: Any) -> str:
    wrong = wrong_fields(body, {"properties": dict}) or wrong_fields(body.get("properties", {}), TOKEN)
    if not wrong and len(body.get("properties", {}).get("user_id", "")) > 36:
        return "user_id has more than 36 letters"
    return wrong or _wrong_language(body.get("properties", {}))


def wrong_fields(given: Any, allowed: Kinds) -> str:
    if not isinstance(given, dict):
        return "an object is wanted"
    for name, value in given.items():
        kind = allowed.get(name)
        if kind is None:
            return f"unknown parameter: {name}"
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            return f"{name} is no {kind.__name__}"
    return ""


def _wrong_language(properties: Mapping[str, Any]) -> str:
    return "" if _LANGUAGE.fullmatch(properties.get("lang", "en")) else "there is no such lang"
