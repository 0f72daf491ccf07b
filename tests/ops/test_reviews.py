"""Do operators see what was reported, and does hiding take a reason and leave a trace?"""

import pytest

from duologue.bookings.models import Party
from duologue.core import clock
from duologue.jobs.worker import run_due
from duologue.notifications.models import OutgoingMail
from duologue.reviews.models import Moderation, Report, Review
from duologue.usecases.reply_to_review import reply_to_review
from duologue.usecases.report_review import report_review
from duologue.usecases.write_review import Said
from tests.reviews.said import held, public, say

pytestmark = pytest.mark.django_db
REASON = "It names a third person."


@pytest.fixture
def reported(paid, attendee, stranger):
    review = public(paid, attendee, Said(1, "Avoid, says my cousin Eve.", "The sound was poor, too."))
    report_review(review, stranger, "It is about somebody else.", now=clock.now())
    return review


def read(client, show=""):
    return client.get("/ops/reviews", {"show": show} if show else {}).content.decode()


def hide(client, review, **more):
    return client.post(
        f"/ops/reviews/{review.pk}/hide", {"reason": REASON, **more}, follow=True
    ).content.decode()


def test_what_is_reported_comes_first(reported, as_operator):
    assert "1 review is reported" in as_operator.get("/ops").content.decode()
    shown = read(as_operator)
    for said in (
        "Amara Obi about Naoko Ishida",
        "Avoid, says my cousin Eve.",
        "The sound was poor, too.",
        "Sam Stranger reported it on",
        "It is about somebody else.",
    ):
        assert said in shown


def test_each_list_has_its_own(reported, paid, as_operator):
    public(paid, None, Said(5, "Fine."))
    blind = say(held(paid), "host", Said(4, "Came late."))
    for show, words in (
        ("reported", {"Avoid"}),
        ("newest", {"Avoid", "Fine.", "Came late."}),
        ("notes", {"Avoid"}),
        ("hidden", set()),
    ):
        shown = read(as_operator, show)
        assert {word for word in ("Avoid", "Fine.", "Came late.") if word in shown} == words
    assert "Blind until" in read(as_operator, "newest")
    assert blind.by == Party.HOST
    assert read(as_operator, "nonsense") == read(as_operator, "reported") or "Avoid" in read(
        as_operator, "nonsense"
    )


def test_hiding_tells_the_writer_and_stays_in_history(reported, as_operator, as_nobody, operator, host):
    assert "Give a reason; the writer reads it." in hide(as_operator, reported, reason=" ")
    assert "It is hidden. We told the writer why." in hide(as_operator, reported)
    assert "Avoid" not in as_nobody.get(f"/h/{host.slug}/reviews").content.decode()
    assert "Somebody was quicker." in hide(as_operator, reported)
    run_due(clock.now())
    mail = OutgoingMail.objects.get(template="review_hidden")
    assert (mail.state, mail.party) == ("kept", "attendee")
    assert not Report.objects.filter(settled_at=None).exists()
    shown = read(as_operator, "hidden")
    assert REASON in shown
    again = as_operator.post(f"/ops/reviews/{reported.pk}/show", {"show": "hidden"}, follow=True)
    assert "It is shown again. We told the writer." in again.content.decode()
    assert "Avoid" in as_nobody.get(f"/h/{host.slug}/reviews").content.decode()
    history = read(as_operator, "newest")
    assert REASON in history
    assert "It was shown again." in history
    assert [step.operator for step in Moderation.objects.all()] == [operator, operator]


def test_an_answer_is_hidden_by_itself(reported, as_operator, as_nobody, host):
    reply_to_review(reported, "Your cousin Eve was never here.", now=clock.now())
    hide(as_operator, reported, part="reply")
    shown = as_nobody.get(f"/h/{host.slug}/reviews").content.decode()
    assert "Avoid" in shown
    assert "never here" not in shown
    as_operator.post(f"/ops/reviews/{reported.pk}/show", {"part": "reply"})
    assert "never here" in as_nobody.get(f"/h/{host.slug}/reviews").content.decode()


def test_letting_it_stay_settles_the_report(reported, as_operator, as_nobody, host):
    answer = as_operator.post(f"/ops/reviews/{reported.pk}/keep", {"show": "reported"}, follow=True)
    assert "Nothing is reported." in answer.content.decode()
    assert "Avoid" in as_nobody.get(f"/h/{host.slug}/reviews").content.decode()
    assert "reported" not in as_operator.get("/ops").content.decode()


@pytest.mark.parametrize("who", ["as_host", "as_attendee", "as_stranger"])
def test_for_everybody_else_there_is_nothing(request, reported, who):
    client = request.getfixturevalue(who)
    assert client.get("/ops/reviews").status_code == 404
    for what in ("hide", "show", "keep"):
        assert client.post(f"/ops/reviews/{reported.pk}/{what}", {"reason": REASON}).status_code == 404
    assert Review.objects.get().hidden_at is None


def test_nobody_is_asked_to_sign_in(reported, as_nobody):
    assert as_nobody.get("/ops/reviews")["Location"].startswith("/sign-in")
    assert as_nobody.post(f"/ops/reviews/{reported.pk}/hide", {"reason": "x"})["Location"].startswith(
        "/sign-in"
    )
    assert Review.objects.get().hidden_at is None


def test_an_unknown_review(as_operator):
    missing = "/ops/reviews/0f8fad5b-d9cb-469f-a165-70867728950e"
    assert as_operator.post(f"{missing}/hide", {"reason": "x"}).status_code == 404
    assert as_operator.get(f"{missing}/hide").status_code == 405


def test_as_many_queries_for_many_as_for_one(
    reported, paid, stranger, as_operator, django_assert_max_num_queries
):
    def asked():
        with django_assert_max_num_queries(60) as counted:
            read(as_operator)
        return len(counted)

    few = asked()
    for _ in range(6):
        report_review(public(paid), stranger, "x", now=clock.now())
    assert asked() == few
