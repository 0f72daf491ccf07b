"""Keep what a person tells about themself: name, zone, language, photo."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from duologue.accounts import people, photos
from duologue.accounts.models import Host, User
from duologue.accounts.search import search_text
from duologue.bookings.names import renamed
from duologue.core.errors import Invalid
from duologue.core.ids import random_token
from duologue.scheduling import zones
from duologue.usecases.sign_up import checked_name


@dataclass(frozen=True, slots=True)
class Profile:
    """What the profile page asks. `photo` is a file's content; without one the old photo stays."""

    name: str
    time_zone: str
    language: str = "en"
    photo: bytes | None = None
    remove_photo: bool = False


def save_profile(user: User, told: Profile, *, now: datetime) -> None:
    """All or nothing. Raises Invalid with the `field` it is about."""
    name, zone = checked_name(told.name), checked_zone(told.time_zone)
    language = _checked_language(told.language)
    picture = photos.portrait(told.photo) if told.photo else None
    old = user.photo.name
    new = _store(picture) if picture else ("" if told.remove_photo else old)
    with transaction.atomic():
        people.lock([user.pk])
        user.name, user.time_zone, user.language = name, zone, language
        user.time_zone_chosen, user.photo.name = True, new
        user.save(update_fields=["name", "time_zone", "time_zone_chosen", "language", "photo"])
        refresh_search_text(user)
        renamed(user)
        if old and old != new:
            transaction.on_commit(lambda: default_storage.delete(old))


def choose_zone(user: User, time_zone: str, *, by_hand: bool) -> None:
    """What somebody chose stays until they choose again; what a browser told only fills the gap."""
    zone = checked_zone(time_zone)
    if user.time_zone_chosen and not by_hand:
        return
    user.time_zone, user.time_zone_chosen = zone, by_hand
    user.save(update_fields=["time_zone", "time_zone_chosen"])


def choose_language(user: User, language: str) -> None:
    """Pages and mails are in it from now on; raises Invalid for one that Duologue does not speak."""
    user.language = _checked_language(language)
    user.save(update_fields=["language"])


def checked_zone(name: str) -> str:
    """The zone's own name; raises Invalid for an absurd one."""
    try:
        return zones.zone(name).key
    except ValueError:
        raise Invalid(
            _("Choose a time zone from the list."), code="invalid_zone", field="time_zone"
        ) from None


def refresh_search_text(user: User) -> None:
    """The directory finds a host by their name, so a new name has to reach it."""
    host = Host.objects.filter(user=user).first()
    if host is not None:
        host.user = user
        host.search_text = search_text(host)
        host.save(update_fields=["search_text"])


def _checked_language(code: str) -> str:
    if code not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose a language from the list."), code="invalid_language", field="language")
    return code


def _store(picture: bytes) -> str:
    # A random name: photos are served to anyone, and an address must not tell whose it is or be guessed.
    return default_storage.save(f"photos/{random_token()}.jpg", ContentFile(picture))
