"""A world in which every page has something to show, always at the same instant."""

from datetime import UTC, datetime, timedelta

from duologue.accounts.models import Host, User
from duologue.bookings import pay_links
from duologue.bookings.models import Booking, Party, RunningLate
from duologue.bookings.states import Status
from duologue.bookings.transitions import Actor
from duologue.calendars.models import CalendarConnection
from duologue.config import demo
from duologue.connections import vault
from duologue.connections.models import Connection
from duologue.core import clock
from duologue.jobs.models import Job
from duologue.notifications import wishes
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Payment, Receipt, Refund
from duologue.reviews.models import Review
from duologue.scheduling.models import BlockedTime
from duologue.usecases.begin_checkout import begin_checkout
from duologue.usecases.book_follow_up import NextTime, book_follow_up
from duologue.usecases.cancel import cancel
from duologue.usecases.propose_times import propose
from duologue.video.models import MeetingLink
from tests.cast import make_booking, make_host, make_user, set_day
from tests.rooms import link_of
from tests.sold import hold, open_start, pay_for, sell

NOW = datetime(2036, 10, 22, 14, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PEOPLE = {
    "attendee": "amara@demo.example",
    "host": "naoko@demo.example",
    "operator": "operator@demo.example",
    "newcomer": "newcomer@people.example",
    "waiting": "waiting@people.example",
}


class World:
    """Moves the clock to NOW and fills the database. `places` are the names in the addresses of pages."""

    def __init__(self) -> None:
        clock.set_offset(NOW - clock.machine())
        demo.load(NOW)
        make_host(make_user(PEOPLE["waiting"], name="Wilma Wait"), status=Host.Status.WAITING)
        make_user(PEOPLE["newcomer"], name="Nils New")
        self.amara = User.objects.get(email=PEOPLE["attendee"])
        self.naoko = Host.objects.select_related("user").get(user__email=PEOPLE["host"])
        self.offer = self.naoko.event_types.select_related("host__user").order_by("position")[0]
        self.places: dict[str, object] = {"slug": self.naoko.slug, "offer": self.offer.pk}
        for part in (self._ahead, self._around, self._bought, self._past, self._of_host, self._papers):
            self.places |= part()

    def user(self, who: str) -> User | None:
        return User.objects.get(email=PEOPLE[who]) if who in PEOPLE else None

    def _sold(self, days: int) -> Booking:
        return sell(self.offer, self.amara, now=NOW, starts_at=open_start(self.offer, NOW, after=days * DAY))

    def _ahead(self) -> dict[str, object]:
        """Confirmed and days away; one to be cancelled, one without a room yet, one taken from the picker."""
        ahead, cancelled, roomless = self._sold(4), self._sold(6), self._sold(8)
        MeetingLink.objects.filter(booking=roomless).delete()
        cancel(
            cancelled, by=Actor("attendee", self.amara.pk), reason="plans_changed", words="Fever.", now=NOW
        )
        moving, free = self._sold(10), open_start(self.offer, NOW, after=12 * DAY)
        proposal = propose(moving, [free, open_start(self.offer, NOW, after=14 * DAY)], now=NOW)
        return {
            "ahead": ahead.pk,
            "cancelled": cancelled.pk,
            "roomless": roomless.pk,
            "moving": moving.pk,
            "proposal": proposal.pk,
            "free": free.isoformat().replace("+00:00", "Z"),
        }

    def _around(self) -> dict[str, object]:
        """The demo world's session that begins in ten minutes, and one of another host that is over."""
        soon = Booking.objects.filter(host=self.naoko, starts_at__gt=NOW).earliest("starts_at")
        RunningLate.objects.create(booking=soon, party="host", minutes=5, starts_at=soon.starts_at, at=NOW)
        token = link_of(soon, Party.ATTENDEE).removeprefix("/j/")
        return {"soon": soon.pk, "token": token, "host_token": link_of(soon, Party.HOST).removeprefix("/j/")}

    def _bought(self) -> dict[str, object]:
        held = hold(self.offer, self.amara, now=NOW)
        begin_checkout(held, now=NOW)
        attempt = CheckoutAttempt.objects.get(payment__booking=held)
        over = make_booking(self.offer, self.amara, status=Status.EXPIRED, hold_expires_at=NOW - HOUR)
        return {"held": held.pk, "checkout": attempt.pk, "over": over.pk, **self._doubted()}

    def _doubted(self) -> dict[str, object]:
        """Another sum was paid than asked for, so nobody knows yet what becomes of it."""
        doubted = hold(self.offer, self.amara, now=NOW, starts_at=open_start(self.offer, NOW, after=16 * DAY))
        attempt = pay_for(doubted, now=NOW)
        Payment.objects.filter(booking=doubted).update(amount=1)
        return {"doubted": doubted.pk, "doubtful": attempt.pk}

    def _past(self) -> dict[str, object]:
        """Completed: one to write about, one that is made a no-show; and what is said of others."""
        own = Booking.objects.filter(attendee=self.amara, status=Status.COMPLETED)
        silent = list(own.exclude(reviews__by=Party.ATTENDEE.value).order_by("-starts_at")[:2])
        Booking.objects.filter(pk=silent[1].pk).update(
            status=Status.NO_SHOW.value, no_show_party=Party.HOST.value
        )
        said = Review.objects.filter(booking__host=self.naoko, by="attendee", visible_at__lte=NOW)
        reviewed = said.filter(hidden_at=None).latest("visible_at")
        after = Booking.objects.select_related("host__user", "attendee", "event_type").get(
            pk=reviewed.booking_id
        )
        again = NextTime(self.offer.pk, open_start(self.offer, NOW, after=18 * DAY))
        following = book_follow_up(after, again, by=Actor("host", self.naoko.user.pk), now=NOW)
        return {
            "following": following.pk,
            "pay": pay_links.address(following).rsplit("/", 1)[-1],
            "done": silent[0].pk,
            "absent": silent[1].pk,
            "said": reviewed.pk,
            "hosted": reviewed.booking_id,
        }

    def _of_host(self) -> dict[str, object]:
        """Special days, a blocked time, accounts outside: one that works, one that broke, a calendar."""
        set_day(self.naoko, (NOW + 30 * DAY).date(), (540, 720))
        BlockedTime.objects.create(
            host=self.naoko, starts_at=NOW + 40 * DAY, ends_at=NOW + 41 * DAY, label="Away"
        )
        for vendor, state in (("zoom", "reconnect_needed"), ("google", "works"), ("link", "works")):
            Connection.objects.create(
                user=self.naoko.user,
                vendor=vendor,
                account_name="naoko@studio.example",
                sealed_access=vault.seal("https://rooms.example/naoko"),
                state=state,
                problem="ended" if state != "works" else "",
                connected_at=NOW - DAY,
                checked_at=NOW,
                worked_at=NOW - HOUR,
                broke_at=NOW if state != "works" else None,
            )
        given = {"sealed_address": vault.seal("https://calendar.example/a.ics"), "place": "calendar.example"}
        times = dict.fromkeys(
            ("created_at", "tried_at", "read_at", "good_until", "known_until"), NOW + 60 * DAY
        )
        calendar = CalendarConnection.objects.create(
            host=self.naoko, fingerprint="a", read_zone="UTC", problem="gone", **given, **times
        )
        return {"calendar": calendar.pk}

    def _papers(self) -> dict[str, object]:
        """What operators look through, with something gone wrong in each list."""
        OutgoingMail.objects.update(state=OutgoingMail.State.KEPT, sent_at=NOW, subject="What it says")
        mail = OutgoingMail.objects.filter(template="confirmed", booking=self.places["soon"]).first()
        assert mail is not None, sorted(OutgoingMail.objects.values_list("template", flat=True))
        late = OutgoingMail.objects.exclude(pk=mail.pk).latest("created_at")
        OutgoingMail.objects.filter(pk=late.pk).update(state="failed", last_error="No such mailbox")
        Refund.objects.filter(pk=Refund.objects.latest("created_at").pk).update(
            status="failed", failure="The card was closed."
        )
        Job.objects.filter(pk=Job.objects.latest("run_at").pk).update(state="failed", last_error="It said no")
        return {
            "mail": mail.pk,
            "choices": wishes.address(self.amara.email).rsplit("/", 1)[-1],
            "receipt": Receipt.objects.filter(payment__booking=self.places["ahead"])
            .latest("issued_at")
            .number,
        }
