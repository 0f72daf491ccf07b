"""Keep what a host says on the public page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from duologue.accounts import people
from duologue.accounts.models import FormerSlug, Host
from duologue.accounts.search import fold, search_text
from duologue.accounts.words import clean_line, clean_list, clean_text
from duologue.bookings.names import renamed
from duologue.core.errors import Invalid
from duologue.usecases.sign_up import checked_name

LONGEST = {"slug": 60, "headline": 120, "topics": 200, "languages": 120, "location": 80, "bio": 4000}
SHORTEST_SLUG = 3
_SLUG = re.compile(r"(?=.{3,60}\Z)[a-z0-9]+(?:[-_][a-z0-9]+)*")
# Names that would let a page pass for the site itself.
RESERVED = frozenset({
    "about", "account", "accounts", "admin", "administrator", "api", "app", "billing", "book", "booking",
    "bookings", "call", "contact", "demo", "doctor", "doctors", "duologue", "edit", "help", "host", "hosts",
    "imprint", "info", "join", "legal", "login", "logout", "mail", "mentor", "mentors", "moderator", "new",
    "null", "official", "operator", "operators", "ops", "owner", "payment", "payments", "privacy",
    "profile", "refund", "refunds", "root", "security", "session", "sessions", "sign-in", "sign-out",
    "sign-up", "signin", "signup", "staff", "status", "support", "system", "team", "terms", "test",
    "undefined", "video", "webhooks", "www",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostPage:
    """What the page tells, as typed."""

    name: str
    slug: str
    headline: str
    topics: str = ""
    languages: str = ""
    location: str = ""
    bio: str = ""


def save_host(host: Host, page: HostPage) -> None:
    """Raises Invalid with the `field` it is about; changes nothing then."""
    with transaction.atomic():
        people.lock([host.user_id])
        write(host, page)


def write(host: Host, page: HostPage) -> None:
    """Check and store, inside the caller's transaction."""
    before = host.slug
    host.user.name = checked_name(page.name)
    host.slug = checked_slug(page.slug, host=host)
    host.headline = _checked("headline", clean_line(page.headline), required=True)
    host.topics = _checked("topics", clean_list(page.topics))
    host.languages = _checked("languages", clean_list(page.languages))
    host.location = _checked("location", clean_line(page.location))
    host.bio = _checked("bio", clean_text(page.bio))
    host.search_text = search_text(host)
    host.user.save(update_fields=["name"])
    renamed(host.user)
    try:
        with transaction.atomic():
            host.save()
            _keep_former(host, before)
    except IntegrityError:
        # Somebody took the address between the look and the write.
        raise _slug_taken() from None


def _keep_former(host: Host, before: str) -> None:
    """Links to a page that was public once lead to where it went; nobody else gets its address."""
    if before == host.slug:
        return
    host.former_slugs.filter(slug=host.slug).delete()
    if before and host.approved_at is not None:
        FormerSlug.objects.create(slug=before, host=host)


def propose_slug(name: str) -> str:
    """A free address made from a name: `naoko-ishida`, else with a number behind it."""
    base = slugify(fold(name)).replace("_", "-").strip("-")[:50].strip("-")
    if len(base) < SHORTEST_SLUG:
        base = f"host-{uuid4().hex[:6]}"
    candidates = [base, *(f"{base}-{number}" for number in range(2, 50)), f"{base}-{uuid4().hex[:8]}"]
    taken = RESERVED | taken_among(candidates)
    return next(slug for slug in candidates if slug not in taken)


def checked_slug(typed: str, *, host: Host) -> str:
    """The page's address; raises Invalid when it is taken, reserved or cannot stand in an address."""
    slug = clean_line(typed).lower()
    if not _SLUG.fullmatch(slug):
        raise Invalid(
            _("Use 3 to 60 letters a to z, digits and hyphens, for example naoko-ishida."),
            code="invalid_slug",
            field="slug",
        )
    if slug in RESERVED:
        raise Invalid(_("This address is reserved. Choose another one."), code="invalid_slug", field="slug")
    if taken_among([slug], but_by=host.pk):
        raise _slug_taken()
    return slug


def taken_among(slugs: Sequence[str], *, but_by: int = 0) -> set[str]:
    """Those that are, or once were, addresses of hosts' pages; `but_by` names a host who may have them."""
    # In this order: an address that is given up right now is a former one before it is free.
    present = Host.objects.filter(slug__in=slugs).exclude(pk=but_by)
    taken = set(present.values_list("slug", flat=True))
    former = FormerSlug.objects.filter(slug__in=slugs).exclude(host_id=but_by)
    return taken | set(former.values_list("slug", flat=True))


def _slug_taken() -> Invalid:
    return Invalid(
        _("Somebody has this address already. Choose another one."), code="slug_taken", field="slug"
    )


def _checked(field: str, value: str, *, required: bool = False) -> str:
    if required and not value:
        raise Invalid(_("Please fill this in."), code=f"invalid_{field}", field=field)
    if len(value) > LONGEST[field]:
        words = _("At most %(count)s letters fit here; these are %(length)s.")
        raise Invalid(
            words % {"count": LONGEST[field], "length": len(value)}, code=f"invalid_{field}", field=field
        )
    return value
