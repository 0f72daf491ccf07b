"""Does an answer keep what the OpenAPI document promises? A strict reading of the JSON Schema it uses."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from duologue.api import docs
from duologue.api.urls import api

IGNORED = {"title", "description", "default", "examples"}
KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
FORMATS: dict[str, Callable[[str], Any]] = {"date-time": datetime.fromisoformat, "uuid": UUID}


def check(method: str, path: str, response: Any) -> None:
    """Assert that this operation may answer this: status, media type, headers of problems, body."""
    promised = _operation(method, path)
    if promised is None:
        assert response.status_code in {404, 405}, (method, path, response.status_code)
        return
    status = str(response.status_code)
    assert status in promised["responses"], f"{method} {path} answers {status}, which is not documented"
    [(media_type, content)] = promised["responses"][status]["content"].items()
    assert response["Content-Type"].partition(";")[0] == media_type
    validate(response.json(), content["schema"])
    for name in promised["responses"][status].get("headers", {}):
        assert name in response.headers or name == "Link"


def check_body(body: Any) -> None:
    """Assert that a request body is one that the document describes."""
    [(_, content)] = _operation("POST", "/api/bookings")["requestBody"]["content"].items()  # type: ignore[index]
    validate(body, content["schema"])


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, methods in docs.document(api)["paths"].items():
        if re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", template), path):
            found: dict[str, Any] | None = methods.get("get" if method == "HEAD" else method.lower())
            return found
    return None


def validate(value: Any, schema: dict[str, Any], where: str = "$") -> None:
    """Assert that a value fits; a keyword that this reader does not know fails too."""
    # The type first: what else is said holds for values of that type.
    for keyword, wanted in sorted(schema.items(), key=lambda item: item[0] != "type"):
        if keyword not in IGNORED:
            assert keyword in RULES, f"{where}: {keyword} is not understood"
            RULES[keyword](value, wanted, schema, where)


def _ref(value: Any, wanted: str, schema: dict[str, Any], where: str) -> None:
    name = wanted.removeprefix("#/components/schemas/")
    validate(value, docs.document(api)["components"]["schemas"][name], where)


def _type(value: Any, wanted: str, schema: dict[str, Any], where: str) -> None:
    assert isinstance(value, KINDS[wanted]), f"{where}: {value!r} is no {wanted}"
    assert wanted == "boolean" or not isinstance(value, bool), f"{where}: {value!r} is no {wanted}"
    if wanted == "object" and not schema.get("additionalProperties"):
        assert set(value) <= set(schema["properties"]), f"{where}: undocumented members"


def _any_of(value: Any, wanted: list[dict[str, Any]], schema: dict[str, Any], where: str) -> None:
    failures = []
    for choice in wanted:
        try:
            return validate(value, choice, where)
        except AssertionError as failure:
            failures.append(str(failure))
    raise AssertionError(f"{where}: fits none: {failures}")


def _all_of(value: Any, wanted: list[dict[str, Any]], schema: dict[str, Any], where: str) -> None:
    for part in wanted:
        validate(value, part, where)


def _properties(value: Any, wanted: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    for name, part in wanted.items():
        if name in value:
            validate(value[name], part, f"{where}.{name}")


def _items(value: Any, wanted: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    for number, item in enumerate(value):
        validate(item, wanted, f"{where}[{number}]")


def _required(value: Any, wanted: list[str], schema: dict[str, Any], where: str) -> None:
    assert set(wanted) <= set(value), f"{where}: {set(wanted) - set(value)} missing"


def _enum(value: Any, wanted: list[Any], schema: dict[str, Any], where: str) -> None:
    assert value in wanted, f"{where}: {value!r} is none of {wanted}"


def _const(value: Any, wanted: Any, schema: dict[str, Any], where: str) -> None:
    assert value == wanted, f"{where}: {value!r} is not {wanted!r}"


def _format(value: Any, wanted: str, schema: dict[str, Any], where: str) -> None:
    assert isinstance(value, str), f"{where}: {value!r} is no {wanted}"
    FORMATS[wanted](value)


def _max_length(value: Any, wanted: int, schema: dict[str, Any], where: str) -> None:
    assert len(value) <= wanted, f"{where}: longer than {wanted}"


def _minimum(value: Any, wanted: int, schema: dict[str, Any], where: str) -> None:
    assert value >= wanted, f"{where}: less than {wanted}"


def _maximum(value: Any, wanted: int, schema: dict[str, Any], where: str) -> None:
    assert value <= wanted, f"{where}: more than {wanted}"


def _nothing(value: Any, wanted: Any, schema: dict[str, Any], where: str) -> None:
    """What `_type` has seen to."""


RULES: dict[str, Callable[[Any, Any, dict[str, Any], str], None]] = {
    "$ref": _ref,
    "type": _type,
    "anyOf": _any_of,
    "allOf": _all_of,
    "properties": _properties,
    "items": _items,
    "required": _required,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "maxLength": _max_length,
    "minimum": _minimum,
    "maximum": _maximum,
    "additionalProperties": _nothing,
}
