"""Is the document there, is it true, and can a person read it?"""

import re
from pathlib import Path

import pytest

import duologue
from duologue.accounts.models import User
from duologue.api import docs
from duologue.api.problems import KINDS, problem
from duologue.api.urls import api
from tests.api import contract

USECASES = Path(duologue.__file__).parent / "usecases"
OPERATIONS = {
    ("/api/hosts", "get"),
    ("/api/hosts/{slug}", "get"),
    ("/api/hosts/{slug}/event-types", "get"),
    ("/api/hosts/{slug}/reviews", "get"),
    ("/api/hosts/{slug}/event-types/{event_type_slug}/slots", "get"),
    ("/api/bookings", "get"),
    ("/api/bookings", "post"),
    ("/api/bookings/{booking_id}", "get"),
    ("/api/bookings/{booking_id}/cancel", "post"),
    ("/api/bookings/{booking_id}/reschedule", "post"),
    ("/api/bookings/{booking_id}/follow-ups", "post"),
    ("/api/bookings/{booking_id}/withdraw", "post"),
    ("/api/bookings/{booking_id}/proposals", "post"),
    ("/api/bookings/{booking_id}/proposals/{proposal_id}/accept", "post"),
    ("/api/bookings/{booking_id}/proposals/{proposal_id}/decline", "post"),
    ("/api/bookings/{booking_id}/proposals/{proposal_id}/withdraw", "post"),
    ("/api/bookings/{booking_id}/checkout", "post"),
    ("/api/bookings/{booking_id}/review", "get"),
    ("/api/bookings/{booking_id}/review", "post"),
    ("/api/bookings/{booking_id}/review", "put"),
    ("/api/bookings/{booking_id}/video-link", "get"),
}


def test_the_document_names_every_operation(db, as_nobody):
    response = as_nobody.get("/api/openapi.json")
    assert response["Content-Type"] == "application/json"
    document = response.json()
    assert document["openapi"].startswith("3.1")
    found = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert found == OPERATIONS


def test_every_reference_leads_somewhere():
    document = docs.document(api)
    text = str(document)
    names = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert names <= set(document["components"]["schemas"])
    schemes = {
        name for path in document["paths"].values() for each in path.values() for name in _schemes(each)
    }
    assert schemes == set(document["components"]["securitySchemes"])


def _schemes(operation: dict) -> list[str]:
    return [name for choice in operation.get("security", []) for name in choice]


def test_what_is_personal_says_so():
    for path, methods in docs.document(api)["paths"].items():
        for operation in methods.values():
            is_personal = path.startswith("/api/bookings")
            assert bool(operation.get("security")) == is_personal
            assert ("401" in operation["responses"]) == is_personal
            assert operation["summary"]
            assert operation["description"]


def test_the_page_explains_everything(db, as_nobody):
    response = as_nobody.get("/api/docs")
    page = response.content.decode()
    for path, _method in OPERATIONS:
        assert path in page
    for code in KINDS:
        assert f'id="{code}"' in page
    for name in docs.document(api)["components"]["schemas"]:
        assert f'id="shape-{name}"' in page


def test_the_page_needs_nobody_else(db, as_nobody):
    page = as_nobody.get("/api/docs").content.decode()
    loaded = re.findall(r"<(?:script|link|img)[^>]*?(?:src|href)=\"([^\"]*)", page)
    assert loaded
    assert all(address.startswith(("/", "data:")) for address in loaded)
    assert "<script>" not in page
    assert " style=" not in page


def test_the_root_leads_to_the_page(db, as_nobody):
    assert as_nobody.get("/api/")["Location"] == "/api/docs"


@pytest.mark.parametrize("path", ["/nothing", "/hosts/", "/hosts/a/b", "/bookings/x/cancel", "/docs/x"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_other_addresses_answer_with_a_problem(nobody, path, method):
    response = getattr(nobody, method)(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    contract.validate(response.json(), {"$ref": "#/components/schemas/Problem"})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_answer_with_a_problem(db, as_nobody, method):
    response = as_nobody.generic(method, "/api/bookings")
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert response["Allow"] == "GET, POST"
    assert response.json()["code"] == "method_not_allowed"


def test_head_answers_like_get(host, as_nobody):
    response = as_nobody.head("/api/hosts")
    assert (response.status_code, response.content) == (200, b"")


def test_nothing_is_kept_by_caches(host, nobody):
    for path in ("/hosts", "/hosts/naoko-ishida", "/bookings", "/nothing"):
        assert nobody.get(path)["Cache-Control"] == "no-store"


def test_what_breaks_says_nothing_of_the_inside(host, nobody, caplog):
    User.objects.update(time_zone="Nowhere/Land")
    response = nobody.get("/hosts/naoko-ishida/event-types/first-talk/slots")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "Nowhere" not in response.content.decode()
    assert "Nowhere/Land" in caplog.text


@pytest.mark.parametrize("name", ["book", "begin_checkout", "join"])
def test_every_code_that_a_use_case_can_give_is_explained(name):
    told = re.findall(r'code="(\w+)"', (USECASES / f"{name}.py").read_text())
    assert told
    assert set(told) <= set(KINDS)


def test_a_problem_keeps_its_own_members():
    body = problem("too_early", "Not yet.", opens_at="2026-10-22T07:15:00Z", status_code=1)
    assert body.status_code == 403
    assert b'"opens_at":"2026-10-22T07:15:00Z"' in body.content
