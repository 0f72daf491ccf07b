"""Does our door write down what Stripe says, once, and nothing that anybody else says?"""

import json

import pytest
from django.test import Client

from duologue.core import clock
from duologue.inbox.models import WebhookEvent
from duologue.inbox.receiving import KEPT_FOR, forget_bodies, receive
from duologue.jobs.models import Job
from duologue_simulators.stripe.hooks import signature
from tests.gateways import HOOK, SECRET, hand_over

pytestmark = pytest.mark.django_db


def body_of(event_id="evt_1", kind="checkout.session.completed", **more):
    about = {"id": "cs_1", "object": "checkout.session"}
    return json.dumps(
        {
            "id": event_id,
            "object": "event",
            "type": kind,
            "livemode": False,
            "data": {"object": about},
            **more,
        }
    ).encode()


def knock(body, *, secret=SECRET, shift=0, header=None, **more):
    signed = signature(body, secret, int(clock.machine().timestamp()) + shift)
    headers = {"Stripe-Signature": signed if header is None else header}
    client = Client(enforce_csrf_checks=True)
    return client.post(HOOK, body, content_type="application/json", headers=headers, **more)


def nothing_happened():
    return not WebhookEvent.objects.exists() and not Job.objects.exists()


@pytest.fixture(autouse=True)
def _in_use(stripe):
    """Stripe is the gateway."""


def test_an_event_is_written_down_with_one_job_and_nobody_is_asked(stripe):
    response = knock(body_of())
    assert (response.status_code, response.content) == (200, b"")
    row = WebhookEvent.objects.get()
    assert (row.source, row.external_id, row.type) == ("stripe", "evt_1", "checkout.session.completed")
    assert row.body.encode() == body_of()
    job = Job.objects.get()
    assert (job.name, job.args) == ("handle_stripe_event", {"event_id": row.pk})
    assert stripe.api.calls == []


def test_the_same_event_again_is_welcome_and_changes_nothing():
    assert [knock(body_of()).status_code for _ in range(3)] == [200, 200, 200]
    assert WebhookEvent.objects.count() == Job.objects.count() == 1


def test_the_same_id_from_another_vendor_is_another_event():
    knock(body_of())
    assert receive("daily", "evt_1", type="x", body="{}", now=clock.now()) is not None
    assert WebhookEvent.objects.count() == 2


def test_a_real_event_of_the_simulator_is_taken(stripe):
    stripe.account.events["evt_9"] = json.loads(body_of("evt_9"))
    assert hand_over(stripe, "evt_9") == [200]


@pytest.mark.parametrize("secrets", [["whsec_new", SECRET], [SECRET, "whsec_new"]])
def test_an_old_and_a_new_secret_count_while_they_are_changed(settings, secrets):
    settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = secrets
    assert knock(body_of("evt_1"), secret=SECRET).status_code == 200
    assert knock(body_of("evt_2"), secret="whsec_new").status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        {"header": ""},
        {"header": "t=1,v1=2"},
        {"secret": "whsec_of_somebody"},
        {"shift": -301},
        {"shift": 302},
    ],
)
def test_what_is_not_signed_by_stripe_just_now_changes_nothing(how):
    assert knock(body_of(), **how).status_code == 400
    assert nothing_happened()


def test_what_was_overheard_is_worthless_later():
    old = {"header": signature(body_of(), SECRET, int(clock.machine().timestamp()) - 600)}
    assert knock(body_of(), **old).status_code == 400
    assert nothing_happened()


def test_without_secrets_nobody_is_believed(settings):
    settings.DUOLOGUE_STRIPE_WEBHOOK_SECRETS = []
    assert knock(body_of()).status_code == 400
    assert knock(body_of(), secret="").status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"no json", b"\x00", b'{"id":"evt_1"}', b"\xc3\x28", body_of("evt\x00")]
)
def test_what_is_signed_and_no_event_changes_nothing(body):
    assert knock(body).status_code == 400
    assert nothing_happened()


def test_a_giant_is_not_even_read():
    assert knock(body_of(padding="x" * 300_000)).status_code == 413
    assert nothing_happened()
    assert knock(body_of(padding="x" * 200_000)).status_code == 200


def test_a_size_that_is_no_number_changes_nothing():
    assert knock(body_of(), CONTENT_LENGTH="much").status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_only_posting_is_possible(method):
    assert getattr(Client(), method)(HOOK).status_code == 405


def test_bodies_are_forgotten_and_events_are_not():
    knock(body_of())
    forget_bodies(clock.now() + KEPT_FOR / 2)
    assert WebhookEvent.objects.exclude(body="").exists()
    forget_bodies(clock.now() + 2 * KEPT_FOR)
    assert WebhookEvent.objects.get().body == ""
    assert knock(body_of()).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_no_cookie_is_set_and_the_answer_says_how_long_it_is():
    response = knock(body_of())
    assert not response.cookies
    assert response.headers["Content-Length"] == "0"


def test_elsewhere_behind_the_door_is_nothing():
    assert Client().post("/webhooks/nobody").status_code == 404
