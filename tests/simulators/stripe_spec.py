"""Does a value fit the description of Stripe's API that lies in tests/data/stripe? See ORIGIN.md there."""

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data" / "stripe"
SPEC = json.loads((DATA / "spec.json").read_text())
KINDS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def check_object(value: dict[str, Any]) -> None:
    """Assert that this is one of Stripe's objects, as its own `object` member says, with all it must have."""
    if value["object"] == "list":
        for one in value["data"]:
            check_object(one)
        return
    fits(value, SPEC["objects"][value["object"]])


def check_error(value: dict[str, Any]) -> None:
    fits(value, SPEC["objects"]["error"])


def check_request(name: str, params: dict[str, Any]) -> None:
    """Assert that a request has no parameter that Stripe does not know, and none of another kind."""
    fits(params, SPEC["requests"][name], texts=True)


def fits(value: Any, schema: dict[str, Any], where: str = "$", *, texts: bool = False) -> None:
    """Assert it; with `texts` the leaves are texts, as in a form."""
    if value is None:
        assert schema.get("nullable"), f"{where} may not be null"
        return
    if "anyOf" in schema:
        assert any(_fits(value, choice, where, texts=texts) for choice in schema["anyOf"]), where
        return
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if texts and kind in {"string", "integer", "number", "boolean"}:
        assert isinstance(value, str), f"{where} is no text"
        assert kind != "integer" or value.isdecimal(), f"{where}: {value!r} is no whole number"
        assert kind != "boolean" or value in {"true", "false"}, f"{where}: {value!r} is no truth value"
    elif kind:
        assert isinstance(value, KINDS[kind]), f"{where}: {value!r} is no {kind}"
        assert kind == "boolean" or not isinstance(value, bool), f"{where}: {value!r} is no {kind}"
    if kind == "object":
        _members(value, schema, where, texts=texts)
    if kind == "array":
        for number, one in enumerate(value):
            fits(one, schema.get("items", {}), f"{where}[{number}]", texts=texts)


def _members(value: dict[str, Any], schema: dict[str, Any], where: str, *, texts: bool) -> None:
    known = schema.get("properties", {})
    for name in schema.get("required", []):
        assert name in value, f"{where} lacks {name}"
    more = schema.get("additionalProperties", not known)
    for name, one in value.items():
        assert name in known or more is not False, f"{where} has {name}, which Stripe does not know"
        fits(
            one,
            known.get(name, {"nullable": True, **(more if isinstance(more, dict) else {})}),
            f"{where}.{name}",
            texts=texts,
        )


def _fits(value: Any, schema: dict[str, Any], where: str, *, texts: bool) -> bool:
    try:
        fits(value, schema, where, texts=texts)
    except AssertionError:
        return False
    return True
