"""Which accounts elsewhere may we use? A host's, or one of the whole installation."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Connection(models.Model):
    """A consent to an outside account, or the address of a room that a host typed (vendor `link`).

    Without `user` it serves the whole installation. `sealed_access` and `sealed_refresh` are encrypted;
    of a link the address lies in `sealed_access`. `refreshing_until` is the lease of whoever asks for a
    new token at this moment. `told_at` says that the present break was mailed.
    """

    class VendorSlug(models.TextChoices):
        GOOGLE = "google", "Google"
        ZOOM = "zoom", "Zoom"
        MICROSOFT = "microsoft", "Microsoft"
        LINK = "link", _("A link of one’s own")

    class State(models.TextChoices):
        WORKS = "works", _("Works")
        RECONNECT_NEEDED = "reconnect_needed", _("Reconnect needed")
        DISCONNECTED = "disconnected", _("Disconnected")

    class Problem(models.TextChoices):
        """Why a connection is broken."""

        ENDED = "ended", _("access was taken back or ran out")
        RIGHTS = "rights", _("a right is missing")
        REFUSED = "refused", _("the platform refuses the account")
        UNREADABLE = "unreadable", _("no encryption key opens what we kept")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="connections"
    )
    vendor = models.CharField(max_length=16, choices=VendorSlug)
    account_name = models.CharField(max_length=254, blank=True)
    sealed_access = models.TextField(blank=True)
    sealed_refresh = models.TextField(blank=True)
    access_expires_at = models.DateTimeField(null=True, blank=True)
    scopes = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.WORKS)
    problem = models.CharField(max_length=16, choices=Problem, blank=True)
    connected_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)
    broke_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "vendor"],
                condition=~models.Q(state="disconnected"),
                name="connection_one_a_person",
            ),
            # Two NULLs are never equal, so the installation's own need a rule of their own.
            models.UniqueConstraint(
                fields=["vendor"],
                condition=models.Q(user__isnull=True) & ~models.Q(state="disconnected"),
                name="connection_one_for_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.account_name}".strip()

    @property
    def works(self) -> bool:
        return self.state == self.State.WORKS

    @property
    def is_broken(self) -> bool:
        return self.state == self.State.RECONNECT_NEEDED

    @property
    def is_for_all(self) -> bool:
        return self.user_id is None
