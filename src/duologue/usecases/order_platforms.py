"""Keep the order in which a host's platforms are tried."""

from django.db import transaction

from duologue.accounts import people
from duologue.accounts.models import Host
from duologue.usecases import platform_choices
from duologue.video.displaced import platforms_of

UP, DOWN, ADD, DROP = "up", "down", "add", "drop"


def move(host: Host, slug: str, step: str) -> list[str]:
    """One place up or down, in at the end, or out; the order as it is then. What cannot be moved stays."""
    with transaction.atomic():
        people.lock([host.user_id])
        host.refresh_from_db(fields=["video_order"])
        choices = platform_choices.for_host(host)
        order = platform_choices.order(host, choices)
        if step == ADD and slug in platform_choices.not_in_order(host, choices):
            order.append(slug)
        elif step == DROP and slug in order and len(order) > 1 and platform_choices.may_leave(slug):
            order.remove(slug)
        elif slug in order and step in {UP, DOWN}:
            _swap(order, order.index(slug), -1 if step == UP else 1)
        _save(host, order)
    return order


def prefer(user_id: int, vendor: str) -> None:
    """Who connects an account wants it used: its platform goes first, unless it stands somewhere already.

    Inside the caller's transaction.
    """
    host = _locked(user_id)
    ours = platforms_of(vendor)
    if host is not None and ours and not set(ours) & set(host.video_order):
        _save(host, [ours[0], *host.video_order])


def forget(user_id: int, vendor: str) -> None:
    """Who disconnects an account is not asked for it any more. Inside the caller's transaction."""
    host = _locked(user_id)
    ours = platforms_of(vendor)
    if host is not None and set(ours) & set(host.video_order):
        _save(host, [slug for slug in host.video_order if slug not in ours])


def _locked(user_id: int) -> Host | None:
    people.lock([user_id])
    return Host.objects.filter(user=user_id).first()


def _swap(order: list[str], place: int, by: int) -> None:
    other = place + by
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]


def _save(host: Host, order: list[str]) -> None:
    host.video_order = order
    host.save(update_fields=["video_order"])
