"""How is the simulated Microsoft started by hand?"""

import argparse

from duologue_simulators.microsoft.simulator import Microsoft
from duologue_simulators.serving import serve


def main(arguments: argparse.Namespace) -> int:
    """The command: serve until Ctrl-C, and say how Duologue is started against it."""
    return serve(Microsoft, arguments)
