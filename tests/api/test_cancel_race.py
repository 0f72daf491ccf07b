"""Of many who cancel one session at once, does one do it, and is everything done once? By real HTTP."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import orjson
import pytest

from bench.processes import HOST, running, serving
from duologue.api import tokens
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import Refund, SandboxCheckout
from tests.cast import make_event_type, make_host, make_user
from tests.notifications.conftest import Mailbox, mailbox  # noqa: F401 (a fixture)
from tests.sold import sell

CROWD = 24
PATIENCE = 120


def press(port: int, token: str, booking_id: object, ready: threading.Barrier) -> tuple[int, str]:
    line = HTTPConnection(HOST, port, timeout=PATIENCE)
    line.connect()
    ready.wait()
    line.request("POST", f"/api/bookings/{booking_id}/cancel", headers={"Authorization": f"Bearer {token}"})
    answer = line.getresponse()
    body = orjson.loads(answer.read())
    line.close()
    return answer.status, body.get("code", body["status"])


def wait_until_done() -> None:
    """The worker does what is owed, at once and without a mishap."""
    owed = Job.objects.filter(name__in=["issue_refund", "send_mail", "delete_room"])
    until = time.monotonic() + PATIENCE
    while owed.exists():
        assert not owed.filter(state=Job.State.FAILED).exists()
        assert time.monotonic() < until, list(owed.values_list("key", "state", "last_error"))
        time.sleep(0.05)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_one_cancels_and_the_others_are_told(child_environment, mailbox: Mailbox):  # noqa: F811
    attendee = make_user("amara@people.example", name="Amara Obi")
    offer = make_event_type(make_host(make_user("naoko@people.example")), price=6500)
    booking = sell(offer, attendee)
    people = [tokens.issue(user, now=clock.now()) for user in (attendee, booking.host.user)]
    environment = {**child_environment, "DUOLOGUE_EMAIL_URL": f"smtp://{HOST}:{mailbox.port}"}
    ready = threading.Barrier(CROWD)
    web = ["duologue", "web", "--workers", "2"]
    with running(["duologue", "worker"], environment), serving(web, environment) as port:
        with ThreadPoolExecutor(CROWD) as pool:
            presses = [
                pool.submit(press, port, people[number % 2], booking.pk, ready) for number in range(CROWD)
            ]
            ended = Counter(one.result(PATIENCE) for one in presses)
        assert ended == {(200, "cancelled"): 1, (409, "already_cancelled"): CROWD - 1}
        wait_until_done()
    assert Refund.objects.get().status == Refund.Status.SUCCEEDED
    assert SandboxCheckout.objects.get().refund_key == Refund.objects.get().pk
    sent = Counter((one["To"], one["Subject"].split(":")[0]) for one in mailbox.messages)
    cancelled = {who: count for (who, about), count in sent.items() if about == "Cancelled"}
    assert sorted(cancelled.values()) == [1, 1]
    assert OutgoingMail.objects.filter(template="session_cancelled", state="sent").count() == 2
