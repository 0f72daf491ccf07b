"""What does Google Meet keep of a space? Who may enter without knocking, and whether somebody is there."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from duologue_simulators.google.calendar import new_code
from duologue_simulators.google.errors import newer
from duologue_simulators.oauth import Person


@dataclass
class Space:
    """`is_on`: a conference takes place in it."""

    owner: Person
    config: dict[str, Any]
    name: str = field(default_factory=lambda: f"spaces/{secrets.token_urlsafe(9)}")
    code: str = field(default_factory=new_code)
    is_on: bool = False

    def shown(self, url: str) -> dict[str, Any]:
        shown = {
            "name": self.name,
            "meetingUri": f"{url}/{self.code}",
            "meetingCode": self.code,
            "config": {"accessType": "RESTRICTED", "entryPointAccess": "ALL", **self.config},
        }
        if self.is_on:
            shown["activeConference"] = {"conferenceRecord": "conferenceRecords/1"}
        return shown


class Spaces:
    def __init__(self) -> None:
        self.all: list[Space] = []

    def of(self, person: Person) -> list[Space]:
        return [one for one in self.all if one.owner == person]

    def by_code(self, code: str) -> Space | None:
        return next((one for one in self.all if one.code == code), None)

    def create(self, person: Person, body: dict[str, Any]) -> Space:
        self.all.append(Space(person, dict(body.get("config", {}))))
        return self.all[-1]

    def get(self, person: Person, name: str) -> Space:
        """By its name or its code; what belongs to others is told apart from what is not there by nobody."""
        for one in self.of(person):
            if f"spaces/{name}" == one.name or name == one.code:
                return one
        raise newer(403, "Permission denied on resource Space (or it might not exist)")

    def patch(self, person: Person, name: str, body: dict[str, Any], mask: str) -> Space:
        space = self.get(person, name)
        given = body.get("config", {})
        wanted = [part.removeprefix("config.") for part in mask.split(",") if part] or list(given)
        unknown = [part for part in wanted if part not in given]
        if unknown:
            raise newer(400, f"Invalid update mask: {unknown[0]}")
        space.config |= {part: given[part] for part in wanted}
        return space
