"""What does a host offer, and when? Event types, weekly hours, special days, blocked time."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.accounts.models import Host
from duologue.core.money import Money

MINUTES_A_DAY = 24 * 60


class EventType(models.Model):
    """An offer: its name, length, price and rules. Minutes unless the name says otherwise."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="event_types")
    slug = models.SlugField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    duration = models.PositiveSmallIntegerField(
        _("length in minutes"), default=60, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    price_amount = models.PositiveIntegerField(_("price"), default=0)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    buffer_before = models.PositiveSmallIntegerField(
        _("pause before"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        _("pause after"), default=0, validators=[MaxValueValidator(240)]
    )
    minimum_notice = models.PositiveIntegerField(
        _("book at least this long before"),
        default=12 * 60,
        validators=[MaxValueValidator(90 * MINUTES_A_DAY)],
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("book at most this many days ahead"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    daily_limit = models.PositiveSmallIntegerField(
        _("at most a day"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    slot_step = models.PositiveSmallIntegerField(
        _("a start every"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    position = models.PositiveSmallIntegerField(default=0)
    admits_by_hand = models.BooleanField(_("let people in myself"), default=False)
    is_active = models.BooleanField(_("can be booked"), default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["host", "slug"], name="event_type_slug_per_host"),
            models.CheckConstraint(
                condition=models.Q(duration__gte=1, slot_step__gte=1), name="event_type_lengths"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)

    @property
    def is_free(self) -> bool:
        return self.price_amount == 0


class AvailabilityRule(models.Model):
    """A weekly window `[start_minute, end_minute)` of wall time in the host's zone; Monday is 0."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="availability_rules")
    weekday = models.PositiveSmallIntegerField()
    start_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["weekday", "start_minute"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(
                    weekday__lte=6, start_minute__lt=models.F("end_minute"), end_minute__lte=MINUTES_A_DAY
                ),
                name="availability_rule_window",
            ),
        ]


class DateOverride(models.Model):
    """What holds on one date instead of the weekly hours: its windows, or nothing at all."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="date_overrides")
    date = models.DateField()
    windows = models.JSONField(default=list)
    label = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["date"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["host", "date"], name="date_override_once_a_date"),
        ]


class BlockedTime(models.Model):
    """Time a host takes out by hand: an interval of instants that no claim may touch."""

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="blocked_times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    label = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["host", "ends_at"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="blocked_time_order"
            ),
        ]
