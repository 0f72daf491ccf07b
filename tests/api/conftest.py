"""Who calls the API in the tests? The cast with tokens; every answer is held against the OpenAPI document."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from duologue.accounts.models import Host, User
from duologue.api import tokens
from duologue.core import clock
from duologue.scheduling.models import EventType
from tests.api import contract


@dataclass
class Caller:
    """A program that speaks for somebody, or for nobody."""

    token: str = ""

    def __post_init__(self) -> None:
        # A failure must be an answer, as it is in production.
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, /, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        address = f"/api{path}" + (f"?{urlencode(query)}" if query else "")
        return self._checked("GET", address, self.client.get(address, headers=self._headers(headers)))

    def post(self, path: str, /, body: Any = None, *, headers: dict[str, str] | None = None) -> Any:
        response = self.client.post(
            f"/api{path}", body or {}, content_type="application/json", headers=self._headers(headers)
        )
        return self._checked("POST", f"/api{path}", response)

    def put(self, path: str, /, body: Any = None) -> Any:
        response = self.client.put(
            f"/api{path}", body or {}, content_type="application/json", headers=self._headers(None)
        )
        return self._checked("PUT", f"/api{path}", response)

    def follow(self, address: str) -> Any:
        """A whole address, as a Link header gives it."""
        return self._checked("GET", address, self.client.get(address, headers=self._headers(None)))

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **(more or {})}

    def _checked(self, method: str, address: str, response: Any) -> Any:
        path = address.partition("?")[0].removeprefix("http://testserver")
        contract.check(method, path, response)
        return response


def caller(user: User) -> Caller:
    return Caller(tokens.issue(user, now=clock.now()))


@pytest.fixture
def nobody(db: None) -> Caller:
    return Caller()


@pytest.fixture
def by_host(host: Host) -> Caller:
    return caller(host.user)


@pytest.fixture
def by_attendee(attendee: User) -> Caller:
    return caller(attendee)


@pytest.fixture
def by_stranger(stranger: User) -> Caller:
    return caller(stranger)


@pytest.fixture
def by_operator(operator: User) -> Caller:
    return caller(operator)


def wednesday(hour: int, minute: int = 0, *, weeks: int = 1) -> datetime:
    """A Wednesday at a UTC hour, a week or more ahead: from 8 to 14 inside Naoko's hours in any season."""
    now = clock.now()
    day = now + timedelta(days=7 * weeks + (2 - now.weekday()) % 7)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=UTC)


def wish(event_type: EventType, starts_at: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A booking's body."""
    at = starts_at or wednesday(10)
    return {"event_type_id": event_type.pk, "starts_at": at.isoformat(), **more}
