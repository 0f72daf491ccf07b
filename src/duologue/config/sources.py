"""How do addresses and secrets in the environment become Django's settings?"""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from babel import Locale
from django.utils.translation import to_language

from duologue.core import env
from duologue.payments import keys

SHORTEST_KEY = 40
"""Join links and mailed codes hang on this key, so it must not be guessed."""
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000;"
        " PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;"
    ),
}

PREPARED_AFTER = 5
"""So many times a statement is asked on a connection before PostgreSQL keeps its plan."""


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's entry for DUOLOGUE_DATABASE_URL; SQLite in the data directory when it is empty."""
    if not url:
        return _sqlite(data_dir / "duologue.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path.removeprefix("/"))))
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgresql(url)
    raise env.BadSetting(
        "DATABASE_URL",
        "must begin with postgresql:// or sqlite:///, for example sqlite:////srv/duologue.sqlite3.",
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "duologue.core.sqlite",
        "NAME": str(path),
        "OPTIONS": dict(SQLITE_OPTIONS),
        "CONN_MAX_AGE": None,
        "TEST": {"NAME": f"{path}.test"},
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options: dict[str, Any] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if not env.text("DATABASE_DIRECT_URL"):
        # A direct address beside this one tells of a pooler here, and poolers lose what was prepared.
        options["prepare_threshold"] = PREPARED_AFTER
    return {
        "ENGINE": "duologue.core.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def mail_server(url: str) -> dict[str, Any]:
    """Django's EMAIL_ settings for smtp://, smtps:// (TLS from the start) or smtp+tls:// (STARTTLS)."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps", "smtp+tls"} or not parts.hostname:
        raise env.BadSetting("EMAIL_URL", "must look like smtp://user:password@mail.example:587.")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 15,
    }


def secret_key(data_dir: Path, *, may_make_one: bool) -> str:
    """DUOLOGUE_SECRET_KEY; outside production one is made once and kept in the data directory."""
    given = env.text("SECRET_KEY")
    if given and not may_make_one and len(given) < SHORTEST_KEY:
        raise env.BadSetting("SECRET_KEY", f"must have at least {SHORTEST_KEY} characters in production.")
    if given:
        return given
    if not may_make_one:
        raise env.BadSetting("SECRET_KEY", "must be set in production: a long random text, kept safe.")
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = data_dir / f"secret_key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def environment() -> str:
    return env.choice("ENV", "development", ("development", "staging", "production"))


def refuse_wrong_keys() -> None:
    """End the start when a key would take real money by mistake, or none by mistake (PAY-4)."""
    complaint = keys.complaint(environment(), env.text("STRIPE_SECRET_KEY"))
    if complaint is not None:
        raise SystemExit(f"{complaint.words} {complaint.hint} ({complaint.id})")


def allowed_hosts(base_url: str, environment: str) -> list[str]:
    """Development answers loopback names only, so a test machine is never mistaken for the real one."""
    if environment == "development":
        return ["localhost", ".localhost", "127.0.0.1", "[::1]"]
    host = urlsplit(base_url).hostname
    if not host:
        raise env.BadSetting("BASE_URL", "must be the public address, for example https://sessions.example.")
    return [host]


def languages(catalogues: Path) -> list[tuple[str, str]]:
    """English and every language with a compiled catalogue, each by the name its speakers look for."""
    found = {to_language(path.parent.parent.name) for path in catalogues.glob("*/LC_MESSAGES/django.mo")}
    named = {code: Locale.parse(code, sep="-").get_display_name(code) or code for code in {"en", *found}}
    return sorted(((code, name.capitalize()) for code, name in named.items()), key=lambda one: one[1])
