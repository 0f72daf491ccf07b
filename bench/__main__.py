"""Is Duologue as fast and as small as it means to be? Every figure with its goal: `make bench`."""

import argparse
import subprocess
import sys

from bench.databases import Database, databases, fresh
from bench.report import Figure, table

PARTS = {
    "slots": "30 days of a host with 1,000 bookings, and the engine alone",
    "booking": "one booking with all its rows",
    "dashboard": "the sessions page with 10,000 bookings",
    "paint": "until the dashboard is seen, in a browser that keeps nothing of it yet",
    "links": "from the confirmation to the link, 20 a second",
    "platforms": "fifty confirmations a second, each platform in turn",
    "mails": "both people's mails of a confirmation and of a cancellation, 20 a second",
    "race": "fifty people, one slot",
    "webhooks": "Stripe telling of payments, fifty at once",
    "rooms": "200 waiting and connected rooms on one web process, a poll each",
    "call": "two browsers: until the other's first frame, and after a cut",
    "upkeep": "memory and start of the whole product",
}


def main() -> int:
    """Measure what was asked for; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="; ".join(f"{k}: {v}" for k, v in PARTS.items())
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds: to see that it runs, not how fast"
    )
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one of the two databases")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    found: list[tuple[str, Figure]] = []
    broken: list[str] = []
    for database in databases():
        if given.only in {None, database.name.lower()}:
            for part in given.parts or PARTS:
                try:
                    figures = measure(part, database, is_quick=given.quick)
                except subprocess.CalledProcessError:
                    broken.append(f"{part} on {database.name} ended early: its figures are missing.")
                else:
                    found += [(database.name, figure) for figure in figures]
    print("\n".join(["", table(found), *broken]))
    return int(bool(broken) or not all(figure.is_kept for _, figure in found))


def measure(part: str, database: Database, *, is_quick: bool) -> list[Figure]:
    """The figures of one part, measured in a process and on a database of its own."""
    print(f"{part} on {database.name} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench.part", part, *(["--quick"] if is_quick else [])]
    with fresh(database, is_migrated=part != "upkeep") as environment:
        told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [Figure.of_line(line) for line in told.splitlines() if line.startswith("{")]


if __name__ == "__main__":
    sys.exit(main())
