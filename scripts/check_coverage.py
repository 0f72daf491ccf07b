"""Are the rules about people's time and money tested well enough? Compares a report with the floors."""

import json
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
REPORT = TOP / "build" / "coverage.json"


def covered(summaries: list[dict[str, float]]) -> float:
    """Lines and branches taken together, in per cent."""
    there = sum(one["num_statements"] + one["num_branches"] for one in summaries)
    run = sum(one["covered_lines"] + one["covered_branches"] for one in summaries)
    return 100 * run / there if there else 100.0


def main() -> None:
    floors = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["duologue"]["coverage"]
    report: dict[str, Any] = json.loads(REPORT.read_text())["files"]
    failed = False
    for subject, floor in floors.items():
        patterns = [f"src/duologue/{pattern}" for pattern in floor["files"]]
        names = [name for name in report if any(fnmatch(name, pattern) for pattern in patterns)]
        share = covered([report[name]["summary"] for name in names])
        is_low = bool(names) and share <= floor["over"]
        failed |= is_low
        said = (
            f"{share:.1f} % of {len(names)} files, must be over {floor['over']} %" if names else "no code yet"
        )
        print(f"Coverage: {subject}: {said}{' -- TOO LOW' if is_low else ''}")
    sys.exit(failed)


main()
