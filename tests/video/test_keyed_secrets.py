"""Is nothing that opens an account or a room ever said or logged by the adapters with keys of their own?"""

import logging
from urllib.parse import parse_qsl, urlsplit

import pytest

from duologue.core.errors import ProviderError
from duologue.video.contract import INSTALLATION
from duologue.video.registry import provider
from duologue_simulators.faulty import PAGES
from tests.platforms import ATTENDEE, HOST, a_request, goes_wrong

KINDS = [*PAGES, "429", "500", "cut", "lost", None]


@pytest.mark.parametrize("slug", ["daily", "jaas", "jitsi", "twilio", "whereby"])
def test_no_secret_is_ever_said_or_logged(request, settings, slug, caplog):
    caplog.set_level(logging.DEBUG)
    vendor, adapter, wish = request.getfixturevalue(slug), provider(slug), a_request()
    made = adapter.create_meeting(wish, idempotency_key="a", account=INSTALLATION)
    entrances = [adapter.entrance(made, wish, one, account=INSTALLATION) for one in (HOST, ATTENDEE)]
    said = [repr(made), repr(adapter.settings), repr(INSTALLATION)]
    for kind in KINDS:
        for ask in (
            lambda: adapter.create_meeting(wish, idempotency_key="b", account=INSTALLATION),
            lambda: adapter.update_meeting(made.room_id, wish, account=INSTALLATION),
            lambda: adapter.delete_meeting("another", account=INSTALLATION),
            lambda: adapter.entrance(made, wish, HOST, account=INSTALLATION),
            lambda: adapter.probe(account=INSTALLATION),
        ):
            vendor.faults.clear()
            if kind is not None:
                goes_wrong(vendor, kind, seconds=1)
            try:
                ask()
            except ProviderError as error:
                said.append(f"{error!r} {error} {error.data} {error.__cause__!r}")
    text = "\n".join([*said, caplog.text])
    secrets = [value for name, value in vendor.settings.items() if "SECRET" in name or name.endswith("_KEY")]
    shown = [value for url in entrances for _, value in parse_qsl(urlsplit(url).query)]
    opens = [value for value in [*secrets, *shown] if value not in {HOST.name, ATTENDEE.name}]
    assert opens
    for one in opens:
        assert one not in text, one[:4]
