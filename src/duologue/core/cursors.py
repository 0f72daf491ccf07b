"""Where does a list's next page begin? Behind the last row of this one, whatever was added meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from duologue.core import clock


@dataclass(frozen=True, slots=True)
class Cursor:
    """The instant by which that row stands in its list (UTC), and its id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """None for anything that is no cursor of ours."""
        when, _, name = text.rpartition("_")
        try:
            return cls(clock.aware(datetime.fromisoformat(when)), UUID(name))
        except (ValueError, OverflowError):
            return None
