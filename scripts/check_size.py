"""Is every function and module small enough to read? Budgets and reasoned exceptions: pyproject.toml."""

import ast
import statistics
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measure:
    """One thing with a budget; `name` is a path, or a path and a function."""

    name: str
    kind: str
    size: int


def functions(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, Function, bool]]:
    """Every function with its dotted name, and whether its first argument is the object or class."""
    for node in ast.iter_child_nodes(tree):
        name = f"{inside}{node.name}" if isinstance(node, Function | ast.ClassDef) else inside.rstrip(".")
        if isinstance(node, Function):
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            yield name, node, isinstance(tree, ast.ClassDef) and "staticmethod" not in marks
        yield from functions(node, f"{name}." if name else "")


def measure(path: Path) -> Iterator[Measure]:
    text = path.read_text()
    shown = path.relative_to(TOP).as_posix()
    yield Measure(shown, "module_lines", text.count("\n"))
    for name, node, bound in functions(ast.parse(text)):
        yield Measure(f"{shown}:{name}", "function_lines", (node.end_lineno or 0) - node.lineno + 1)
        given = len(node.args.posonlyargs) + len(node.args.args) - bound
        yield Measure(f"{shown}:{name}", "positional_parameters", given)


def too_big(measures: list[Measure], budget: dict[str, Any]) -> list[str]:
    """What breaks its budget without a reason, and reasons that nothing needs any more."""
    exceptions: dict[str, dict[str, Any]] = dict(budget["exceptions"])
    unused = {name: set(entry) - {"reason"} for name, entry in exceptions.items()}
    problems = [
        f"{name}: an exception without a reason" for name, e in exceptions.items() if not e.get("reason")
    ]
    for one in measures:
        limit = budget[one.kind]
        if one.size <= limit:
            continue
        unused.get(one.name, set()).discard(one.kind)
        allowed = exceptions.get(one.name, {}).get(one.kind, limit)
        if one.size > allowed:
            problems.append(f"{one.name}: {one.kind} {one.size}, at most {allowed}")
    return problems + [f"{name}: needs no exception for {kind}" for name in unused for kind in unused[name]]


def main() -> None:
    budget = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["duologue"]["size"]
    files = [path for path in sorted((TOP / "src").rglob("*.py")) if "migrations" not in path.parts]
    measures = [one for path in files for one in measure(path)]
    lines = [one.size for one in measures if one.kind == "function_lines"]
    median, p90 = statistics.median(lines), statistics.quantiles(lines, n=10)[-1]
    problems = too_big(measures, budget)
    for name, value in (("median", median), ("p90", p90)):
        if value > budget[f"function_lines_{name}"]:
            problems.append(f"function lines, {name}: {value:g}, at most {budget[f'function_lines_{name}']}")
    longest = max(one.size for one in measures if one.kind == "module_lines")
    print(
        f"Size: {len(files)} modules, the longest {longest} lines; {len(lines)} functions of {median:g} lines"
    )
    print(f"(median), {p90:g} (p90), {max(lines)} (longest); {len(budget['exceptions'])} exceptions.")
    if problems:
        sys.exit("\n".join(problems))


main()
