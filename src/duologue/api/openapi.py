"""What does the API promise? OpenAPI from the code itself, with every problem an operation can answer."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from duologue.api import schemas
from duologue.api.problems import JSON_OPTIONS, KINDS, MEDIA_TYPE

EVERYWHERE = ("internal_error", "unavailable")
GUARDED = ("unauthorized", "csrf_failed")
"""What every operation for a person can answer too."""
NO_TIME = ("slot_taken", "off_grid", "outside_hours", "too_soon", "too_far", "day_full", "overlap")
"""Why a session cannot have a time."""

_LINK = {
    "Link": {
        "description": 'The next page as `<address>; rel="next"` (RFC 8288); missing on the last one',
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}


def problems(*codes: str, paged: bool = False) -> dict[str, Any]:
    """An operation's refusals, as its part of the OpenAPI document."""
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*codes, *EVERYWHERE)):
        by_status.setdefault(KINDS[code].status, []).append(code)
    responses: dict[int, Any] = {status: _problem(status, by_status[status]) for status in sorted(by_status)}
    if paged:
        responses[200] = {"headers": _LINK}
    return {"responses": responses}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    coded = {"properties": {"code": {"enum": codes}, "status": {"const": status}}}
    schema = {"allOf": [{"$ref": REF_TEMPLATE.format(model="Problem")}, coded]}
    answer: dict[str, Any] = {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
    if status == 429:
        answer["headers"] = _RETRY_AFTER
    return answer


class OrjsonParser(Parser):
    """Reads bodies strictly: no NaN, no lone surrogates, no bottomless nesting."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        body: dict[str, Any] = orjson.loads(request.body)
        return body


class OrjsonRenderer(BaseRenderer):
    """Writes instants in UTC with a Z."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=JSON_OPTIONS)


class Api(NinjaAPI):
    """Adds to the document what all operations share."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**given)
        shared = schemas.Problem.model_json_schema(ref_template=REF_TEMPLATE, mode="serialization")
        document["components"]["schemas"]["Problem"] = shared
        return document
