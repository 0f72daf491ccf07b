"""What was paid, asked for and given back? Our own rows, written before any gateway is called."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from duologue.bookings.models import Booking
from duologue.core.money import Money


class Payment(models.Model):
    """Our wish to collect for a booking; its id is what the gateway sees.

    `problem` says in words what an operator has to look at, for example another sum than asked. From
    `disputed_at` on the bank decides whose the money is, and nothing is refunded by us.
    `method` (a card's brand, or another method's name) and a card's `last4` are all that we keep of either.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Paid")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, editable=False)
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="payment")
    provider = models.CharField(max_length=32)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    external_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    method = models.CharField(max_length=32, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    problem = models.TextField(blank=True)
    disputed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"],
                name="payment_in_question",
                condition=~models.Q(problem="") | models.Q(disputed_at__isnull=False),
            ),
        ]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class CheckoutAttempt(models.Model):
    """One hosted page at the gateway. `id` is the idempotency key, `expires_at` is reused in every repeat.

    `processing` is a page that was filled in while the money is still on its way (a bank transfer).
    """

    class Status(models.TextChoices):
        CREATED = "created", _("Created")
        OPEN = "open", _("Open")
        PROCESSING = "processing", _("Money on its way")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts")
    status = models.CharField(max_length=10, choices=Status, default=Status.CREATED)
    expires_at = models.DateTimeField()
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    payment_external_id = models.CharField(max_length=255, blank=True, db_index=True)
    url = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["expires_at"],
                name="attempt_unsettled",
                condition=models.Q(status__in=["created", "open", "processing"]),
            ),
        ]


class Refund(models.Model):
    """Money we owe back. One for each checkout, ever, whatever the cause.

    `id` and `tries` make the idempotency key: `tries` rises only after the gateway said a definite no, or
    took a yes back. `failure` is the last thing that stood in the way, also while it is still pending.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("On its way")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Stuck")
        SETTLED_BY_HAND = "settled_by_hand", _("Settled by hand")

    class Cause(models.TextChoices):
        PAID_TOO_LATE = "paid_too_late", _("Paid after the hold, and the time was gone")
        PAID_TWICE = "paid_twice", _("Paid twice")
        CANCELLED = "cancelled", _("Cancelled")
        HOST_ABSENT = "host_absent", _("The host did not come")
        OPERATOR = "operator", _("Given back by an operator")

    id = models.UUIDField(primary_key=True, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    attempt = models.ForeignKey(CheckoutAttempt, on_delete=models.PROTECT, related_name="refunds")
    cause = models.CharField(max_length=16, choices=Cause)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    tries = models.PositiveSmallIntegerField(default=1)
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["attempt"], name="refund_once_a_checkout"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"],
                name="refund_unfinished",
                condition=models.Q(status__in=["pending", "failed"]),
            ),
        ]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def key(self) -> str:
        """What the gateway knows this try by."""
        return f"refund-{self.pk}" if self.tries == 1 else f"refund-{self.pk}-{self.tries}"


class RefundTransition(models.Model):
    """One change of a refund: from, to, when, who, and the words of the gateway or the operator."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="transitions")
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor = models.CharField(max_length=16)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    words = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]


class NumberSeries(models.Model):
    """The last number given in a series, for example the receipts of 2026.

    Whoever raises it keeps the row locked until their transaction ends, so that no number is left out.
    """

    name = models.CharField(primary_key=True, max_length=24)
    last = models.PositiveIntegerField()


class Receipt(models.Model):
    """A numbered paper: a receipt for a payment, or a credit note for a refund. Never changed or removed."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        CREDIT_NOTE = "credit_note", _("Credit note")

    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["payment"], condition=models.Q(kind="receipt"), name="receipt_once_a_payment"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="receipt", refund__isnull=True)
                | models.Q(kind="credit_note", refund__isnull=False),
                name="receipt_or_credit_note",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        """What was paid, or given back."""
        return self.payment.money if self.refund is None else self.refund.money


class SandboxCheckout(models.Model):
    """The sandbox gateway's own memory, as a vendor would keep it: keyed by the attempt's id."""

    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        EXPIRED = "expired"

    key = models.UUIDField(primary_key=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    expires_at = models.DateTimeField()
    success_url = models.TextField()
    cancel_url = models.TextField()
    refund_key = models.UUIDField(null=True, blank=True)
