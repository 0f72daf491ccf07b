"""Is the style guide there for those who build, and for nobody else?"""

import pytest

pytestmark = pytest.mark.django_db


def test_every_part_and_every_composition_is_drawn_in_development(as_nobody):
    page = as_nobody.get("/styleguide")
    assert page.status_code == 200
    for name in page.context["compositions"]:
        assert as_nobody.get(f"/styleguide?page={name}").status_code == 200


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_it_is_not_there_elsewhere(as_nobody, settings, environment):
    settings.ENV = environment
    assert as_nobody.get("/styleguide").status_code == 404
