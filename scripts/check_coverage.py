"""Are the rules about people's time and money tested well enough? Compares a report with the floors."""

import json
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
REPORT = TOP / "build" / "coverage.json"


def covered(summaries: list[dict[str, float]]) -> float:
    """Lines and branches taken together, in per cent."""
    there = sum(one["num_statements"] + one["num_branches"] for one in summaries)
    run = sum(one["covered_lines"] + one["covered_branches"] for one in summaries)
    return 100 * run / there if there else 100.0


def main() -> None:
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["duologue"]
    files = json.loads(REPORT.read_text())["files"]
    problems = []
    for pattern, floor in settings["coverage"].items():
        found = [entry["summary"] for name, entry in files.items() if fnmatch(name, pattern)]
        share = covered(found)
        print(f"Coverage: {share:5.1f} % of {pattern} (over {floor})")
        if not found:
            problems.append(f"{pattern}: no such file was run")
        elif share <= floor:
            problems.append(f"{pattern}: {share:.1f} %, must be over {floor}")
    if problems:
        sys.exit("\n".join(problems))


main()
