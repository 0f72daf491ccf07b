"""Is this installation well? Asks every check and says what was found, one line each."""

import argparse

from duologue.config.checks import CHECKS, Finding

_MARKS = {True: "well", False: "TROUBLE", None: "–"}


def doctor(arguments: argparse.Namespace) -> int:
    """The command: exit code 1 when anything is not well."""
    findings = [check() for check in CHECKS]
    for line in table(findings):
        print(line)
    return int(any(finding.is_well is False for finding in findings))


def table(findings: list[Finding]) -> list[str]:
    width = max(len(finding.subject) for finding in findings)
    marks = max(map(len, _MARKS.values()))
    return [f"{one.subject:<{width}}  {_MARKS[one.is_well]:<{marks}}  {one.words}" for one in findings]
