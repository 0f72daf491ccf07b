"""Where are sessions kept? In the database, asked only for keys that it could have made itself."""

from django.contrib.sessions.backends import db

_SHORTEST = 8


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        # A cookie can carry anything; PostgreSQL answers a NUL with an error, and every page would with 500.
        return key is not None and len(key) >= _SHORTEST and key.isascii() and key.isalnum()
