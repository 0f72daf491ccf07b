"""Does every test exist that docs/platforms.md names as proof, for every platform?"""

import ast
import re
from pathlib import Path

import pytest

from duologue.video.registry import PROVIDERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "platforms.md").read_text()
SECTION = PAGE.partition("## What is proved, and where")[2].partition("\n## ")[0]
FILES = dict(re.findall(r"^\[(\w+)\]: (tests/[\w/]+\.py)$", SECTION, flags=re.M))


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}


def rows() -> list[tuple[str, list[str]]]:
    lines = [line for line in SECTION.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(first.strip("`"), rest) for first, *rest in cells]


def test_every_platform_has_its_row():
    assert {name for name, _ in rows()} >= {*PROVIDERS, "meet.jit.si"}


@pytest.mark.parametrize(("name", "cells"), rows(), ids=[name for name, _ in rows()])
def test_every_cell_names_tests_that_exist(name, cells):
    assert len(cells) == 7
    for cell in cells:
        found = re.findall(r"\[(\w+)\] `(test_\w+)`", cell)
        assert found or cell == "–", cell
        for file, test in found:
            assert test in names_in(FILES[file]), f"{file}: {test}"


def test_every_file_that_is_named_is_there():
    assert FILES
    for path in FILES.values():
        assert (ROOT / path).is_file(), path
