"""How do tests meet by video? Simulated platforms at loopback, which the real adapters talk to over HTTP."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from duologue.core import clock
from duologue.video.contract import Account, CreatedMeeting, MeetingRequest, Role, VideoProvider, Visitor
from duologue_simulators.faulty import Fault
from duologue_simulators.google.simulator import Google
from duologue_simulators.microsoft.simulator import Microsoft
from duologue_simulators.vendor import Vendor
from duologue_simulators.zoom.simulator import Zoom
from tests.keyed_platforms import empty, server_of

Ask = Callable[[], object]
HOST = Visitor(Role.HOST, "Naoko Ishida", "person-of-the-host")
ATTENDEE = Visitor(Role.ATTENDEE, "Amara Obi", "person-of-the-attendee")


def a_request(starts_at: datetime | None = None, *, minutes: int = 50, **changes: Any) -> MeetingRequest:
    """A session in two days, a whole number of minutes long, with the windows of LINK-7."""
    now = clock.now().replace(second=0, microsecond=0)
    start = starts_at or now + timedelta(days=2)
    end = start + timedelta(minutes=minutes)
    made = MeetingRequest(
        booking_id=uuid4(),
        title="Duologue",
        host_name=HOST.name,
        starts_at=start,
        ends_at=end,
        opens_at=start - timedelta(minutes=15),
        closes_at=end + timedelta(hours=1),
        ejects_at=end + timedelta(hours=4),
    )
    return replace(made, **changes)


def goes_wrong(vendor: Vendor, kind: str, on: str = "", *, times: int = 1, seconds: float = 0.0) -> None:
    """The next requests that begin so meet a fault."""
    vendor.faults.add(Fault(kind, on, times, seconds))


def everything(adapter: VideoProvider, meeting: CreatedMeeting, account: Account) -> dict[str, Ask]:
    """Each thing that can be asked of an adapter, by name."""
    request = a_request()
    return {
        "create": lambda: adapter.create_meeting(request, idempotency_key="another", account=account),
        "update": lambda: adapter.update_meeting(meeting.room_id, request, account=account),
        "delete": lambda: adapter.delete_meeting(meeting.room_id, account=account),
        "host": lambda: adapter.entrance(meeting, request, HOST, account=account),
        "attendee": lambda: adapter.entrance(meeting, request, ATTENDEE, account=account),
        "probe": lambda: adapter.probe(account=account),
    }


zoom_server, zoom = server_of(Zoom), empty(Zoom)
google_server, google = server_of(Google), empty(Google)
microsoft_server, microsoft = server_of(Microsoft), empty(Microsoft)
