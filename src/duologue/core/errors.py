"""What can go wrong, in words a machine and a person can act on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any


class DuologueError(Exception):
    """Base of all our errors: a stable `code`, a sentence for people, and data for machines."""

    code = "error"

    def __init__(self, message: str = "", *, code: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code or self.code
        self.data: Mapping[str, Any] = data


class Refused(DuologueError):
    """The request is understood and the answer is no; nothing was changed."""

    code = "refused"
    status = 409


class NotFound(Refused):
    """No such thing, or none of yours."""

    code = "not_found"
    status = 404


class Invalid(Refused):
    """A value that cannot be right, whatever the state of the world."""

    code = "invalid"
    status = 422


class Forbidden(Refused):
    """It exists and you may know of it, but not now or not you."""

    code = "forbidden"
    status = 403


class SlotTaken(Refused):
    """BOOK-3's sentence."""

    code = "slot_taken"


class ProviderError(DuologueError):
    """A vendor said no, or nothing; the adapter decides which of the four it is."""

    code = "provider_error"


class Retryable(ProviderError):
    """Try again, after `retry_after` where the vendor named it."""

    code = "retryable"

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None, **data: Any) -> None:
        super().__init__(message, **data)
        self.retry_after = retry_after


class Permanent(ProviderError):
    """Trying again will not help."""

    code = "permanent"


class NeedsReconnect(ProviderError):
    """The person has to connect the account again."""

    code = "needs_reconnect"


class NotConfigured(ProviderError):
    """The operator has not set this provider up."""

    code = "not_configured"
