"""Has somebody signed in from this browser before? Then what strangers do does not keep them out."""

from datetime import datetime, timedelta

from duologue.accounts.models import KnownBrowser, User

KNOWN_FOR = timedelta(days=365)
"""As long as a browser keeps its secret."""


def remember(user: User, browser: str, *, now: datetime) -> None:
    """This person came in from there."""
    KnownBrowser.objects.update_or_create(user=user, browser=browser, defaults={"seen_at": now})


def is_known(email: str, browser: str, *, now: datetime) -> bool:
    """Whether the person of that address came in from there within a year."""
    return KnownBrowser.objects.filter(
        user__email=email, browser=browser, seen_at__gt=now - KNOWN_FOR
    ).exists()


def forget_old(now: datetime) -> None:
    """Drop browsers that nobody came in from for a year."""
    KnownBrowser.objects.filter(seen_at__lte=now - KNOWN_FOR).delete()
