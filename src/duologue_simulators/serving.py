"""How is a video vendor's stand-in started by hand? It serves, and says how Duologue is led to it."""

import argparse
import shlex
import sys
from collections.abc import Callable

from duologue_simulators.vendor import Server, Vendor


def serve(
    made: Callable[[str], Vendor],
    arguments: argparse.Namespace,
    ready: Callable[[Vendor, str], None] | None = None,
) -> int:
    """The command: serve until Ctrl-C. `ready` gets the vendor and Duologue's address before that."""
    try:
        server = Server(made, arguments.port)
    except OSError as error:
        print(f"Cannot listen at port {arguments.port}: {error.strerror}.", file=sys.stderr)
        return 1
    vendor = server.vendor
    vendor.moved_by = arguments.moved_by
    if ready is not None:
        ready(vendor, arguments.duologue.rstrip("/"))
    print(f"{vendor.name} is simulated at {server.url} (open it: what was asked, and buttons for trouble).")
    print("Start Duologue in another terminal with:\n")
    for name, value in vendor.settings.items():
        print(f"  export {name}={shlex.quote(value.format(url=server.url))}")
    print("  duologue up --demo\n\nCtrl-C ends it, and everything in it is forgotten.", flush=True)
    server.serve_forever()
    return 0
