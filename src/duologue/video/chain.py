"""In which order are platforms tried for a host? Their own order, the installation's default, its backups."""

from collections.abc import Iterator

from django.conf import settings

from duologue.accounts.models import Host
from duologue.video.registry import BUILTIN, PROVIDERS, is_offered


def chain(host: Host) -> list[str]:
    """Each platform once, the dearest first; only what exists and the operator allows."""
    wanted = [*host.video_order, *_common()]
    return [slug for slug in dict.fromkeys(wanted) if is_allowed(slug)]


def is_common(slug: str) -> bool:
    """Whether it stands behind every host's own order."""
    return slug in _common()


def chosen(host: Host) -> str:
    """The platform that a host's sessions should take place on; empty when none is left."""
    return next(iter(chain(host)), "")


def allowed() -> Iterator[str]:
    """All that a host may choose from, in the order of the registry."""
    return (slug for slug in PROVIDERS if is_allowed(slug))


def is_allowed(slug: str) -> bool:
    """Whether the operator lets sessions take place there; `VIDEO_ALLOWED` left empty allows all."""
    if slug == BUILTIN:
        return is_builtin_allowed()
    listed = settings.DUOLOGUE_VIDEO_ALLOWED
    return is_offered(slug) and (not listed or slug in listed)


def _common() -> list[str]:
    return [settings.DUOLOGUE_VIDEO_DEFAULT, *settings.DUOLOGUE_VIDEO_BACKUPS]


def is_builtin_allowed() -> bool:
    """Whether the operator names our own room, and in production a relay makes it reach everyone."""
    first, others = settings.DUOLOGUE_VIDEO_DEFAULT, settings.DUOLOGUE_VIDEO_BACKUPS
    is_named = BUILTIN in {first, *others, *settings.DUOLOGUE_VIDEO_ALLOWED}
    return is_named and (settings.ENV != "production" or bool(settings.DUOLOGUE_TURN_URLS))
