"""How does a stand-in for a vendor start? It is no part of the product, so it is only named here."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec


def simulate(arguments: argparse.Namespace) -> int:
    """The command: serve until told to stop."""
    if find_spec("duologue_simulators") is None:
        print("The simulators come with a development install: see make setup.", file=sys.stderr)
        return 1
    module = import_module(f"duologue_simulators.{arguments.name}.server")
    main: Callable[[argparse.Namespace], int] = module.main
    return main(arguments)
