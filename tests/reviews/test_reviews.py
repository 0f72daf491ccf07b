"""Is one review written a side, blind until both have, and read by whom it is for?"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from duologue.bookings.models import Party
from duologue.bookings.states import COMPLETES_AFTER, Status
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.cursors import Cursor
from duologue.core.errors import Invalid, NotFound, Refused
from duologue.jobs.models import Job
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.reviews import queries, rules
from duologue.reviews.models import Moderation, Part, Report, Review
from duologue.usecases import ask_for_review
from duologue.usecases.correct_outcome import say_absent, say_took_place
from duologue.usecases.moderate_review import hide, keep, show_again
from duologue.usecases.progress import complete
from duologue.usecases.reply_to_review import reply_to_review
from duologue.usecases.report_review import report_review
from duologue.usecases.write_review import Said, edit_review, write_review
from tests.cast import make_booking, make_user
from tests.reviews.said import A_DAY, FINE, GOOD, TWO_WEEKS, held, public, say

pytestmark = pytest.mark.django_db


def readable(at=None):
    return set(queries.readable(at or clock.now()).values_list("by", flat=True))


def templates():
    return sorted((mail.template, mail.party) for mail in OutgoingMail.objects.all())


# Writing


def test_it_is_hidden_until_both_have_written(paid, attendee):
    booking = held(paid, attendee)
    first = say(booking, "attendee")
    assert readable() == set()
    assert first.visible_at == booking.ends_at + TWO_WEEKS
    say(booking, "host", FINE)
    assert readable(clock.now()) == {"host", "attendee"}


def test_it_is_hidden_for_two_weeks_at_most(paid, attendee):
    booking = held(paid, attendee)
    say(booking, "attendee")
    assert readable(booking.ends_at + TWO_WEEKS - timedelta(microseconds=1)) == set()
    assert readable(booking.ends_at + TWO_WEEKS) == {"attendee"}
    with pytest.raises(Refused) as refused:
        say(booking, "host", now=booking.ends_at + TWO_WEEKS)
    assert refused.value.code == "review_closed"


def test_what_is_stored_is_what_the_rule_says(paid, attendee):
    booking = held(paid, attendee, ago=5 * A_DAY)
    say(booking, "host", now=booking.ends_at + 2 * A_DAY)
    say(booking, "attendee", now=booking.ends_at + 3 * A_DAY)
    written = queries.of_booking(booking)
    for party, review in written.items():
        other = written[party.other]
        assert review.visible_at == rules.visible_at(
            ends_at=booking.ends_at, written_at=review.written_at, other_written_at=other.written_at
        )


def test_once_a_side_and_the_same_once_more_is_the_same(paid, attendee):
    booking = held(paid, attendee)
    first = say(booking, "attendee")
    assert say(booking, "attendee") == first
    with pytest.raises(Refused) as refused:
        say(booking, "attendee", FINE)
    assert refused.value.code == "already_reviewed"
    assert Review.objects.get().words == GOOD.words


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Said(0, "x"), "stars"),
        (Said(6, "x"), "stars"),
        (Said(-1, "x"), "stars"),
        (Said(3, " \u202e\n "), "words"),
        (Said(3, "x" * 2001), "words"),
        (Said(3, "x", "y" * 1001), "private_note"),
    ],
)
def test_what_cannot_be_a_review_is_refused(paid, attendee, said, field):
    with pytest.raises(Invalid) as refused:
        say(held(paid, attendee), "attendee", said)
    assert refused.value.data["field"] == field
    assert not Review.objects.exists()


def test_words_are_cleaned_as_other_words_are(paid, attendee):
    review = say(
        held(paid, attendee), "attendee", Said(4, "  Fine\u202e\r\n\r\n\r\nthanks \0", " psst\u200b ")
    )
    assert review.words == "Fine\n\nthanks"
    assert review.private_note == "psst"


@pytest.mark.parametrize(
    "status", [status for status in Status if status not in {Status.COMPLETED, Status.CONFIRMED}]
)
def test_only_what_is_completed_can_be_reviewed(paid, attendee, status):
    given = {"hold_expires_at": clock.now()} if status is Status.PENDING_PAYMENT else {}
    booking = held(paid, attendee, status=status, ago=timedelta(minutes=10), **given)
    for side in Party:
        with pytest.raises(Refused) as refused:
            write_review(booking, side, GOOD, now=clock.now())
        assert refused.value.code == "not_completed"


def test_what_is_over_counts_with_the_worker_down(paid, attendee):
    booking = held(paid, attendee, status=Status.CONFIRMED)
    assert booking.status_at(clock.now()) is Status.COMPLETED
    say(booking, "attendee")
    booking.refresh_from_db()
    assert booking.status == Status.COMPLETED


def test_free_sessions_and_people_without_account_count_too(free):
    booking = held(free)
    say(booking, "attendee")
    say(booking, "host")
    assert readable() == {"host", "attendee"}


def test_doctors_write_nothing_about_patients(paid, attendee, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    booking = held(paid, attendee)
    with pytest.raises(Refused) as refused:
        say(booking, "host")
    assert refused.value.code == "reviews_off"
    say(booking, "attendee")


# Changing


def test_it_can_be_changed_until_it_is_read(paid, attendee):
    booking = held(paid, attendee)
    review = say(booking, "attendee")
    edit_review(review, FINE, now=clock.now())
    review.refresh_from_db()
    assert (review.stars, review.words, review.edited_at is not None) == (4, FINE.words, True)
    with pytest.raises(Refused):
        edit_review(review, GOOD, now=review.visible_at)
    say(booking, "host")
    with pytest.raises(Refused) as refused:
        edit_review(review, GOOD, now=clock.now())
    assert refused.value.code == "review_closed"
    review.refresh_from_db()
    assert review.words == FINE.words


# Corrections of how it went


def test_a_session_that_did_not_take_place_takes_its_reviews_along(paid, attendee, operator):
    booking = held(paid, attendee)
    say(booking, "attendee")
    say(booking, "host")
    by = Actor("operator", operator.pk)
    say_absent(booking, Party.ATTENDEE, by=by, now=clock.now())
    assert readable() == set()
    assert queries.summary(booking.host_id, now=clock.now()).count == 0
    booking.refresh_from_db()
    say_took_place(booking, by=by, now=clock.now())
    assert readable() == {"host", "attendee"}


# Asking


def test_the_attendee_is_asked_the_morning_after_and_the_host_in_turn(paid, attendee):
    ended = clock.now().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    booking = make_booking(paid, attendee, starts_at=ended - timedelta(hours=1))
    complete(ended + COMPLETES_AFTER, str(booking.pk))
    job = Job.objects.get(name="ask_for_review")
    local = job.run_at.astimezone(ZoneInfo("Africa/Lagos"))
    assert (local.hour, local.date()) == (10, (ended + timedelta(hours=1)).date() + A_DAY)
    assert templates() == []
    ask_for_review.ask_for_review(job.run_at, **job.args)
    ask_for_review.ask_for_review(job.run_at, **job.args)
    assert templates() == [("review_request", "attendee")]
    booking = held(paid, attendee, ago=timedelta(days=3))
    say(booking, "attendee")
    assert Job.objects.filter(key=ask_for_review.key(booking, Party.HOST)).exists()
    say(booking, "host")
    assert not Job.objects.filter(key=ask_for_review.key(booking, Party.HOST)).exists()


def test_nobody_is_asked_in_vain(paid, attendee, operator):
    def asked(booking):
        OutgoingMail.objects.all().delete()
        ask_for_review.ask_for_review(clock.now(), str(booking.pk), "attendee")
        return templates() != []

    assert asked(held(paid, attendee))
    written = held(paid, attendee, ago=timedelta(hours=50))
    say(written, "attendee")
    assert not asked(written)
    assert not asked(held(paid, attendee, ago=timedelta(hours=70), status=Status.NO_SHOW))
    assert not asked(held(paid, attendee, ago=timedelta(hours=90), status=Status.CANCELLED))
    ask_for_review.ask_for_review(clock.now(), "00000000-0000-0000-0000-000000000000", "attendee")


def test_a_no_show_ends_the_question(paid, attendee, operator):
    booking = make_booking(paid, attendee, starts_at=clock.now() - timedelta(hours=3))
    complete(clock.now(), str(booking.pk))
    assert Job.objects.filter(name="ask_for_review").exists()
    booking = held_again(booking)
    say_absent(booking, Party.ATTENDEE, by=Actor("operator", operator.pk), now=clock.now())
    assert not Job.objects.filter(name="ask_for_review").exists()


def held_again(booking):
    return type(booking).objects.select_related("host__user", "attendee").get(pk=booking.pk)


def test_the_question_is_dropped_where_a_review_came_meanwhile(paid, attendee):
    booking = held(paid, attendee)
    ask_for_review.ask_for_review(clock.now(), str(booking.pk), "attendee")
    say(booking, "attendee")
    run_due(clock.now())
    asked = OutgoingMail.objects.get(template="review_request", party="attendee")
    assert asked.state == OutgoingMail.State.DROPPED


def test_both_are_told_when_they_can_read(paid, attendee):
    booking = held(paid, attendee)
    first = say(booking, "attendee")
    job = Job.objects.get(key=f"tell_review:{first.pk}")
    assert job.run_at >= booking.ends_at + TWO_WEEKS
    say(booking, "host")
    run_due(clock.now() + A_DAY)
    assert [one for one in templates() if one[0] == "review_open"] == [
        ("review_open", "attendee"),
        ("review_open", "host"),
    ]


# Who reads


def test_an_attendees_is_public_a_hosts_is_not(paid, attendee, stranger, operator, host):
    booking = held(paid, attendee)
    by_attendee, by_host = say(booking, "attendee"), say(booking, "host")
    now = clock.now()

    def sees(user, review):
        try:
            return bool(queries.get_readable(review.pk, user, now=now))
        except NotFound:
            return False

    assert all(sees(user, by_attendee) for user in (None, stranger, attendee, host.user, operator))
    assert [sees(user, by_host) for user in (None, stranger, attendee, operator)] == [
        False,
        False,
        True,
        True,
    ]
    assert not sees(host.user, by_host), "nothing lies ahead of them"
    make_booking(paid, attendee)
    assert sees(host.user, by_host)


def test_a_hosts_words_follow_a_proved_address_only(paid, attendee):
    booking = held(paid)
    say(booking, "attendee")
    say(booking, "host")
    assert list(queries.about_attendee(attendee.pk, now=clock.now())) == []


# Adding up


def test_a_summary_counts_what_is_read(host, paid, django_assert_num_queries):
    for stars in (5, 5, 4, 2):
        public(paid, make_user(), Said(stars, "Words."))
    say(held(paid, make_user()), "attendee", Said(1, "Not read yet."))
    with django_assert_num_queries(1):
        found = queries.summary(host.pk, now=clock.now())
    assert found.stars == (0, 1, 0, 1, 2)
    assert (found.count, found.mean_in_tenths) == (4, 40)
    assert found.by_stars[0] == (5, 2)


def test_pages_of_a_hosts_reviews_hang_together(host, paid):
    ids = [public(paid).pk for _ in range(7)]
    found, after = [], None
    while True:
        page = queries.of_host(host.pk, now=clock.now(), limit=3, after=after)
        found += [review.pk for review in page.reviews]
        after = page.following
        if after is None:
            break
        assert Cursor.parse(str(after)) == after
    assert found == list(reversed(ids))
    assert Cursor.parse("nonsense") is None


def test_a_page_of_sessions_costs_one_query(paid, attendee, django_assert_num_queries):
    bookings = [held(paid, attendee, ago=timedelta(hours=30 + 3 * n)) for n in range(6)]
    bookings.append(held(paid, attendee, ago=timedelta(hours=90), status=Status.CANCELLED))
    say(bookings[0], "attendee")
    say(bookings[1], "host")
    with django_assert_num_queries(1):
        marks = queries.marks([(one, Party.ATTENDEE) for one in bookings], now=clock.now())
    assert marks[bookings[0].pk] == queries.Mark(5, is_wanted=False)
    assert [marks[one.pk].is_wanted for one in bookings[1:6]] == [True] * 5
    assert bookings[6].pk not in marks
    with django_assert_num_queries(0):
        assert queries.marks([], now=clock.now()) == {}


# Answering, reporting, hiding


def test_a_host_answers_once(paid, attendee):
    review = public(paid, attendee)
    reply_to_review(review, " Thank you. ", now=clock.now())
    with pytest.raises(Refused) as refused:
        reply_to_review(review, "And another thing.", now=clock.now())
    assert refused.value.code == "already_replied"
    assert Review.objects.get().reply == "Thank you."
    for words in ("", " ", "x" * 1001):
        with pytest.raises(Invalid):
            reply_to_review(public(paid), words, now=clock.now())


def test_a_report_counts_once_a_person(paid, attendee, stranger, host):
    review = public(paid, attendee)
    assert report_review(review, stranger, "It is advertising.", now=clock.now())
    assert not report_review(review, stranger, "Still.", now=clock.now())
    assert report_review(review, host.user, "Never met.", now=clock.now())
    with pytest.raises(Invalid):
        report_review(review, attendee, " ", now=clock.now())
    assert Report.objects.count() == 2
    assert keep(review, now=clock.now()) == 2
    assert not Report.objects.filter(settled_at=None).exists()


def test_hiding_stays_in_history_and_is_told(paid, attendee, operator, stranger):
    review = public(paid, attendee)
    report_review(review, stranger, "It is advertising.", now=clock.now())
    with pytest.raises(Invalid):
        hide(review, Part.REVIEW, " ", operator=operator, now=clock.now())
    assert hide(review, Part.REVIEW, "It is advertising.", operator=operator, now=clock.now())
    assert not hide(review, Part.REVIEW, "Again.", operator=operator, now=clock.now())
    assert readable() == set()
    assert not Report.objects.filter(settled_at=None).exists()
    assert show_again(review, Part.REVIEW, operator=operator, now=clock.now())
    assert not show_again(review, Part.REVIEW, operator=operator, now=clock.now())
    assert readable() == {"attendee"}
    assert [one.is_hidden for one in Moderation.objects.all()] == [True, False]
    told = [one for one in templates() if "hidden" in one[0] or "shown" in one[0]]
    assert told == [("review_hidden", "attendee"), ("review_shown", "attendee")]


def test_an_answer_is_hidden_by_itself(paid, attendee, operator):
    review = public(paid, attendee)
    assert not hide(review, Part.REPLY, "There is none.", operator=operator, now=clock.now())
    reply_to_review(review, "Thank you.", now=clock.now())
    assert hide(review, Part.REPLY, "Names a third person.", operator=operator, now=clock.now())
    assert readable() == {"attendee"}
    assert ("review_hidden", "host") in templates()
