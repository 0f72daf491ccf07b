"""Try the ledger for as long as you like: python -m tests.ledger --steps 1000000"""

import argparse
import math
import os
import secrets
import sys
from pathlib import Path

import pytest


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ledger", description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000, help="stop after so many")
    parser.add_argument("--minutes", type=float, default=math.inf, help="or after so long")
    parser.add_argument("--length", type=int, default=150, help="steps of one run")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="the same seed, the same runs")
    parser.add_argument("--till", choices=["sandbox", "stripe"], default="sandbox")
    parser.add_argument("--database", default="", help="an address of PostgreSQL; SQLite without")
    given = parser.parse_args()
    for name in ("steps", "minutes", "length", "seed"):
        os.environ[f"LEDGER_{name.upper()}"] = str(getattr(given, name))
    os.environ["TEST_DATABASE_URL"] = given.database
    print(f"Seed {given.seed}, at {given.till}, on {given.database or 'SQLite'}.", flush=True)
    place = Path(__file__).parent / "test_ledger.py"
    # A test may not take long; this one may.
    patience = ["-o", "faulthandler_timeout=0"]
    return pytest.main(["-q", "-s", "-p", "no:randomly", *patience, f"{place}::test_by_hand[{given.till}]"])


if __name__ == "__main__":
    sys.exit(main())
