"""Do probes get a true answer, and do figures reach only those they are for?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from duologue.config import health
from duologue.core import clock
from duologue.jobs import queue
from duologue.jobs.models import Job, WorkerBeat
from duologue.jobs.queue import Owed


@pytest.fixture
def probe() -> Client:
    """A machine that knows no host name and has no session."""
    return Client(SERVER_NAME="10.1.2.3")


def beat(age: timedelta) -> None:
    now = clock.machine()
    WorkerBeat.objects.create(name="w", beat_at=now - age, started_at=now - age)


@pytest.mark.django_db
def test_alive_asks_no_database(probe: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = probe.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_tells_of_the_worker(probe: Client) -> None:
    assert probe.get("/readyz").json()["worker_heard_seconds_ago"] is None
    beat(timedelta(seconds=30))
    answer = probe.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert 30 <= answer.json()["worker_heard_seconds_ago"] < 90


@pytest.mark.django_db
def test_not_ready_while_migrations_are_missing(probe: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'jobs' AND name = '0003_lanes'")
    answer = probe.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "database": "has to be migrated",
        "worker_heard_seconds_ago": None,
    }


@pytest.mark.django_db
def test_not_ready_while_the_database_does_not_answer(probe: Client) -> None:
    with connection.execute_wrapper(_refuse):
        answer = probe.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": "does not answer"}


def _refuse(execute, sql, params, many, context):
    from_database = connection.Database.OperationalError("gone")
    with connection.wrap_database_errors:
        raise from_database


@pytest.mark.django_db
def test_metrics_count_what_there_is(client: Client) -> None:
    now = clock.now()
    queue.enqueue(*(Owed("x", f"k{i}", now - timedelta(hours=1)) for i in range(3)), now=now)
    Job.objects.filter(key="k0").update(state=Job.State.FAILED)
    beat(timedelta(seconds=5))
    client.get("/nothing/here")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").content.decode())
        for sample in family.samples
    }
    assert found["duologue_jobs", "waiting"] == found["duologue_jobs", "late"] == 2
    assert found["duologue_jobs", "failed"] == 1
    assert found["duologue_worker_age_seconds",] >= 5
    assert found["duologue_request_seconds_count", "GET", "4xx"] >= 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("remote", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
        ("192.0.2.7", {"Authorization": "Bearer a-long-token"}, 200),
        ("192.0.2.7", {"Authorization": "Bearer another"}, 404),
        ("192.0.2.7", {"Authorization": "Bearer "}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7", "Authorization": "Bearer a-long-token"}, 200),
    ],
)
def test_metrics_are_the_operator_s(
    remote: str, headers: dict[str, str], status: int, client: Client, settings: Settings
) -> None:
    settings.DUOLOGUE_METRICS_TOKEN = "a-long-token"
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=remote).status_code == status


@pytest.mark.django_db
def test_without_a_token_none_is_right(client: Client) -> None:
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="192.0.2.7").status_code
        == 404
    )
