"""What does every test stand on? Its own data folder and database, never the person's who runs it."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import django
import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from duologue.core import clock
from tests import emptying

TESTS = Path(__file__).parent
# Each process (xdist starts several) has a folder of its own.
DATA_DIR = Path(tempfile.mkdtemp(prefix="duologue-test-"))
SURROUNDINGS = {
    "DJANGO_SETTINGS_MODULE": "duologue.config.settings",
    "DUOLOGUE_ENV": "development",
    "DUOLOGUE_DATA_DIR": str(DATA_DIR),
    "DUOLOGUE_DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
}

# The settings are read here, once, and see nothing of this machine but the database to test on.
if settings.configured:
    pytest.exit("The settings were read before the tests chose theirs: unset DJANGO_SETTINGS_MODULE.", 2)
for name in [name for name in os.environ if name.startswith("DUOLOGUE_")]:
    del os.environ[name]
os.environ.update(SURROUNDINGS)
django.setup()
# Left there, xdist workers would read the settings before this file gives each its own folder.
del os.environ["DJANGO_SETTINGS_MODULE"]
# Pages name static files as they are: nothing is collected, hashed and compressed for tests.
(DATA_DIR / "static").mkdir()
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Argon2 is slow on purpose, and the cast has passwords; accounts made in tests are gone with them.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]

# The people of the tests (host, attendee, stranger, operator) have a file of their own, and so have vendors.
_PLUGINS = ("tests.cast", "tests.gateways", "tests.keyed_platforms", "tests.platforms")
pytest_plugins = [name for name in _PLUGINS if importlib.util.find_spec(name)]

emptying.install()
hypothesis.settings.register_profile("duologue", deadline=None, print_blob=True)
hypothesis.settings.load_profile("duologue")

ASKS = {"db", "transactional_db", "django_db_setup"}
"""Whoever wants one of these asks the database."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a test's place says about it, and what only one database can say."""
    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    for item in items:
        if TESTS / "browser" in item.path.parents:
            item.add_marker("browser")
        if item.get_closest_marker("django_db") or ASKS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="says something about PostgreSQL only"))


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Name the database after this process, so that two runs on one server never meet."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "duologue.core.sqlite":
        database.setdefault("TEST", {})["NAME"] = f"test_duologue_{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database itself, made by pytest-django, and hurried."""
    with django_db_blocker.unblock():
        emptying.do_not_wait_for_the_disk()


@pytest.fixture
def own_clock(tmp_path: Path) -> Iterator[None]:
    """A clock that this test may move, and that the next one does not find moved."""
    kept = clock._offset_file
    clock.configure(tmp_path / "offset")
    yield
    clock.configure(kept)


@pytest.fixture
def child_environment(transactional_db: None) -> dict[str, str]:
    """For processes of the product that a test starts: the same settings, the test's own database."""
    return product_environment()


def product_environment() -> dict[str, str]:
    """What a process of the product has to see to work on the tests' database, once that is there."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}@" if database["USER"] else ""
        url = f"postgresql://{login}{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    return {**os.environ, **SURROUNDINGS, "DUOLOGUE_DATABASE_URL": url}
