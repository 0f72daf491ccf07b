"""Does what we ask a vendor fit its own description? See tests/data/vendors/ORIGIN.md."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from duologue_simulators.vendor import Call
from tests.simulators.stripe_spec import fits

FOLDER = Path(__file__).parents[1] / "data" / "vendors"


def described(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return found


class Spec:
    """An OpenAPI description; `under` is where its paths begin at the simulator."""

    def __init__(self, name: str, *, under: str) -> None:
        self._all = described(name)
        self._under = under

    def check(self, call: Call) -> str:
        """Assert that the vendor knows this request and all that is in it; the name of the operation."""
        path, asked = self._find(call)
        known = {one["name"] for one in asked.get("parameters", []) if one.get("in") == "query"}
        assert set(call.query) <= known, f"{call.method} {path} knows no {set(call.query) - known}"
        for kind, described in asked.get("requestBody", {}).get("content", {}).items():
            is_form = kind == "application/x-www-form-urlencoded"
            fits(call.form() if is_form else call.json(), described["schema"], texts=is_form)
        return f"{call.method} {path}"

    def _find(self, call: Call) -> tuple[str, dict[str, Any]]:
        for path, operations in self._all["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", self._under + path)
            if re.fullmatch(pattern, call.path) and call.method.lower() in operations:
                return path, self._whole(operations[call.method.lower()])
        pytest.fail(f"There is no {call.method} {call.path} in the description.")

    def _whole(self, part: Any) -> Any:
        """With everything put in place that is only referred to."""
        if isinstance(part, list):
            return [self._whole(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            found = self._all
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            return self._whole(found)
        return {name: self._whole(value) for name, value in part.items()}
