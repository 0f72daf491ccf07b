"""How does one part of the benchmarks run? In a process of its own, on the database that was made for it."""

import os
import sys
from importlib import import_module

import django


def main(name: str, *options: str) -> None:
    """Measure and write the figures, one a line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duologue.config.settings")
    django.setup()
    for figure in import_module(f"bench.{name}").figures(is_quick="--quick" in options):
        print(figure.to_line(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
