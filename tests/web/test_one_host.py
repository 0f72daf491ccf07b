"""Does a development server keep people under one name, and leave everything else alone?"""

import pytest

pytestmark = pytest.mark.django_db
VISIT = {"Sec-Fetch-Mode": "navigate"}


@pytest.fixture(autouse=True)
def base_url(settings):
    settings.BASE_URL = "http://localhost:8000"


def test_a_visit_by_the_other_name_is_led_to_ours(as_nobody):
    response = as_nobody.get("/?q=x", headers={"Host": "127.0.0.1:8000", **VISIT})
    assert (response.status_code, response["Location"]) == (302, "http://localhost:8000/?q=x")


@pytest.mark.parametrize("name", ["localhost:8000", "127.0.0.1:9000", "localhost:9000"])
def test_our_name_and_other_ports_stay(as_nobody, name):
    assert as_nobody.get("/", headers={"Host": name, **VISIT}).status_code == 200


def test_scripts_are_answered_where_they_ask(as_nobody):
    assert as_nobody.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 200
