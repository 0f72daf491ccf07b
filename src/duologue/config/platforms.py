"""Where can sessions take place, by what `duologue doctor` sees: keys, accounts, the vendors' own answers."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from duologue.calls import ice
from duologue.calls.relay_probe import ProbeFailed, probe
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.core.errors import NeedsReconnect, ProviderError, Retryable
from duologue.usecases.speak_for import speak_for
from duologue.video.checks import missing, named
from duologue.video.contract import INSTALLATION, VideoProvider
from duologue.video.places import OWN_LINK
from duologue.video.registry import BUILTIN, PROVIDERS, is_offered, provider

_NOTHING = "–"
_LOGIN_LIVES = timedelta(minutes=10)
_State = Connection.State


@dataclass(frozen=True, slots=True)
class Row:
    """What was found about one platform, or one server of our own room; `is_well` None: nobody's trouble."""

    platform: str
    set_up: str
    answers: str = _NOTHING
    account: str = _NOTHING
    what_to_do: str = ""
    is_well: bool | None = True


HEAD = ("Platform", "", "Set up", "Answers", "Account", "What to do")
MARKS = {True: "well", False: "TROUBLE", None: _NOTHING}


def rows(now: datetime) -> list[Row]:
    """Each platform, asked now. Needs the database; takes some seconds where a vendor is silent."""
    found = [*_own_room(), *_servers()]
    accounts = Counter(
        Connection.objects.exclude(state=_State.DISCONNECTED)
        .filter(user__isnull=False)
        .values_list("vendor", "state")
    )
    for slug in PROVIDERS:
        if slug not in {BUILTIN, OWN_LINK}:
            found.append(_platform(slug, accounts, now))
    return found


def table(found: list[Row]) -> list[str]:
    """The rows in columns, under their heads."""
    lines = [HEAD, *map(_cells, found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _cells(row: Row) -> tuple[str, ...]:
    return row.platform, MARKS[row.is_well], row.set_up, row.answers, row.account, row.what_to_do


def _own_room() -> Iterator[Row]:
    name = f"{settings.DUOLOGUE_NAME}’s own room"
    if settings.DUOLOGUE_TURN_URLS and not settings.DUOLOGUE_TURN_SECRET:
        yield Row(name, "by half", what_to_do="set DUOLOGUE_TURN_SECRET, the relay's", is_well=False)
    elif settings.DUOLOGUE_TURN_URLS:
        yield Row(name, "yes")
    else:
        is_trouble = settings.ENV == "production" and BUILTIN in named()
        words = "set DUOLOGUE_TURN_URLS: without a relay it reaches people on one network only"
        yield Row(name, "no relay", what_to_do=words, is_well=False if is_trouble else None)


def _servers() -> Iterator[Row]:
    """Each server that browsers are given is asked as they would ask it."""
    secret, expires_at = settings.DUOLOGUE_TURN_SECRET, clock.machine() + _LOGIN_LIVES
    login = ice.turn_credentials(secret, user="doctor", expires_at=expires_at) if secret else ("", "")
    urls = [*settings.DUOLOGUE_STUN_URLS, *(settings.DUOLOGUE_TURN_URLS if secret else [])]
    for url in urls:
        try:
            answer = probe(url, *login)
        except ProbeFailed as failure:
            yield Row(f"  {url}", "yes", "no", what_to_do=f"it {failure}", is_well=False)
        else:
            yield Row(f"  {url}", "yes", f"yes, {answer.milliseconds} ms")


def _platform(slug: str, accounts: Counter[tuple[str, str]], now: datetime) -> Row:
    platform = provider(slug)
    bare = Row(platform.name, "no", is_well=False if slug in named() else None)
    if lacks := missing(platform):
        bare = replace(bare, what_to_do=f"set {_listed(lacks)}")
        is_half = len(lacks) < len(platform.settings)
        return replace(bare, set_up="by half", is_well=False) if is_half else bare
    if not is_offered(slug):
        return replace(bare, set_up="yes", what_to_do="the call page has no client for it yet", is_well=None)
    if not platform.vendor:
        return _asked(Row(platform.name, "yes"), slug, None, now)
    return _with_accounts(platform, accounts, now)


def _listed(names: list[str]) -> str:
    *others, last = (f"DUOLOGUE_{name}" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def _with_accounts(platform: VideoProvider, accounts: Counter[tuple[str, str]], now: datetime) -> Row:
    """The installation's account is asked; hosts' are probed by a job every day, so they are only counted."""
    vendor = platform.vendor
    works, broken = accounts[(vendor, _State.WORKS)], accounts[(vendor, _State.RECONNECT_NEEDED)]
    bare = Row(platform.name, "yes", account=f"hosts’: {works} work, {broken} to connect again", is_well=None)
    ours = Connection.objects.filter(user__isnull=True, vendor=vendor).exclude(state=_State.DISCONNECTED)
    connection = ours.first()
    if connection is None:
        told = f"their owners were told by mail; see {settings.BASE_URL}/ops/connections"
        return replace(bare, what_to_do=told) if broken else bare
    if connection.is_broken:
        again = f"connect it again at {settings.BASE_URL}/ops/connections"
        return replace(bare, answers="no", account=connection.account_name, what_to_do=again, is_well=False)
    return _asked(replace(bare, account=connection.account_name or _NOTHING), platform.slug, connection, now)


def _asked(row: Row, slug: str, connection: Connection | None, now: datetime) -> Row:
    began = time.monotonic()
    try:
        if connection is None:
            name = provider(slug).probe(account=INSTALLATION)
        else:
            name, _made_by = speak_for(
                0, slug, lambda adapter, account: adapter.probe(account=account), now=now, made_by=connection
            )
    except NeedsReconnect as error:
        again = f"{error.message} Connect it again at {settings.BASE_URL}/ops/connections"
        return replace(row, answers="no", what_to_do=again, is_well=False)
    except ProviderError as error:
        return replace(row, answers="no", what_to_do=_said(error, slug), is_well=False)
    took = round((time.monotonic() - began) * 1000)
    return replace(row, answers=f"yes, {took} ms", account=name or row.account, is_well=True)


def _said(error: ProviderError, slug: str) -> str:
    """What the platform said, and what that means for whoever reads it."""
    platform = provider(slug)
    if isinstance(error, Retryable):
        return f"{error.message} Sessions go to the next platform until it does; ask again in some minutes"
    if platform.vendor or not platform.settings:
        return error.message
    return f"{error.message} Look at {_listed([one.name for one in platform.settings])}"
