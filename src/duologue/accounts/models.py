"""Who are the people? Users, the hosts among them, mailed codes and API tokens."""

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

PORTRAIT_FIELDS = 5


def normal_email(address: str) -> str:
    """One spelling for one mailbox: without outer blanks, in lower case."""
    return address.strip().lower()


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def portrait_field(identity: object) -> int:
    """Which of the five background colours a person without a picture gets."""
    return hashlib.sha256(str(identity).encode()).digest()[0] % PORTRAIT_FIELDS


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user; without a password they sign in by mailed code."""
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. `email_proved_at` is empty until a mailed code proved the address."""

    email = models.EmailField(_("e-mail"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=80, blank=True)
    photo = models.ImageField(_("photo"), upload_to="photos/", blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    time_zone_chosen = models.BooleanField(default=False)
    language = models.CharField(_("language"), max_length=16, default="en")
    email_proved_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(_("operator"), default=False)
    date_joined = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_operator(self) -> bool:
        return self.is_staff

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def photo_url(self) -> str:
        return self.photo.url if self.photo else ""

    @property
    def initials(self) -> str:
        return initials(self.name or self.email)

    @property
    def portrait_field(self) -> int:
        return portrait_field(self.email)


class Host(models.Model):
    """A user who gives sessions, and the public page that says so.

    `video_order` names the platforms this host wants, the dearest first; empty: what the operator set.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        SUSPENDED = "suspended", _("Suspended")

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="host")
    slug = models.SlugField(_("page address"), max_length=60, unique=True)
    headline = models.CharField(_("headline"), max_length=120)
    bio = models.TextField(_("about you"), max_length=4000, blank=True)
    topics = models.CharField(_("topics"), max_length=200, blank=True)
    languages = models.CharField(_("languages"), max_length=120, blank=True)
    location = models.CharField(_("place"), max_length=80, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.WAITING)
    search_text = models.TextField(blank=True, editable=False)
    applied_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    video_order = models.JSONField(default=list, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["status", "slug"])]

    def __str__(self) -> str:
        return self.user.name or self.slug

    @property
    def is_bookable(self) -> bool:
        return self.status == self.Status.APPROVED and self.user.is_active

    @property
    def topic_list(self) -> list[str]:
        return [topic.strip() for topic in self.topics.split(",") if topic.strip()]


class FormerSlug(models.Model):
    """An address that a host's page had once. It leads to the present one and is nobody else's for ever."""

    slug = models.SlugField(max_length=60, primary_key=True)
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="former_slugs")


class KnownBrowser(models.Model):
    """A browser, by the fingerprint of its secret, in which somebody has signed in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_browsers")
    browser = models.CharField(max_length=64)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "browser"], name="known_browser_once"),
        ]


class MailedCode(models.Model):
    """A six-digit code sent to an address to prove it. The code itself is derived, never stored.

    `browser` is the fingerprint of the secret held by the browser that asked: a code works there only.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        SECOND_DEVICE = "second_device"

    id = models.UUIDField(primary_key=True, editable=False)
    email = models.EmailField(max_length=254)
    purpose = models.CharField(max_length=16, choices=Purpose)
    subject = models.CharField(max_length=64, blank=True)
    browser = models.CharField(max_length=64)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)


class ApiToken(models.Model):
    """A personal key to the API; only its fingerprint is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    fingerprint = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Throttle(models.Model):
    """How often something was done in a span of time; `name` says what, and by whom as a hash."""

    name = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField()
