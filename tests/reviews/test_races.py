"""Two windows, or both people, at once: is one review written a side, and none changed that is read?"""

from datetime import timedelta

import pytest

from duologue.bookings.models import Booking, Party
from duologue.bookings.transitions import Actor
from duologue.core import clock
from duologue.core.ids import uuid7
from duologue.reviews import queries, rules
from duologue.reviews.models import Moderation, Part, Review
from duologue.usecases.correct_outcome import say_absent
from duologue.usecases.moderate_review import hide
from duologue.usecases.reply_to_review import reply_to_review
from duologue.usecases.write_review import Said, edit_review, write_review
from tests.reviews.said import FINE, GOOD, held, public, say
from tests.side_by_side import DONE, at_once, in_the_midst

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
OTHER = Said(1, "Other words.")


def fresh(booking: Booking) -> Booking:
    """As another process has it."""
    return Booking.objects.select_related("host__user", "attendee", "event_type").get(pk=booking.pk)


def writes(booking, by, said=GOOD):
    mine = fresh(booking)
    return lambda: write_review(mine, Party(by), said, now=clock.now())


def edits(review, said=OTHER):
    mine = Review.objects.select_related("booking__host").get(pk=review.pk)
    return lambda: edit_review(mine, said, now=clock.now())


def says_absent(booking, operator):
    mine, by = fresh(booking), Actor("operator", operator.pk)
    return lambda: say_absent(mine, Party.ATTENDEE, by=by, now=clock.now())


def test_of_two_windows_one_writes(paid, attendee):
    for number in range(5):
        booking = held(paid, attendee, ago=timedelta(hours=30 + 3 * number))
        ends = at_once(writes(booking, "attendee"), writes(booking, "attendee", OTHER))
        assert sorted(ends) == ["already_reviewed", DONE]
        assert Review.objects.filter(booking=booking).count() == 1


def test_the_same_sent_twice_is_written_once_and_told_twice(paid, attendee):
    booking = held(paid, attendee)
    assert at_once(*[writes(booking, "attendee")] * 4) == [DONE] * 4
    assert Review.objects.count() == 1


def test_both_at_once_are_read_from_one_instant(paid, attendee):
    for number in range(5):
        booking = held(paid, attendee, ago=timedelta(hours=30 + 3 * number))
        assert at_once(writes(booking, "attendee"), writes(booking, "host")) == [DONE, DONE]
        written = queries.of_booking(booking)
        both = written[Party.HOST], written[Party.ATTENDEE]
        assert both[0].visible_at == both[1].visible_at == max(one.written_at for one in both)


def test_a_change_meets_the_others_word_at_any_statement(paid, attendee):
    """Whoever comes second: a change that was told as done came before the other could read."""
    statement, there = 0, True
    while there:
        booking = held(paid, attendee, ago=timedelta(hours=30 + 3 * statement))
        review = say(booking, "attendee")
        edit, write, there = in_the_midst(edits(review), writes(booking, "host"), statement)
        review.refresh_from_db()
        assert write == DONE
        assert edit in {DONE, "review_closed"}
        assert (review.words == OTHER.words) == (edit == DONE)
        statement += 1
    assert statement > 3


def test_the_others_word_meets_a_change_at_any_statement(paid, attendee):
    statement, there = 0, True
    while there and statement < 30:
        booking = held(paid, attendee, ago=timedelta(hours=30 + 3 * statement))
        review = say(booking, "attendee")
        write, edit, there = in_the_midst(writes(booking, "host"), edits(review), statement)
        review.refresh_from_db()
        assert write == DONE
        assert (review.words == OTHER.words) == (edit == DONE)
        assert review.visible_at <= clock.now()
        statement += 1
    assert statement > 3


def test_writing_meets_a_correction(paid, attendee, operator):
    """A session that is said not to have taken place has no review that is read."""
    for number in range(4):
        booking = held(paid, attendee, ago=timedelta(days=20, hours=3 * number))
        ends = at_once(writes(booking, "attendee"), says_absent(booking, operator))
        assert ends[1] == DONE
        assert ends[0] in {DONE, "not_completed"}
        assert not queries.readable(clock.now()).filter(booking=booking).exists()


def test_a_host_answers_once_from_two_windows(paid, attendee):
    review = public(paid, attendee)
    copies = [Review.objects.get(pk=review.pk) for _ in range(2)]
    ends = at_once(
        lambda: reply_to_review(copies[0], "One.", now=clock.now()),
        lambda: reply_to_review(copies[1], "Two.", now=clock.now()),
    )
    assert sorted(ends) == ["already_replied", DONE]
    assert Review.objects.get(pk=review.pk).reply in {"One.", "Two."}


def test_of_two_operators_one_hides(paid, attendee, operator):
    review = public(paid, attendee)
    copies = [Review.objects.get(pk=review.pk) for _ in range(2)]
    done = []

    def press(copy):
        done.append(hide(copy, Part.REVIEW, "x", operator=operator, now=clock.now()))

    at_once(lambda: press(copies[0]), lambda: press(copies[1]))
    assert sorted(done) == [False, True]
    assert Moderation.objects.count() == 1


def test_the_database_itself_refuses_a_second(paid, attendee):
    review = say(held(paid, attendee), "attendee")
    review.pk, review.words = uuid7(clock.now()), FINE.words
    review._state.adding = True
    with pytest.raises(Exception, match=r"(?i)unique"):
        review.save(force_insert=True)
    assert timedelta(days=14) == rules.BLIND_FOR
