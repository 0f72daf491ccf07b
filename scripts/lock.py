"""Are the packages locked that pyproject.toml asks for? Writes the locks, or compares them offline."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.txt": ["build"], "requirements-dev.txt": ["build", "dev"]}
MARK = "# wishes: "


def wishes() -> str:
    """A fingerprint of everything in pyproject.toml that decides what gets locked."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    asked = [
        project["build-system"]["requires"],
        project["project"]["requires-python"],
        project["project"]["dependencies"],
        project["dependency-groups"],
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def compile_lock(name: str, groups: list[str], options: list[str]) -> None:
    """Resolve for every platform and Python from 3.11 on; packages already locked stay as they are."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--output-file", name]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]
    for group in groups:
        command += ["--group", group]
    subprocess.run([*command, *options], cwd=TOP, check=True)
    lock = TOP / name
    body = lock.read_text()
    if "://" in body:
        sys.exit(f"{name} would name an address: take package index settings out of the environment.")
    lock.write_text(
        f"# Locked by `make lock` from pyproject.toml: change that one.\n{MARK}{wishes()}\n{body}"
    )


def check() -> None:
    fresh = MARK + wishes()
    stale = [name for name in LOCKS if fresh not in (TOP / name).read_text().splitlines()]
    if stale:
        sys.exit(f"{' and '.join(stale)} no longer match pyproject.toml. Run: make lock")
    print(f"Locks: {' and '.join(LOCKS)} match pyproject.toml.")


def main() -> None:
    if "--check" in sys.argv:
        check()
        return
    options = ["--upgrade"] if "--upgrade" in sys.argv else []
    for name, groups in LOCKS.items():
        compile_lock(name, groups, options)
        # What the product runs on is the same in both locks.
        options = ["--constraint", "requirements.txt"]
    check()


main()
