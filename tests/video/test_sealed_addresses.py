"""Do rooms' addresses outlive the key that sealed them?"""

import pytest

from duologue.connections import vault
from duologue.core import clock
from duologue.video import requests
from duologue.video.models import MeetingLink
from tests.rooms import make_room

pytestmark = pytest.mark.django_db
URL = "https://meet.example/abc"


@pytest.fixture
def link(paid):
    booking = make_room(paid)
    MeetingLink.objects.filter(booking=booking).update(platform="google_meet", sealed_url=vault.seal(URL))
    return MeetingLink.objects.get(booking=booking)


def test_a_new_key_seals_them_anew_so_that_the_old_one_can_go(link, settings):
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["a new key of some length", *settings.DUOLOGUE_ENCRYPTION_KEYS]
    requests.reseal(clock.now())
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["a new key of some length"]
    link.refresh_from_db()
    assert requests.meeting_of(link).join_url == URL


def test_what_no_key_opens_stays_as_it_is(link, settings):
    settings.DUOLOGUE_ENCRYPTION_KEYS = ["yet another key"]
    requests.reseal(clock.now())
    assert MeetingLink.objects.get(pk=link.pk).sealed_url == link.sealed_url
