"""Is this installation well? For load balancers, for Prometheus and for whoever runs it.

Answered before anything else looks at a request: probes name hosts that no browser would, and must work
without a session. `/healthz` asks nobody, `/readyz` asks the database, `/metrics` is the operator's.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import Error
from django.db.models import Count, Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from duologue.accounts.throttle import is_local
from duologue.bookings.models import Booking
from duologue.config import prepare
from duologue.core import clock, crypto
from duologue.jobs import queue
from duologue.jobs.models import WorkerBeat
from duologue.notifications.models import OutgoingMail

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Set where several web processes serve: they count into files there, which any of them adds up."""

Answer = Callable[[HttpRequest], HttpResponse]

_migrated = False
_seconds = Histogram(
    "duologue_request_seconds",
    "Time to answer a request",
    ["method", "status"],
    registry=None,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Health:
    """The outermost middleware: answers probes itself, and times everything else."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response
        self._pages: dict[str, Answer] = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self._pages.get(request.path_info)
        if page is not None:
            return page(request)
        began = time.perf_counter()
        response = self._get_response(request)
        method = request.method if request.method in _METHODS else "other"
        _seconds.labels(method, f"{response.status_code // 100}xx").observe(time.perf_counter() - began)
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has all its tables; the body also tells how long ago a worker was heard."""
    try:
        ready = _is_migrated()
        age = worker_age()
    except Error:
        return JsonResponse({"ready": False, "database": "does not answer"}, status=503)
    body = {
        "ready": ready,
        "database": "up to date" if ready else "has to be migrated",
        "worker_heard_seconds_ago": None if age is None else round(age.total_seconds(), 1),
    }
    return JsonResponse(body, status=200 if ready else 503)


def worker_age() -> timedelta | None:
    """How long ago the last sign of life of any worker came; None without any."""
    beat_at = WorkerBeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    return None if beat_at is None else clock.machine() - beat_at


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for this machine itself or with DUOLOGUE_METRICS_TOKEN as bearer token."""
    if not _may_read_metrics(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(_Figures())
    if MULTIPROCESS in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_seconds)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """What the database knows, counted when asked."""

    def collect(self) -> Iterator[Metric]:
        tally = queue.tally(clock.now())
        jobs = {
            "waiting": tally.waiting,
            "late": tally.late,
            "running": tally.running,
            "failed": tally.failed,
        }
        yield _gauge("duologue_jobs", "Jobs; late ones are among those that wait", "state", jobs)
        yield _gauge("duologue_mails", "Mails", "state", _counts(OutgoingMail, "state"))
        yield _gauge("duologue_bookings", "Bookings", "status", _counts(Booking, "status"))
        age = worker_age()
        if age is not None:
            heard = "Seconds since a worker was heard"
            yield GaugeMetricFamily("duologue_worker_age_seconds", heard, value=age.total_seconds())


def _counts(model: type[Model], field: str) -> dict[str, int]:
    return dict(model._default_manager.order_by().values_list(field).annotate(count=Count("pk")))


def _gauge(name: str, words: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _is_migrated() -> bool:
    """Reads all migrations until it was true once, then remembers."""
    global _migrated
    _migrated = _migrated or not prepare.missing_migrations()
    return _migrated


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.DUOLOGUE_METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and crypto.equal(given, token):
        return True
    return is_local(request)
