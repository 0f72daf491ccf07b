"""Platforms that the installation's own keys open, simulated at loopback, in use by the real adapters."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from duologue_simulators.daily.server import Daily
from duologue_simulators.jaas.server import Jaas
from duologue_simulators.jitsi.server import Jitsi
from duologue_simulators.twilio.server import Twilio
from duologue_simulators.vendor import Server, Vendor, running
from duologue_simulators.whereby.server import Whereby


def use(vendor: Vendor, settings: Settings) -> None:
    """Set what `duologue simulate` tells people to set."""
    for name, value in vendor.settings.items():
        given = value.format(url=vendor.url)
        setattr(settings, name, [given] if name.endswith("_SECRETS") else given)


def server_of(kind: type[Vendor]) -> Callable[..., Any]:
    @pytest.fixture(scope="session", name=f"{kind.__name__.lower()}_server")
    def server() -> Iterator[Server]:
        with running(kind) as one:
            yield one

    return server


def empty(kind: type[Vendor]) -> Callable[..., Any]:
    """An empty account there, in use. Its webhooks wait until a test hands them over."""
    name = kind.__name__.lower()

    @pytest.fixture(name=name)
    def vendor(request: pytest.FixtureRequest, settings: Settings) -> Vendor:
        server: Server = request.getfixturevalue(f"{name}_server")
        anew = server.begin_anew()
        use(anew, settings)
        return anew

    return vendor


daily_server, daily = server_of(Daily), empty(Daily)
whereby_server, whereby = server_of(Whereby), empty(Whereby)
jitsi_server, jitsi = server_of(Jitsi), empty(Jitsi)
jaas_server, jaas = server_of(Jaas), empty(Jaas)
twilio_server, twilio = server_of(Twilio), empty(Twilio)
