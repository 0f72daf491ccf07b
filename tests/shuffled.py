"""Rows that no order tells apart come in a new order each time: pytest -p tests.shuffled

A database gives equal rows in any order, and gives them in the usual one until the day it does not. With
this, a test (or a page) that leans on the usual order fails at once.
"""

from collections.abc import Callable
from typing import Any

from django.db.models.expressions import Col, OrderBy
from django.db.models.functions import Random
from django.db.models.sql.compiler import SQLCompiler


def _is_key(ordered_by: Any) -> bool:
    """Whether this alone tells every row from every other."""
    return isinstance(ordered_by, Col) and bool(getattr(ordered_by.target, "primary_key", False))


def _shuffled(said: Callable[[SQLCompiler], list[Any]]) -> Callable[[SQLCompiler], list[Any]]:
    def get_order_by(compiler: SQLCompiler) -> list[Any]:
        query, order = compiler.query, said(compiler)
        # There every part of the order has to be among what is asked for.
        if query.combinator or query.distinct or query.group_by is not None or query.subquery:
            return order
        if any(_is_key(one.expression) for one, _ in order):
            return order
        chance = Random()
        return [*order, (OrderBy(chance), (*compiler.compile(OrderBy(chance)), False))]

    return get_order_by


def pytest_configure() -> None:
    SQLCompiler.get_order_by = _shuffled(SQLCompiler.get_order_by)  # type: ignore[assignment, method-assign]
