"""Where are sessions kept, and whom do they sign in? In the database, asked for keys it could have made."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils.crypto import constant_time_compare

from duologue.accounts.models import User

_SHORTEST = 8


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        return is_key(key)


def is_key(key: str | None) -> bool:
    """A cookie can carry anything; PostgreSQL answers a NUL with an error, and every page would with 500."""
    return key is not None and len(key) >= _SHORTEST and key.isascii() and key.isalnum()


def signed_in(data: str, people: Iterable[User]) -> User | None:
    """Which of these people a session's row signs in, if it is plain that it does.

    None otherwise: then it is for `django.contrib.auth.get_user` to look closer, and to end what is over.
    """
    said = SessionStore().decode(data)
    if said.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    person = next((one for one in people if str(one.pk) == said.get(SESSION_KEY)), None)
    if person is None or not person.is_active:
        return None
    is_same = constant_time_compare(said.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash())
    return person if is_same else None
