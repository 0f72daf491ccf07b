"""What do the tests of the operators' pages share? Mails in every state."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from duologue.accounts.models import User
from duologue.core.ids import uuid7
from duologue.notifications.models import OutgoingMail
from duologue.scheduling.models import EventType
from tests.cast import make_booking

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def make_mail(paid: EventType, attendee: User) -> Callable[..., OutgoingMail]:
    """A confirmation to Amara in a given state."""

    def make(state: str = "kept", **fields: Any) -> OutgoingMail:
        if "booking" not in fields and "user" not in fields and "code_id" not in fields:
            fields |= {"booking": make_booking(paid, attendee), "party": "attendee"}
        identity = uuid7(NOW)
        given = {
            "template": "confirmed",
            "created_at": NOW,
            "subject": "Confirmed: Naoko Ishida",
            "sent_at": NOW if state in {"sent", "kept"} else None,
            **fields,
        }
        return OutgoingMail.objects.create(id=identity, key=str(identity), state=state, **given)

    return make
