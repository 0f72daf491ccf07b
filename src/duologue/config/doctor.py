"""Is this installation well? Asks every check and platform, and says what was found, one line each."""

import argparse

from django.db import Error

from duologue.config import platforms
from duologue.config.checks import CHECKS, Finding
from duologue.config.platforms import MARKS
from duologue.core import clock


def doctor(arguments: argparse.Namespace) -> int:
    """The command: exit code 1 when anything is not well."""
    findings = [check() for check in CHECKS]
    try:
        rooms = platforms.rows(clock.now())
    except Error:
        # The database has its own line above.
        rooms = []
    for line in [*table(findings), *(["", *platforms.table(rooms)] if rooms else [])]:
        print(line)
    found = [*(one.is_well for one in findings), *(one.is_well for one in rooms)]
    return int(False in found)


def table(findings: list[Finding]) -> list[str]:
    width = max(len(finding.subject) for finding in findings)
    marks = max(map(len, MARKS.values()))
    return [f"{one.subject:<{width}}  {MARKS[one.is_well]:<{marks}}  {one.words}" for one in findings]
