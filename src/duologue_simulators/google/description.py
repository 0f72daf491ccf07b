"""Does a request fit Google's own description of its API? See ORIGIN.md for the parts of it in spec.json."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

SPEC = json.loads((Path(__file__).parent / "spec.json").read_text())
_TYPES: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_TEXTS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}


def scopes(method: str) -> tuple[str, ...]:
    """Any of these rights is enough for the method."""
    return tuple(SPEC["methods"][method]["scopes"])


def wrong(method: str, query: Mapping[str, str], body: Any) -> str:
    """What in a request is not as described; empty if it fits."""
    known = SPEC["methods"][method]
    for name, text in query.items():
        if name not in known["query"]:
            return f'Unknown name "{name}": Cannot bind query parameter.'
        if not _text_fits(text, known["query"][name]):
            return f"Invalid value for {name}: {text}"
    if "body" not in known:
        return "A request body is not allowed." if body is not None else ""
    return _wrong(body, {"$ref": known["body"]}, "body")


def is_instant(text: Any) -> bool:
    """RFC 3339, with its offset."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _text_fits(text: str, schema: Mapping[str, Any]) -> bool:
    if not re.fullmatch(_TEXTS.get(schema["type"], ".*"), text) or text not in schema.get("enum", [text]):
        return False
    if schema["type"] != "integer":
        return True
    return int(schema.get("minimum", text)) <= int(text) <= int(schema.get("maximum", text))


def _wrong(value: Any, schema: Mapping[str, Any], where: str) -> str:
    schema = SPEC["schemas"][schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "")
    fits = isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        return f"Invalid value at '{where}' ({kind}): {value!r}"
    if value not in schema.get("enum", [value]):
        return f"Invalid value at '{where}': {value!r}"
    if kind == "array":
        found = (_wrong(one, schema["items"], f"{where}[{n}]") for n, one in enumerate(value))
        return next(filter(None, found), "")
    return _wrong_members(value, schema, where) if kind == "object" else ""


def _wrong_members(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> str:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, one in value.items():
        if name not in known and others is None:
            return f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field."
        problem = _wrong(one, known.get(name, others), f"{where}.{name}")
        if problem:
            return problem
    return ""
