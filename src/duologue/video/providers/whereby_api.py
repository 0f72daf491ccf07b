"""What do we ask Whereby, and which rooms did tries whose answers were lost leave there?"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

from duologue.core import http
from duologue.video.contract import CreatedMeeting, Setting
from duologue.video.providers import installation_keys, values

NAME = "Whereby"
KEY = Setting("WHEREBY_API_KEY", "Whereby’s dashboard, Configure, API keys")
ROOMS = "/meetings"
_A_PAGE, _PAGES, _LOOKS_WITHIN = "100", 30, 5.0


def ask(method: str, path: str, **how: Any) -> dict[str, Any]:
    """The object that Whereby answers; raises the four errors."""
    return installation_keys.checked(_request(method, path, **how), room=path != ROOMS).json()


def delete(room_id: str) -> None:
    """Take a room away; for Whereby one that is gone is no error."""
    answer = _request("DELETE", at(room_id))
    if answer.status != 404:
        installation_keys.checked(answer)


def key() -> str:
    """What opens the account; raises NotConfigured without it."""
    return installation_keys.needed(NAME, [KEY])[0]


def at(room_id: str) -> str:
    return f"{ROOMS}/{quote(room_id, safe='')}"


def meeting(found: Mapping[str, Any]) -> CreatedMeeting:
    room_id = values.text(NAME, found, "meetingId")
    return CreatedMeeting(room_id=room_id, join_url=values.address(NAME, found, "roomUrl"))


def delete_all_but(kept: Collection[str], *, prefix: str) -> None:
    """Take every room away whose name begins so and that is not among the kept."""
    for room in list(_named(prefix)):
        room_id = values.text(NAME, room, "meetingId")
        if room_id not in kept:
            delete(room_id)


def _named(prefix: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    for _ in range(_PAGES):
        params = {"limit": _A_PAGE, **({"cursor": cursor} if cursor else {})}
        listed = ask("GET", ROOMS, params=params, within=_LOOKS_WITHIN)
        rooms = listed.get("results")
        for room in rooms if isinstance(rooms, list) else []:
            if isinstance(room, dict) and str(room.get("roomName")).startswith(f"/{prefix}"):
                yield room
        cursor = str(listed.get("cursor") or "")
        if not cursor:
            return


def _request(method: str, path: str, **how: Any) -> http.Answer:
    headers = installation_keys.bearer(NAME, key())
    return http.request(NAME, method, f"{settings.DUOLOGUE_WHEREBY_API_BASE}{path}", headers=headers, **how)
