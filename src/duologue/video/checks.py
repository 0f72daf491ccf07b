"""Can sessions have rooms here? Said at the start, not when the first session has none."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from duologue.video.chain import is_allowed
from duologue.video.contract import VideoProvider
from duologue.video.places import OWN_LINK
from duologue.video.registry import BUILTIN, PROVIDERS, is_offered, provider


def rooms_are_set_up(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A name that no platform has is an error; what only leads to other platforms is a warning."""
    unknown = [*_unknown_names(), *_undeclared()]
    if unknown:
        return unknown
    return [*_named_without_settings(), *_half_made(), *_named_in_vain(), *_no_room_at_all()]


def missing(platform: VideoProvider) -> list[str]:
    """The settings that a platform needs and does not have."""
    return [one.name for one in platform.settings if not getattr(settings, one.variable)]


def named() -> dict[str, str]:
    """What the operator names, and in which setting first; VIDEO_ALLOWED only permits."""
    first = {settings.DUOLOGUE_VIDEO_DEFAULT: "VIDEO_DEFAULT"} if settings.DUOLOGUE_VIDEO_DEFAULT else {}
    return {**dict.fromkeys(settings.DUOLOGUE_VIDEO_BACKUPS, "VIDEO_BACKUPS"), **first}


def _unknown_names() -> Iterator[CheckMessage]:
    permitted = dict.fromkeys(settings.DUOLOGUE_VIDEO_ALLOWED, "VIDEO_ALLOWED")
    for slug, setting in {**permitted, **named()}.items():
        if slug not in PROVIDERS:
            yield Error(
                f"DUOLOGUE_{setting} names {slug!r}, and there is no video platform of that name.",
                hint=f"There are: {', '.join(PROVIDERS)}.",
                id="duologue.video.E001",
            )


def _undeclared() -> Iterator[CheckMessage]:
    for slug in PROVIDERS:
        for one in provider(slug).settings:
            if not hasattr(settings, one.variable):
                yield Error(
                    f"The platform {slug} wants {one.variable}, which no setting reads.",
                    hint="Read it from the environment in config/settings.py.",
                    id="duologue.video.E002",
                )


def _named_without_settings() -> Iterator[CheckMessage]:
    for slug, setting in named().items():
        if lacks := missing(provider(slug)):
            yield _lacking(
                f"DUOLOGUE_{setting} names {slug}, which cannot make rooms",
                slug,
                lacks,
                "duologue.video.W001",
            )


def _half_made() -> Iterator[CheckMessage]:
    """Of platforms whose keys are the operator's; accounts that hosts connect have a check of their own."""
    for slug in set(PROVIDERS) - set(named()):
        platform = provider(slug)
        lacks = missing(platform)
        if not platform.vendor and 0 < len(lacks) < len(platform.settings):
            yield _lacking(f"{platform.name} is set up by half", slug, lacks, "duologue.video.W002")


def _lacking(words: str, slug: str, lacks: list[str], number: str) -> CheckMessage:
    hints = {one.name: one.hint for one in provider(slug).settings}
    names = " and ".join(f"DUOLOGUE_{name}" for name in lacks)
    where = "; ".join(f"DUOLOGUE_{name}: {hints[name]}" for name in lacks)
    return Warning(f"{words}: {names} must be set.", hint=where, id=number)


def _named_in_vain() -> Iterator[CheckMessage]:
    for slug, setting in named().items():
        if slug == BUILTIN and not is_allowed(slug):
            yield Warning(
                "Duologue’s own room is not used: in production it needs a relay to reach everyone.",
                hint="Set DUOLOGUE_TURN_URLS and DUOLOGUE_TURN_SECRET; `duologue doctor` tries the relay.",
                id="duologue.video.W003",
            )
        elif not is_offered(slug):
            yield Warning(
                f"DUOLOGUE_{setting} names {slug}, for which the call page has no client.",
                hint="Name another platform.",
                id="duologue.video.W004",
            )
        elif not is_allowed(slug):
            yield Warning(
                f"DUOLOGUE_{setting} names {slug}, which DUOLOGUE_VIDEO_ALLOWED does not allow.",
                hint="Add it there, or leave DUOLOGUE_VIDEO_ALLOWED empty to allow all.",
                id="duologue.video.W005",
            )


def _no_room_at_all() -> Iterator[CheckMessage]:
    able = [slug for slug in named() if slug != OWN_LINK and is_allowed(slug) and not missing(provider(slug))]
    if not able:
        yield Warning(
            "Whose host connects no account has no room: no platform of the operator can make one.",
            hint="Set up a platform and name it in DUOLOGUE_VIDEO_DEFAULT or DUOLOGUE_VIDEO_BACKUPS.",
            id="duologue.video.W006",
        )
