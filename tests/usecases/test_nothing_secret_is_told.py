"""Does a session's life at a platform tell any secret, in logs, jobs, attempts, mails, operators' pages?

Connected, renewed, made, joined, told by webhook, failed in every way, cancelled, disconnected; all logged
at the finest level.
"""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from django.test import Client

from duologue.bookings import join_links
from duologue.bookings.models import JoinLink, Party
from duologue.bookings.transitions import Actor
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import DuologueError
from duologue.inbox.models import WebhookEvent
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.usecases import connect_account, disconnect_account, probe_connections
from duologue.usecases.cancel import cancel
from duologue.usecases.give_link import make_new_link
from duologue.usecases.join import join
from duologue.video.models import LinkAttempt, MeetingLink
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from duologue_simulators.hooks import Hooks
from duologue_simulators.oauth import NAOKO, OAuthVendor
from tests.contracts.test_video import PLATFORMS
from tests.platforms import ATTENDEE, HOST, goes_wrong
from tests.sold import sell
from tests.webhooks.test_video import SECRET, SPEAKERS

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FAULTS = [*PAGES, "401", "403", "429", "500", "500_after", "lost"]
LOOKED_AT = ["/ops", "/ops/jobs", "/ops/mail", "/ops/links", "/ops/connections", "/ops/hosts"]
PUBLIC = 12
"""Shorter values in an address open nothing: roles, versions, names."""


class Told:
    """What must stand nowhere."""

    def __init__(self):
        self.secrets: set[str] = set()

    def add_vendor(self, vendor):
        self.secrets |= {
            value for name, value in vendor.settings.items() if "SECRET" in name or "API_KEY" in name
        }
        if isinstance(vendor, OAuthVendor):
            self.secrets |= {*vendor.tokens.access, *vendor.tokens.refresh, *vendor.tokens.codes}

    def add_way(self, url):
        if url.startswith("http"):
            shown = parse_qsl(urlsplit(url).query)
            told = {HOST.name, ATTENDEE.name}
            self.secrets |= {
                url,
                *(one for _, one in shown if len(one) > PUBLIC and one not in told and "@" not in one),
            }


def connects(user, vendor_slug, vendor, told):
    session: dict[str, Any] = {}
    now = clock.now()
    page = connect_account.begin(session, user, vendor_slug, now=now)
    asked = parse_qs(urlsplit(page).query).get("scope", [""])[0].split()
    # What the person's own browser sees is none of our log.
    logging.disable(logging.CRITICAL)
    try:
        with httpx.Client(trust_env=False) as browser:
            said = {"answer": "allow", "scope": asked or list(vendor.rights), "person": NAOKO.id}
            back = browser.post(page, data=said).headers["Location"]
    finally:
        logging.disable(logging.NOTSET)
    answer = dict(parse_qsl(urlsplit(back).query))
    told.secrets |= {
        answer["code"],
        answer["state"],
        *(one["verifier"] for one in session["consents"].values()),
    }
    connect_account.finish(session, user, vendor_slug, answer, now=now)
    told.add_vendor(vendor)


def lives(paid, attendee, vendor, slug, told):
    """All that can happen to a session, as far as it goes."""
    booking = sell(paid, attendee)
    now = booking.confirmed_at + SECOND
    run_due(now)
    told.add_vendor(vendor)
    link = MeetingLink.objects.filter(booking=booking, platform=slug).first()
    if link is not None and slug in SPEAKERS:
        hooks = Hooks(SPEAKERS[slug].sign, lambda: clock.machine().timestamp(), SECRET)
        body = hooks.message(SPEAKERS[slug].joined(room=link.room_id)).body
        headers = SPEAKERS[slug].sign(body, SECRET, int(hooks.now()))
        Client().post(f"/webhooks/{slug}", body, content_type="application/json", headers=headers)
        run_due(now)
    for party in Party:
        try:
            told.add_way(join(booking, party, now=booking.starts_at, way="dashboard").url)
        except DuologueError:
            continue
    make_new_link(booking, now=now + SECOND)
    run_due(now + SECOND)
    for own in JoinLink.objects.filter(booking=booking):
        told.secrets.add(join_links.token(booking.pk, own.party, own.generation))
    cancel(booking, by=Actor("operator"), reason="other", now=now + MINUTE)
    run_due(now + MINUTE)
    run_due(now + HOUR)


@pytest.mark.parametrize("slug", sorted(PLATFORMS))
def test_a_whole_life_tells_no_secret(
    request, paid, attendee, as_operator, settings, monkeypatch, caplog, slug
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("duologue.video.providers.google_calendar.LOOKS_AFTER_SECONDS", (0, 0, 0))
    monkeypatch.setattr("duologue.video.registry.CLIENTS", frozenset({"twilio"}))
    vendor, told = request.getfixturevalue(PLATFORMS[slug].vendor), Told()
    settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS = slug, ["builtin"]
    setattr(settings, f"DUOLOGUE_{slug.upper()}_WEBHOOK_SECRETS", [SECRET])
    account = provider(slug).vendor
    told.secrets.add(SECRET)
    told.add_vendor(vendor)
    if account:
        connects(paid.host.user, account, vendor, told)
        Connection.objects.update(access_expires_at=clock.now())
    lives(paid, attendee, vendor, slug, told)
    for some in (FAULTS[at : at + 3] for at in range(0, len(FAULTS), 3)):
        vendor.faults.clear()
        for kind in some:
            goes_wrong(vendor, kind, times=2, seconds=0.0)
        lives(paid, attendee, vendor, slug, told)
    vendor.faults.clear()
    for connection in Connection.objects.filter(state="works"):
        vendor.end_consents()
        Connection.objects.update(access_expires_at=clock.now())
        probe_connections.probe_connection(clock.now(), connection.pk)
    for connection in Connection.objects.all():
        disconnect_account.disconnect_account(connection, now=clock.now())
    run_due(clock.now() + HOUR)
    told.add_vendor(vendor)
    pages = [as_operator.get(path) for path in LOOKED_AT]
    assert {page.status_code for page in pages} == {200}
    rows = [
        *Job.objects.values("args", "last_error"),
        *LinkAttempt.objects.values("outcome", "detail"),
        *OutgoingMail.objects.values(),
        *MeetingLink.objects.values("sealed_url"),
        *Connection.objects.values("sealed_access", "sealed_refresh", "problem", "scopes"),
        *WebhookEvent.objects.values("source", "external_id"),
    ]
    everything = "\n".join([caplog.text, *map(str, rows), *(page.content.decode() for page in pages)])
    secrets = {one for one in told.secrets if one}
    assert len(secrets) > 3
    assert LinkAttempt.objects.exclude(outcome="made").exists() or slug in {"jaas", "jitsi", "twilio"}
    assert [one[:6] for one in secrets if one in everything] == []
