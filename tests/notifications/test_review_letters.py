"""What do people read about reviews in their mail, and what does nobody get any more?"""

from datetime import timedelta

import pytest

from duologue.core import clock
from duologue.core.ids import uuid7
from duologue.jobs.worker import run_due
from duologue.notifications import letters, rendering
from duologue.notifications.models import OutgoingMail, UnwantedMail
from duologue.reviews.models import Moderation, Part
from duologue.usecases import ask_for_review
from duologue.usecases.moderate_review import hide, show_again
from duologue.usecases.write_review import Said
from tests.reviews.said import A_DAY, GOOD, held, public, say

pytestmark = pytest.mark.django_db


def owed(template, booking, party, **params):
    now = clock.now()
    return OutgoingMail(
        id=uuid7(now),
        key=template,
        template=template,
        booking=booking,
        party=party,
        params=params,
        created_at=now,
    )


def write(template, booking, party="attendee", **params):
    return rendering.render(owed(template, booking, party, **params), clock.now())


def ask(booking, party="attendee"):
    ask_for_review.ask_for_review(clock.now(), str(booking.pk), party)
    run_due(clock.now())
    return OutgoingMail.objects.get(template="review_request", party=party)


def test_the_question_tells_the_rule_before_anybody_writes(paid, attendee):
    booking = held(paid, attendee)
    rendered = write("review_request", booking)
    assert rendered.subject == "How was it with Naoko Ishida?"
    for said in (
        f"/sessions/{booking.pk}/review",
        "Nobody, until Naoko has written too, or 14 days after the session.",
        "with your first name and an initial",
    ):
        assert said in rendered.text
    assert "It is not public." in write("review_request", booking, "host").text


def test_it_is_in_the_readers_language(paid, attendee):
    attendee.language = "es"
    attendee.save()
    booking = held(paid, attendee)
    rendered = write("review_request", booking)
    assert 'lang="es"' in rendered.html
    assert "How was it" not in rendered.subject


def test_where_health_is_the_matter_no_name_is_promised_and_no_words_are_mailed(paid, attendee, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    review = public(paid, attendee)
    asked = write("review_request", review.booking).text
    assert "without your name" in asked
    assert "Mentoring hour" not in asked
    told = write("review_open", review.booking, "host", review_id=str(review.pk))
    assert GOOD.words not in told.text
    assert GOOD.words not in told.html


def test_what_can_be_read_is_told_with_words_as_words(paid, attendee):
    review = public(paid, attendee, Said(4, "<b>Fine</b>"))
    told = write("review_open", review.booking, "host", review_id=str(review.pk))
    assert told.subject == "Amara Obi wrote about your session"
    assert "Amara gave 4 stars." in told.text
    assert "> <b>Fine</b>" in told.text
    assert "&lt;b&gt;Fine&lt;/b&gt;" in told.html
    assert f"/sessions/{review.booking.pk}#reviews" in told.text


def test_who_has_no_account_proves_the_address_on_the_way(paid):
    booking = held(paid)
    say(booking, "attendee")
    by_host = say(booking, "host")
    told = write("review_open", booking, review_id=str(by_host.pk))
    assert f"/sign-in?next=%2Fsessions%2F{booking.pk}%23reviews" in told.text


def test_the_reason_of_hiding_is_told(paid, attendee, operator):
    review = public(paid, attendee)
    hide(review, Part.REVIEW, "It names a third person.", operator=operator, now=clock.now())
    told = write("review_hidden", review.booking, moderation_id=Moderation.objects.get().pk)
    assert told.subject == "We hid your review"
    assert "It names a third person." in told.text
    assert "your session with Naoko on" in told.text


def test_a_decision_that_was_undone_is_not_told(paid, attendee, operator):
    review = public(paid, attendee)
    hide(review, Part.REVIEW, "x", operator=operator, now=clock.now())
    show_again(review, Part.REVIEW, operator=operator, now=clock.now())
    run_due(clock.now())
    states = {
        mail.template: mail.state for mail in OutgoingMail.objects.filter(template__startswith="review_")
    }
    assert states["review_hidden"] == "dropped"
    assert states["review_shown"] == "kept"


def test_who_switched_it_off_is_not_asked(paid, attendee):
    UnwantedMail.objects.create(email=attendee.email, kind="reviews", since=clock.now())
    assert ask(held(paid, attendee)).state == "dropped"


def test_nobody_is_asked_about_what_is_gone(paid, attendee):
    now = clock.now()
    blind = say(held(paid, attendee), "attendee")
    assert letters.why_not(owed("review_open", blind.booking, "host", review_id=str(blind.pk)), now)
    assert letters.why_not(owed("review_open", blind.booking, "host"), now)
    assert letters.why_not(owed("review_request", blind.booking, "attendee"), now)
    assert letters.why_not(owed("review_request", blind.booking, "host"), now) == ""
    assert letters.why_not(owed("review_hidden", blind.booking, "attendee"), now)
    late = blind.booking.ends_at + timedelta(days=15)
    assert letters.why_not(owed("review_request", blind.booking, "host"), late)


def test_it_goes_out_once(paid, attendee):
    booking = held(paid, attendee, ago=2 * A_DAY)
    assert ask(booking).state == "kept"
    assert ask(booking).attempts == 1
