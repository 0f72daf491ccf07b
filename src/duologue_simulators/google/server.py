"""How is the simulated Google started by hand?"""

import argparse

from duologue_simulators.google.simulator import Google
from duologue_simulators.serving import serve


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Google, arguments)
