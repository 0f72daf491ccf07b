"""What does `duologue doctor` look at? Each check answers in words; add one by naming it in CHECKS."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.db import Error, connection
from django.utils.module_loading import import_string

from duologue.config import health, prepare
from duologue.core import clock, env
from duologue.jobs import queue
from duologue.jobs.models import ALIVE_WITHIN
from duologue.payments import keys

_SHORTEST_KEY = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: `is_well` None means it is not used here, which is nobody's trouble."""

    subject: str
    is_well: bool | None
    words: str


def settings_are_sound() -> Finding:
    """Django's own checks and those of our apps; the strict ones where strangers come."""
    found = checks.run_checks(include_deployment_checks=settings.ENV == "production")
    serious = [message for message in found if message.level >= checks.WARNING and not message.is_silenced()]
    if not serious:
        return Finding("Settings", True, f"sound, for {settings.ENV}")
    return Finding("Settings", False, "; ".join(f"{one.msg} ({one.id})" for one in serious))


def secret_key_is_long() -> Finding:
    if settings.SECRET_KEY and not env.text("SECRET_KEY"):
        return Finding("Secret key", True, f"made here, kept in {settings.DATA_DIR / 'secret_key'}")
    if len(settings.SECRET_KEY) < _SHORTEST_KEY:
        return Finding(
            "Secret key", False, f"shorter than {_SHORTEST_KEY} characters: make a longer, random one"
        )
    return Finding("Secret key", True, "set by DUOLOGUE_SECRET_KEY")


def base_url_is_safe() -> Finding:
    url = settings.BASE_URL
    if settings.ENV != "development" and not settings.IS_HTTPS:
        return Finding(
            "Address", False, f"{url} is not https: browsers will allow neither sign-in nor camera"
        )
    return Finding("Address", True, url)


def database_answers() -> Finding:
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    try:
        missing = prepare.missing_migrations()
    except Error as error:
        return Finding("Database", False, f"{kind} does not answer: {str(error).strip()}")
    if missing:
        return Finding("Database", False, f"{kind} lacks {len(missing)} migrations: run duologue migrate")
    return Finding("Database", True, f"{kind}, up to date")


def data_dir_is_writable() -> Finding:
    place: Path = settings.DATA_DIR
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("Data folder", False, f"{place} cannot be written to")
    return Finding("Data folder", True, str(place))


def worker_beats() -> Finding:
    try:
        age = health.worker_age()
    except Error:
        return Finding("Worker", False, "unknown while the database does not answer")
    if age is None:
        return Finding("Worker", False, "none runs: start duologue up, or duologue worker")
    heard = f"heard {age.total_seconds():.0f} s ago"
    if age > ALIVE_WITHIN:
        return Finding("Worker", False, f"{heard}, so none runs: start duologue up, or duologue worker")
    return Finding("Worker", True, heard)


def jobs_are_done() -> Finding:
    try:
        tally = queue.tally(clock.now())
    except Error:
        return Finding("Jobs", False, "unknown while the database does not answer")
    words = f"{tally.waiting} wait, {tally.late} of them late, {tally.failed} gave up"
    return Finding("Jobs", not (tally.late or tally.failed), words)


def mail_server_answers() -> Finding:
    if not settings.DUOLOGUE_EMAIL_URL:
        where = "kept, not sent; read them at /mail" if settings.ENV == "development" else "not sent"
        return Finding(
            "Mail",
            None if settings.ENV == "development" else False,
            f"{where}: DUOLOGUE_EMAIL_URL is not set",
        )
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=5):
            return Finding("Mail", True, f"{server} answers")
    except OSError as error:  # smtplib's errors are of this kind too
        return Finding("Mail", False, f"{server} does not take mail: {error}")


def payments_work() -> Finding:
    """Keys, their mode against the environment, webhooks, and whether the gateway answers."""
    key = settings.DUOLOGUE_STRIPE_SECRET_KEY
    complaint = keys.complaint(settings.ENV, key)
    if complaint is not None:
        return Finding("Payments", False, f"{complaint.words} {complaint.hint}")
    if not key:
        what = "only free sessions" if settings.ENV == "production" else "the sandbox, no money moves"
        return Finding("Payments", None, f"{what}: DUOLOGUE_STRIPE_SECRET_KEY is not set")
    # Only now: the vendor's client is large, and few installations that are looked at need it.
    troubles: Callable[[], list[str]] = import_string("duologue.payments.providers.stripe_doctor.troubles")
    found = troubles()
    if found:
        return Finding("Payments", False, " ".join(found))
    return Finding("Payments", True, f"Stripe answers, in {keys.mode(key)} mode")


CHECKS: list[Callable[[], Finding]] = [
    settings_are_sound,
    secret_key_is_long,
    base_url_is_safe,
    data_dir_is_writable,
    database_answers,
    worker_beats,
    jobs_are_done,
    mail_server_answers,
    payments_work,
]
