"""Does everything work, on every database this machine has? Says what ran and what did not."""

import os
import secrets
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psycopg
from playwright.sync_api import sync_playwright

TOP = Path(__file__).resolve().parent.parent
REPORTS = TOP / "build"
USUAL_POSTGRES = "postgresql://root@127.0.0.1:5432/test"
DEBIAN_CHROMIUM = Path("/usr/bin/chromium")
FAR_ZONE = "Pacific/Auckland"
NO_TESTS = 5
# Browsers, crowds and kills want the machine for themselves; all else runs side by side.
CROWDS = "race or crash"
PLAIN = f"not (browser or {CROWDS})"
COVERAGE = ["--cov", "--cov-report=", f"--cov-report=json:{REPORTS / 'coverage.json'}"]


@dataclass(frozen=True)
class Database:
    name: str
    url: str


def postgres() -> Database | None:
    """The PostgreSQL to test on, if one answers; one that was asked for must answer."""
    asked = os.environ.get("TEST_POSTGRES_URL", "")
    url = asked or USUAL_POSTGRES
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        if asked:
            sys.exit(f"TEST_POSTGRES_URL does not answer: {error}")
        return None
    return Database(f"PostgreSQL {version}", url)


def has_browser() -> bool:
    """Whether browser tests can run: the driver starts, and there is a Chromium to drive."""
    try:
        with sync_playwright() as playwright:
            return DEBIAN_CHROMIUM.exists() or Path(playwright.chromium.executable_path).exists()
    except Exception:  # a driver that lacks a library ends in a bare Exception
        return False


def run_part(database: Database, marks: str, options: list[str], *, zone: str = "") -> Counter[str]:
    """One pytest run; counts what passed, failed and was skipped, from its own report."""
    report = REPORTS / f"tests-{os.getpid()}.xml"
    environment = {**os.environ, "TEST_DATABASE_URL": database.url, **({"TZ": zone} if zone else {})}
    seed = secrets.randbelow(2**32)
    print(f"\n{database.name}, {marks}, order {seed}{zone and f', in {zone}'}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", f"--randomly-seed={seed}"]
    command += ["-m", marks, *options]
    code = subprocess.run(command, cwd=TOP, env=environment, check=False).returncode
    if not report.exists():
        return Counter(failed=1)
    counts: Counter[str] = Counter()
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 (our own report)
        failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
        skipped = int(suite.attrib["skipped"])
        counts.update(failed=failed, skipped=skipped)
        counts["passed"] += int(suite.attrib["tests"]) - failed - skipped
    report.unlink()
    if code not in (0, NO_TESTS) and not counts["failed"]:
        counts["failed"] = 1
    return counts


def run_on_sqlite(database: Database, options: list[str], *, browser: bool) -> Counter[str]:
    """Everything, far from UTC, so that no test leans on the machine's zone."""
    side_by_side = ["-n", str(min(os.cpu_count() or 1, 4))]
    coverage = [] if options else COVERAGE
    counts = run_part(database, PLAIN, [*side_by_side, *coverage, *options], zone=FAR_ZONE)
    return counts + run_part(database, f"browser or {CROWDS}" if browser else CROWDS, options, zone=FAR_ZONE)


def run_on_postgres(database: Database, options: list[str], *, browser: bool) -> Counter[str]:
    """What asks the database: with browsers, only the journeys, as a page's script meets no database."""
    side_by_side = ["-n", str(min(os.cpu_count() or 1, 4))]
    counts = run_part(database, f"database and {PLAIN}", [*side_by_side, *options])
    return counts + run_part(database, f"{CROWDS} or journey" if browser else CROWDS, options)


def line(counts: Counter[str]) -> str:
    return f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"


def main() -> None:
    options = sys.argv[1:]
    REPORTS.mkdir(exist_ok=True)
    sqlite = Database("SQLite", "")
    if options == ["--has-browser"]:
        sys.exit(not has_browser())
    if options == ["--coverage"]:
        sys.exit(bool(run_part(sqlite, PLAIN, ["-n", "2", *COVERAGE])["failed"]))

    browser, second = has_browser(), postgres()
    plan = [sqlite, second] if second else [sqlite]
    notes = []
    if not second:
        notes.append(
            "PostgreSQL is not tested: none answers at 127.0.0.1:5432, and TEST_POSTGRES_URL is empty."
        )
    if not browser:
        notes.append("Browser tests are not run: there is no Chromium here.")
    print("Testing on " + ", then on ".join(database.name for database in plan), *notes, sep="\n", flush=True)
    results = {sqlite.name: run_on_sqlite(sqlite, options, browser=browser)}
    if second:
        results[second.name] = run_on_postgres(second, options, browser=browser)

    print()
    for name, counts in results.items():
        print(f"On {name}: {line(counts)}")
    print(*notes, sep="\n", end="\n" if notes else "")
    total = sum(results.values(), Counter[str]())
    print(line(total))
    sys.exit(bool(total["failed"]) or (not browser and "CI" in os.environ))


if __name__ == "__main__":
    main()
