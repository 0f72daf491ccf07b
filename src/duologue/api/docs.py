"""How does a person read the API? One page, drawn here from the OpenAPI document."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from duologue.api.problems import KINDS, MEDIA_TYPE

PREFIX = "/api/"
INTRODUCTION = """\
Hosts and their open slots are open to everybody. For bookings send a personal token, which an operator makes
with `duologue token create EMAIL`: `Authorization: Bearer dl_…`. Scripts on our own pages may use the session
cookie instead, with an `X-CSRFToken` header for everything but reading.

Instants are ISO 8601 with an offset; answers are in UTC. A time without an offset is refused (`naive_time`).
Amounts are whole minor units (cents; yen) beside an ISO 4217 code.

Lists are arrays. The next page is in the `Link` header (`rel="next"`); take its address as it stands.

A refusal is a problem (RFC 9457, `application/problem+json`). Its `code` stays the same for ever, its words
do not: they follow `Accept-Language`. A refusal has changed nothing.

Send an `Idempotency-Key` with a booking and you may repeat the request safely: the same key and the same body
give the same booking, for seven days."""


@lru_cache(maxsize=1)
def document(api: NinjaAPI) -> dict[str, Any]:
    """The OpenAPI document, as plain JSON values."""
    found: dict[str, Any] = orjson.loads(
        orjson.dumps(dict(api.get_openapi_schema(path_prefix=PREFIX)), option=orjson.OPT_NON_STR_KEYS)
    )
    return found


@require_safe
def openapi_json(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    return HttpResponse(orjson.dumps(document(api)), content_type="application/json")


@require_safe
def page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    whole = document(api)
    context = {
        "paragraphs": [_marked(text) for text in INTRODUCTION.split("\n\n")],
        "groups": _groups(whole),
        "shapes": [_shape(name, schema) for name, schema in sorted(whole["components"]["schemas"].items())],
        "kinds": sorted((kind.status, code, kind.title) for code, kind in KINDS.items()),
        "problem_media_type": MEDIA_TYPE,
    }
    return render(request, "api/docs.html", context)


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member: `shape` names the schema to look at, where it has one."""

    name: str
    kind: str
    shape: str
    where: str
    required: bool
    says: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    codes: list[str]
    kind: str
    shape: str


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    says: list[str]
    is_guarded: bool
    fields: list[Field]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    says: str
    fields: list[Field]


def _groups(whole: dict[str, Any]) -> list[tuple[str, list[Operation]]]:
    groups: dict[str, list[Operation]] = {}
    for path, methods in whole["paths"].items():
        for method, found in methods.items():
            groups.setdefault(found["tags"][0], []).append(_operation(whole, path, method, found))
    return list(groups.items())


def _operation(whole: dict[str, Any], path: str, method: str, found: dict[str, Any]) -> Operation:
    parameters = [
        _field(each["name"], each["schema"], where=each["in"], required=each["required"])
        for each in found["parameters"]
    ]
    return Operation(
        id=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found["summary"],
        says=[_marked(text) for text in found.get("description", "").split("\n\n")],
        is_guarded="security" in found,
        fields=[*parameters, *_body(whole, found)],
        answers=[_answer(status, answer) for status, answer in sorted(found["responses"].items())],
    )


def _body(whole: dict[str, Any], found: dict[str, Any]) -> list[Field]:
    if "requestBody" not in found:
        return []
    _kind, name = _kind_of(found["requestBody"]["content"]["application/json"]["schema"])
    return [
        Field(each.name, each.kind, each.shape, "body", each.required, each.says)
        for each in _shape(name, whole["components"]["schemas"][name]).fields
    ]


def _answer(status: str, answer: dict[str, Any]) -> Answer:
    content = answer.get("content", {})
    if MEDIA_TYPE in content:
        coded = content[MEDIA_TYPE]["schema"]["allOf"][1]
        return Answer(status, coded["properties"]["code"]["enum"], "", "Problem")
    kind, shape = _kind_of(content["application/json"]["schema"])
    return Answer(status, [], kind, shape)


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    required = set(schema.get("required", ()))
    fields = [
        _field(member, found, where="", required=member in required)
        for member, found in schema.get("properties", {}).items()
    ]
    return Shape(name, _marked(schema.get("description", "")), fields)


def _field(name: str, schema: dict[str, Any], *, where: str, required: bool) -> Field:
    kind, shape = _kind_of(schema)
    return Field(name, kind, shape, where, required, _marked(schema.get("description", "")))


def _kind_of(schema: dict[str, Any]) -> tuple[str, str]:
    """What a value is in a few words, and the named schema in it."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return name, name
    if "allOf" in schema:
        return _kind_of(schema["allOf"][0])
    if "anyOf" in schema:
        kinds = [_kind_of(each) for each in schema["anyOf"]]
        return " | ".join(kind for kind, _ in kinds), next((shape for _, shape in kinds if shape), "")
    if schema.get("type") == "array":
        kind, shape = _kind_of(schema["items"])
        return f"[{kind}]", shape
    if "enum" in schema:
        return " | ".join(f"“{value}”" for value in schema["enum"]), ""
    return str(schema.get("format") or schema.get("type", "")), ""


def _marked(text: str) -> SafeString:
    """A paragraph in which what stands between backticks is code."""
    parts = enumerate(text.replace("\n", " ").split("`"))
    return format_html_join("", "{}", ((_code(part) if at % 2 else part,) for at, part in parts))


def _code(text: str) -> SafeString:
    return format_html("<code>{}</code>", text)
