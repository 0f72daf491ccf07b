"""What was agreed? The booking, its history, the personal join links, and the host's word about coming."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.accounts.models import Host, initials, portrait_field
from duologue.bookings import policy, states
from duologue.bookings.states import Status
from duologue.core.money import Money
from duologue.scheduling.models import EventType

SEARCHED_NAME = 120


class Party(models.TextChoices):
    HOST = "host", _("host")
    ATTENDEE = "attendee", _("attendee")

    @property
    def other(self) -> "Party":
        return Party.ATTENDEE if self is Party.HOST else Party.HOST


class Booking(models.Model):
    """One agreed or held session. What was sold (title, price, rules) is frozen here.

    `attendee` stays empty until the address is proved; name and address alone make a booking.
    `blocked_from`, `blocked_until` are the claim: start and end with the buffers.
    `first_starts_at` is the time that was agreed first; empty for what was never moved.
    `follows` is the session from which its host booked this one; `pay_until` is what they were told then.
    `holder` is the fingerprint of the secret of the browser that made the hold.
    `host_search`, `attendee_search` are the two names as lists search them (`bookings.names`).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="bookings")
    event_type = models.ForeignKey(EventType, on_delete=models.PROTECT, related_name="bookings")
    attendee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    attendee_name = models.CharField(max_length=80, blank=True)
    attendee_email = models.EmailField(max_length=254, blank=True)
    attendee_time_zone = models.CharField(max_length=64, default="UTC")
    attendee_language = models.CharField(max_length=16, default="en")
    holder = models.CharField(max_length=64, blank=True)
    host_search = models.CharField(max_length=SEARCHED_NAME, blank=True, editable=False)
    attendee_search = models.CharField(max_length=SEARCHED_NAME, blank=True, editable=False)
    status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Status])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    blocked_from = models.DateTimeField()
    blocked_until = models.DateTimeField()
    first_starts_at = models.DateTimeField(null=True, blank=True)
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    follows = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="follow_ups"
    )
    pay_until = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=80)
    price_amount = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    cancel_hours = models.PositiveSmallIntegerField()
    note = models.TextField(max_length=4000, blank=True)
    wants_reminders = models.BooleanField(default=True)
    ics_sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=16, blank=True)
    cancellation_reason = models.CharField(max_length=32, blank=True)
    cancellation_words = models.TextField(max_length=1000, blank=True)
    no_show_party = models.CharField(max_length=16, choices=Party, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["host", "blocked_until"], name="booking_host_claims"),
            # A list's order to its end: else PostgreSQL may read and sort a whole past for one page.
            models.Index(fields=["host", "starts_at", "id"], name="booking_host_starts"),
            models.Index(fields=["attendee", "starts_at", "id"], name="booking_attendee_starts"),
            models.Index(fields=["attendee_email", "starts_at"], name="booking_address_starts"),
            # All that lists narrow by: a status is one range of these, and a name is read from them alone.
            models.Index(
                fields=["host", "status", "starts_at", "id", "attendee_search"], name="booking_host_lists"
            ),
            models.Index(
                fields=["attendee", "status", "starts_at", "id", "host_search"], name="booking_attendee_lists"
            ),
            models.Index(
                fields=["cancelled_at"],
                name="booking_cancelled_at",
                condition=models.Q(status=Status.CANCELLED.value),
            ),
            models.Index(
                fields=["holder"],
                name="booking_holder",
                condition=models.Q(status=Status.PENDING_PAYMENT.value),
            ),
            models.Index(
                fields=["hold_expires_at"],
                name="booking_hold_expires",
                condition=models.Q(status=Status.PENDING_PAYMENT.value),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(
                    blocked_from__lte=models.F("starts_at"),
                    starts_at__lt=models.F("ends_at"),
                    ends_at__lte=models.F("blocked_until"),
                ),
                name="booking_times_in_order",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Status.PENDING_PAYMENT.value)
                | models.Q(hold_expires_at__isnull=False),
                name="booking_hold_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.starts_at:%Y-%m-%d %H:%M}Z"

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)

    @property
    def is_free(self) -> bool:
        return self.price_amount == 0

    @property
    def duration(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def minutes(self) -> int:
        return int(self.duration.total_seconds() // 60)

    @property
    def refund_until(self) -> datetime:
        """Before this an attendee who cancels gets all of it back (CANCEL-5)."""
        return policy.refund_until(self.first_starts_at or self.starts_at, self.starts_at, self.cancel_hours)

    @property
    def uid(self) -> str:
        """iCalendar UID, one for the booking's life."""
        return f"{self.id}@duologue"

    def status_at(self, now: datetime) -> Status:
        return states.status_at(
            Status(self.status),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            hold_expires_at=self.hold_expires_at,
            now=now,
        )

    def party_of(self, user_id: int | None) -> Party | None:
        """Which side a user is on; needs `host` loaded."""
        if user_id is None:
            return None
        if user_id == self.host.user_id:
            return Party.HOST
        return Party.ATTENDEE if user_id == self.attendee_id else None

    @property
    def attendee_person(self) -> "Person":
        """The attendee as pages draw them, with or without an account."""
        if self.attendee is not None:
            user = self.attendee
            return Person(user.name or self.attendee_name, user.email, user.photo_url)
        return Person(self.attendee_name, self.attendee_email, "")

    @property
    def host_person(self) -> "Person":
        user = self.host.user
        return Person(user.name, user.email, user.photo_url)


class Person:
    """Name and picture of somebody, account or not."""

    def __init__(self, name: str, email: str, photo_url: str) -> None:
        self.name = name
        self.email = email
        self.photo_url = photo_url

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def portrait_field(self) -> int:
        return portrait_field(self.email)


class BookingTransition(models.Model):
    """One change of status: from, to, when, who, why. Written in the transaction that made it."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="transitions")
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor = models.CharField(max_length=16)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cause = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]


class Reschedule(models.Model):
    """One change of time: from, to, when, who. Written in the transaction that made it.

    The status stays what it was, so this is no transition; both together are a session's history.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="reschedules")
    from_starts_at = models.DateTimeField()
    to_starts_at = models.DateTimeField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=16)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]


class Proposal(models.Model):
    """Other times that the host offers for a session; the attendee takes one of them, or none.

    It is about the session as it was at `sequence`: once that has moved on, nothing stands any more, and what
    was answered is never open again (`bookings.proposals`). `starts` are UTC instants as ISO 8601, in order.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="proposals")
    sequence = models.PositiveIntegerField()
    starts = models.JSONField()
    at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["booking", "sequence"],
                condition=models.Q(state="open"),
                name="proposal_open_once_a_time",
            ),
        ]

    @property
    def times(self) -> list[datetime]:
        return [datetime.fromisoformat(text) for text in self.starts]


class JoinLink(models.Model):
    """A person's own way into a booking's call. The token is derived; only its fingerprint is kept.

    Raising `generation` revokes the link that was sent before.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="join_links")
    party = models.CharField(max_length=16, choices=Party)
    generation = models.PositiveIntegerField(default=1)
    fingerprint = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party"], name="join_link_once_a_party"),
        ]


class CannotCome(models.Model):
    """The host's word that they cannot come, when it is too late to cancel (CANCEL-1).

    An operator then cancels; a session that ran out first is a no-show of the host.
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="cannot_come")
    words = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField()


class Objection(models.Model):
    """The host's word that they did come, against a no-show. While it is open nothing goes back (PAY-5).

    `came` is what an operator decided.
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="objection")
    words = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    came = models.BooleanField(null=True, blank=True)


class RunningLate(models.Model):
    """One of the two said that they come some minutes late to the session that starts at `starts_at`.

    A session that was moved since is another matter, and the word no longer counts.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="running_late")
    party = models.CharField(max_length=16, choices=Party)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "party"], name="running_late_once_a_party"),
        ]


class PrivateNote(models.Model):
    """What one of the two keeps about a session for themself alone, sealed."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="private_notes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="private_notes")
    sealed = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["booking", "user"], name="private_note_once_a_person"),
        ]
