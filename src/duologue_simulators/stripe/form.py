"""How does `line_items[0][price_data][currency]=eur` become nested values? As Stripe reads a form's body."""

from typing import Any
from urllib.parse import parse_qsl

from duologue_simulators.stripe.errors import refused

Params = dict[str, Any]


def parse(text: str) -> Params:
    """Nested dictionaries; a dictionary whose keys count from 0 is a list. All leaves are texts."""
    tree: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *path, last = name.replace("]", "").split("[")
        place = tree
        for part in path:
            place = place.setdefault(part or str(len(place)), {})
            if not isinstance(place, dict):
                raise refused(f"Invalid {name}", param=name)
        # `expand[]` means the next place of a list.
        place[last or str(len(place))] = value
    found: Params = _lists(tree)
    return found


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(one) for key, one in value.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def whole(params: Params, name: str) -> int | None:
    """A parameter that must be a whole number, or is not there."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.removeprefix("-").isdecimal():
        raise refused(f"Invalid integer: {value}", param=name)
    return int(value)


def known(params: Any, names: set[str], where: str = "") -> Params:
    """The parameters, if all of them are among `names`; Stripe refuses what it does not know."""
    if not isinstance(params, dict):
        raise refused(f"Invalid object: {where}", param=where)
    for name in params:
        if name not in names:
            full = f"{where}[{name}]" if where else name
            raise refused(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    return params


def required(params: Params, name: str, where: str = "") -> Any:
    value = params.get(name)
    if value in (None, "", {}, []):
        full = f"{where}[{name}]" if where else name
        raise refused(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return value


def metadata(params: Params, where: str = "metadata") -> dict[str, str]:
    """At most 50 texts of at most 500 letters, under names of at most 40."""
    given = params.get("metadata") or {}
    fits = isinstance(given, dict) and len(given) <= 50
    if not fits or not all(
        isinstance(value, str) and len(name) <= 40 and len(value) <= 500 for name, value in given.items()
    ):
        raise refused("Metadata values must be short texts.", param=where)
    return {name: str(value) for name, value in given.items()}
