"""Video platforms that do what a test says: two that need nothing, and one that needs an account."""

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar
from unittest.mock import patch

from duologue.core.errors import ProviderError
from duologue.video import registry
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Visitor


class Scripted:
    """Makes rooms; before that it does what stands next in `script`: raise an error, or run something."""

    slug: ClassVar[str] = ""
    name: ClassVar[str] = ""
    vendor: ClassVar[str] = ""
    settings = ()
    embeddable = can_update = per_person_tokens = False
    script: ClassVar[deque[ProviderError | Callable[[], object]]]
    rooms: ClassVar[dict[str, str]]
    accounts: ClassVar[list[str]]
    _numbers = count(1)

    @classmethod
    def forget(cls) -> None:
        cls.script, cls.rooms, cls.accounts = deque(), {}, []

    def _act(self, account: Account) -> None:
        self.accounts.append(account.secret)
        step = self.script.popleft() if self.script else None
        if isinstance(step, ProviderError):
            raise step
        if step is not None:
            step()

    def create_meeting(
        self, request: MeetingRequest, *, idempotency_key: str, account: Account
    ) -> CreatedMeeting:
        self._act(account)
        room = self.rooms.setdefault(idempotency_key, f"{self.slug}-{next(self._numbers)}")
        return CreatedMeeting(room_id=room, join_url=f"https://{self.slug}.example/{room}")

    def update_meeting(self, room_id: str, request: MeetingRequest, *, account: Account) -> CreatedMeeting:
        return CreatedMeeting(room_id=room_id, join_url=f"https://{self.slug}.example/{room_id}")

    def delete_meeting(self, room_id: str, *, account: Account) -> None:
        self._act(account)
        for key in [key for key, room in self.rooms.items() if room == room_id]:
            del self.rooms[key]

    def entrance(
        self, meeting: CreatedMeeting, request: MeetingRequest, visitor: Visitor, *, account: Account
    ) -> str:
        self._act(account)
        return f"{meeting.join_url}?as={visitor.role}&by={account.secret}"

    def probe(self, *, account: Account) -> str:
        self._act(account)
        return account.name


class First(Scripted):
    slug, name = "first", "First"


class Second(Scripted):
    slug, name = "second", "Second"
    per_person_tokens = True


class Zoomish(Scripted):
    slug, name, vendor = "zoomish", "Zoomish", "zoom"


class Otherish(Zoomish):
    """Another platform of the same vendor's; in use where a test names it."""

    slug, name = "otherish", "Otherish"

    def probe(self, *, account: Account) -> str:
        self._act(account)
        return "naoko@otherish.example"


ALL = {one.slug: one for one in (First, Second, Zoomish)}


def install(monkeypatch) -> dict[str, type[Scripted]]:
    """Name them in the registry, with empty memories; `monkeypatch` takes them out again."""
    for slug, one in ALL.items():
        one.forget()
        monkeypatch.setitem(registry.PROVIDERS, slug, f"{__name__}:{one.__name__}")
    return dict(ALL)


def only(*slugs: str) -> Any:
    """As long as it lasts the registry names these alone; afterwards it is as before, order included."""
    kept = {slug: place for slug, place in registry.PROVIDERS.items() if slug in slugs}
    return patch.dict(registry.PROVIDERS, kept, clear=True)
