"""How is the ORM's question asked without being written anew each time? Its text is kept.

For what workers ask most, building a query takes the ORM longer than the database takes to answer it. A kept
query is built at its first asking; `given` marks the values that each asking brings. What comes out are the
same instances, related ones, annotations and all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators

from duologue.core import statements

Row = TypeVar("Row", bound=models.Model)


class Given(Expression):
    """A value that is not known when the query is built."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def given(name: str) -> Any:
    """Stands in a filter for the value that `all` and `first` take under this name. None equals nothing."""
    return Given(name)


class Kept(Generic[Row]):
    """A query that is the same each time but for what is `given`.

    `build` must depend on nothing that changes while the process runs, settings least of all.
    """

    def __init__(self, build: Callable[[], "models.QuerySet[Row]"]) -> None:
        self._build = build

    def all(self, **values: Any) -> list[Row]:
        text = self._text
        wrapper = connections[DEFAULT_DB_ALIAS]
        parameters = [
            _as_stored(values[one.name], wrapper) if isinstance(one, Given) else one
            for one in text.parameters
        ]
        with statements.cursor() as cursor:
            cursor.execute(text.sql, parameters)
            rows = cursor.fetchall()
        return [text.made_of(_converted(row, text.converters, wrapper)) for row in rows]

    def first(self, **values: Any) -> Row | None:
        return next(iter(self.all(**values)), None)

    @cached_property
    def _text(self) -> "_Text":
        compiler: Any = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        return _Text(sql, tuple(parameters), compiler)


@dataclass(frozen=True)
class _Text:
    """What the ORM made of a query."""

    sql: str
    parameters: tuple[Any, ...]
    compiler: Any

    @cached_property
    def converters(self) -> list[tuple[int, list[Any], Any]]:
        found = self.compiler.get_converters([one[0] for one in self.compiler.select])
        return [(place, *how) for place, how in found.items()]

    def made_of(self, row: list[Any]) -> Any:
        """As `django.db.models.query.ModelIterable` makes it."""
        made = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._begin : self._end])
        for related in self._related:
            related.populate(row, made)
        for name, place in self.compiler.annotation_col_map.items():
            setattr(made, name, row[place])
        return made

    @cached_property
    def _model(self) -> Any:
        return self.compiler.klass_info["model"]

    @cached_property
    def _begin(self) -> int:
        begin: int = self.compiler.klass_info["select_fields"][0]
        return begin

    @cached_property
    def _end(self) -> int:
        last: int = self.compiler.klass_info["select_fields"][-1]
        return last + 1

    @cached_property
    def _names(self) -> list[str]:
        return [one[0].target.attname for one in self.compiler.select[self._begin : self._end]]

    @cached_property
    def _related(self) -> list[Any]:
        populators: Any = get_related_populators
        found: list[Any] = populators(self.compiler.klass_info, self.compiler.select, DEFAULT_DB_ALIAS)
        return found


def _converted(row: Any, converters: list[tuple[int, list[Any], Any]], wrapper: Any) -> list[Any]:
    values = list(row)
    for place, convert_by, expression in converters:
        for convert in convert_by:
            values[place] = convert(values[place], expression, wrapper)
    return values


def _as_stored(value: Any, wrapper: Any) -> Any:
    if isinstance(value, datetime):
        return wrapper.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID) and not wrapper.features.has_native_uuid_field:
        return value.hex
    return value
