"""How is the simulated Zoom started by hand?"""

import argparse

from duologue_simulators.serving import serve
from duologue_simulators.vendor import Vendor
from duologue_simulators.zoom.simulator import Zoom


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Zoom, arguments, _ready)


def _ready(vendor: Vendor, duologue: str) -> None:
    if isinstance(vendor, Zoom):
        vendor.hooks.address = f"{duologue}/webhooks/zoom"
