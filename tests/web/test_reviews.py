"""Who writes, reads, answers and reports reviews on the pages, and what do they see there?"""

import re
from datetime import timedelta

import pytest
from django.test import Client

from duologue.bookings.models import Party
from duologue.bookings.states import Status
from duologue.core import clock, crypto
from duologue.reviews.models import Part, Report, Review
from duologue.usecases.moderate_review import hide
from duologue.usecases.reply_to_review import reply_to_review
from duologue.usecases.write_review import Said
from tests.cast import make_booking, make_event_type, make_host, make_user, signed_in
from tests.reviews.said import FINE, GOOD, held, public, say
from tests.rooms import link_of, make_room

pytestmark = pytest.mark.django_db
SENT = {"stars": "5", "words": "She listens.", "private_note": ""}


def page(booking, *more):
    return "/".join(["/sessions", str(booking.pk), *more])


def read(client, address, **more):
    answer = client.get(address, **more)
    assert answer.status_code == 200, answer
    return answer.content.decode()


# Writing


@pytest.mark.parametrize("who", ["as_host", "as_attendee"])
def test_either_party_writes(request, paid, attendee, who):
    booking, client = held(paid, attendee), request.getfixturevalue(who)
    assert f'href="{page(booking, "review")}"' in read(client, page(booking))
    assert f'href="{page(booking, "review")}"' in read(client, "/sessions?tab=past")
    asked = read(client, page(booking, "review"))
    assert "How was it with" in asked
    assert "Until then you can change it." in asked
    assert len(re.findall(r'type="radio" name="stars"', asked)) == 5
    answer = client.post(page(booking, "review"), SENT)
    assert (answer.status_code, answer["Location"]) == (303, f"{page(booking)}#reviews")
    assert Review.objects.get().by == who.removeprefix("as_")
    told = read(client, page(booking))
    assert "Your review is kept. Thank you." in told
    assert "She listens." in told
    assert "Change it" in told
    listed = read(client, "/sessions?tab=past")
    assert "You gave 5 stars" in listed
    assert page(booking, "review") not in listed


@pytest.mark.parametrize("who", ["as_stranger", "as_operator"])
def test_for_others_there_is_nothing_to_write(request, paid, attendee, who):
    booking, client = held(paid, attendee), request.getfixturevalue(who)
    assert client.get(page(booking, "review")).status_code == 404
    assert client.post(page(booking, "review"), SENT).status_code == 404
    assert not Review.objects.exists()


def test_nobody_signs_in_first_whatever_there_is(paid, attendee, as_nobody):
    booking = held(paid, attendee)
    for address in (page(booking, "review"), "/sessions/0f8fad5b-d9cb-469f-a165-70867728950e/review"):
        for answer in (as_nobody.get(address), as_nobody.post(address, SENT)):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in?next=%2Fsessions%2F")
    assert not Review.objects.exists()


def test_the_browser_that_booked_without_an_account_writes(paid):
    client = Client()
    client.cookies["browser"] = "b" * 22
    booking = held(paid, holder=crypto.fingerprint("b" * 22), attendee_name="Mateo Lindqvist")
    assert "Leave review" in read(client, page(booking))
    assert client.post(page(booking, "review"), SENT).status_code == 303
    assert Review.objects.get().by == "attendee"


def test_a_join_link_is_good_for_joining_only(paid):
    booking = make_room(paid, attendee_email="guest@people.example")
    client = Client()
    assert client.post(link_of(booking, Party.ATTENDEE)).status_code == 303
    Review.objects.all().delete()
    type(booking).objects.filter(pk=booking.pk).update(status=Status.COMPLETED.value)
    assert client.post(page(booking, "review"), SENT)["Location"].startswith("/sign-in")
    assert not Review.objects.exists()


def test_what_is_wrong_is_said_and_what_was_written_stays(paid, attendee, as_attendee):
    booking = held(paid, attendee)
    answer = as_attendee.post(page(booking, "review"), {"words": "Kept.", "private_note": "Psst."})
    again = answer.content.decode()
    assert answer.status_code == 422
    assert "Give one to five stars." in again
    assert "Kept." in again
    assert "Psst." in again
    for stars, words in (("6", "x"), ("5", " \u202e "), ("x", "y"), ("5", "x" * 2001)):
        sent = {"stars": stars, "words": words}
        assert as_attendee.post(page(booking, "review"), sent).status_code == 422
    assert not Review.objects.exists()


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.CANCELLED])
def test_what_did_not_take_place_has_no_review(paid, attendee, as_attendee, status):
    booking = held(paid, attendee, status=status)
    assert "review" not in read(as_attendee, page(booking)).partition("<main")[2].lower()
    answer = as_attendee.post(page(booking, "review"), SENT, follow=True).content.decode()
    assert "It can be reviewed once it is over and both were there." in answer
    assert not Review.objects.exists()


def test_it_is_changed_until_it_is_read(paid, attendee, as_attendee):
    booking = held(paid, attendee)
    say(booking, "attendee", Said(5, "First words.", "For operators."))
    asked = read(as_attendee, page(booking, "review"))
    assert "First words." in asked
    assert "For operators." in asked
    assert re.search(r'value="5"[^>]*checked', asked)
    assert as_attendee.post(page(booking, "review"), {**SENT, "changing": "yes"}).status_code == 303
    assert Review.objects.get().words == "She listens."
    say(booking, "host")
    answer = as_attendee.post(page(booking, "review"), {**SENT, "words": "x", "changing": "yes"}, follow=True)
    assert "It is too late to write or change a review" in answer.content.decode()
    assert Review.objects.get(by="attendee").words == "She listens."
    assert "Change it" not in read(as_attendee, page(booking))


def test_a_second_window_learns_what_stands(paid, attendee, as_attendee):
    booking = held(paid, attendee)
    as_attendee.post(page(booking, "review"), SENT)
    again = as_attendee.post(page(booking, "review"), {**SENT, "words": "Other."}, follow=True)
    assert "You have written already. This is what stands." in again.content.decode()
    assert Review.objects.get().words == "She listens."


# Blind


def test_neither_reads_before_both_have_written(paid, attendee, as_attendee, as_host, as_nobody, host):
    booking = held(paid, attendee)
    say(booking, "attendee", GOOD)
    for client, address in ((as_host, page(booking)), (as_nobody, f"/h/{host.slug}")):
        assert GOOD.words not in read(client, address)
    assert "Amara has written already. You read it when you have written too." in read(as_host, page(booking))
    say(booking, "host", FINE)
    assert GOOD.words in read(as_host, page(booking))
    assert FINE.words in read(as_attendee, page(booking))
    assert GOOD.words in read(as_nobody, f"/h/{host.slug}")
    assert FINE.words not in read(as_nobody, f"/h/{host.slug}")
    assert FINE.words not in read(as_nobody, f"/h/{host.slug}/reviews")


def test_too_late_has_its_reason(paid, attendee, as_host):
    booking = public(paid, attendee).booking
    told = read(as_host, page(booking))
    assert "It is too late to write a review" in told
    assert page(booking, "review") not in told
    assert page(booking, "review") not in read(as_host, "/sessions?tab=past")


# The host's page and the directory


def test_a_hosts_page_shows_a_few_with_their_sum(host, paid, as_nobody, django_assert_num_queries):
    for number, stars in enumerate((5, 5, 4, 5, 5)):
        public(paid, make_user(name=f"Mateo Lindqvist{number}"), Said(stars, f"Words {number}."))
    shown = read(as_nobody, f"/h/{host.slug}")
    assert "<b>4.8</b> from 5 reviews" in shown
    assert "Mateo L." in shown
    assert "Lindqvist" not in shown
    assert [f"Words {number}." in shown for number in range(5)] == [False, False, True, True, True]
    assert "All 5 reviews" in shown
    whole = read(as_nobody, f"/h/{host.slug}/reviews")
    assert whole.count('class="review"') == 5
    assert "4 with 5 stars, 1 with 4 stars." in whole
    card = read(as_nobody, f"/h/{host.slug}", headers={"HX-Request": "true", "HX-Target": "booking"})
    assert "Words" not in card


def test_one_or_two_are_no_average(host, paid, as_nobody):
    assert "review" not in read(as_nobody, f"/h/{host.slug}").partition("<main")[2]
    assert "Nobody has written yet." in read(as_nobody, f"/h/{host.slug}/reviews")
    assert "New here" in read(as_nobody, "/")
    public(paid)
    public(paid, None, FINE)
    for address in (f"/h/{host.slug}", "/"):
        shown = read(as_nobody, address)
        assert "2 reviews" in shown
        assert not re.search(r"(?<![\d.])4\.5(?!\d)", re.sub(r"<[^>]+>", " ", shown))
    assert "An average is shown from three reviews on." in read(as_nobody, f"/h/{host.slug}/reviews")
    public(paid, None, FINE)
    assert "<b>4.3</b> (3 reviews)" in read(as_nobody, "/")


def queries_of(client, address, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as counted:
        read(client, address)
    return len(counted)


def test_pages_ask_as_often_for_many_as_for_one(
    host, paid, attendee, as_nobody, as_attendee, django_assert_max_num_queries
):
    addresses = [(as_nobody, f"/h/{host.slug}"), (as_nobody, f"/h/{host.slug}/reviews"), (as_nobody, "/"),
                 (as_attendee, "/sessions?tab=past")]  # fmt: skip
    public(paid, attendee)
    few = [queries_of(*one, django_assert_max_num_queries) for one in addresses]
    for _ in range(9):
        public(paid, attendee)
    assert [queries_of(*one, django_assert_max_num_queries) for one in addresses] == few


def test_long_lists_go_on(host, paid, as_nobody, monkeypatch):
    monkeypatch.setattr("duologue.web.views.reviews.A_PAGE", 2)
    for number in range(5):
        public(paid, None, Said(5, f"Words {number}."))
    address, found = f"/h/{host.slug}/reviews", []
    while address:
        shown = read(as_nobody, address)
        found += re.findall(r"Words (\d)\.", shown)
        onward = re.search(r'href="(\?after=[^"]+)"', shown)
        address = f"/h/{host.slug}/reviews{onward[1]}" if onward else ""
    assert found == ["4", "3", "2", "1", "0"]
    assert read(as_nobody, f"/h/{host.slug}/reviews?after=nonsense").count('class="review"') == 2


def test_whose_page_is_closed_shows_no_reviews(host, paid, as_nobody):
    public(paid)
    host.status = "suspended"
    host.save()
    assert as_nobody.get(f"/h/{host.slug}/reviews").status_code == 404


def test_a_former_address_leads_on(host, as_nobody):
    host.former_slugs.create(slug="naoko")
    assert as_nobody.get("/h/naoko/reviews")["Location"] == f"/h/{host.slug}/reviews"


@pytest.mark.parametrize("name", ["", "amara@obi.example"])
def test_who_has_no_name_to_show_is_somebody(host, paid, as_nobody, name):
    public(paid, None, attendee_name=name, attendee_email="amara@obi.example")
    shown = read(as_nobody, f"/h/{host.slug}")
    assert "Somebody (mentee)" in shown
    assert "amara" not in shown


def test_patients_are_never_named(host, paid, attendee, as_nobody, as_host, settings):
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    booking = public(paid, attendee).booking
    shown = read(as_nobody, f"/h/{host.slug}")
    assert "Somebody (patient)" in shown
    assert "Amara" not in shown.partition("<main")[2]
    assert "Leave review" not in read(as_host, page(booking))


def test_hostile_words_are_only_words(host, paid, attendee, as_nobody, as_attendee, as_host):
    evil = "<script>alert(1)</script> 🙂 \u05e9\u05dc\u05d5\u05dd" + "x" * 1900
    review = public(paid, attendee, Said(5, evil))
    reply_to_review(review, "<b onclick=x>Thanks</b>", now=clock.now())
    for client, address in (
        (as_nobody, f"/h/{host.slug}"),
        (as_nobody, f"/h/{host.slug}/reviews"),
        (as_attendee, page(review.booking)),
        (as_host, page(review.booking)),
    ):
        shown = read(client, address)
        assert "<script>alert" not in shown
        assert "<b onclick" not in shown
        assert "&lt;script&gt;alert(1)" in shown


# Answering


def test_the_host_answers_once_for_everybody(host, paid, attendee, as_host, as_nobody, as_attendee):
    review = public(paid, attendee)
    address = f"/reviews/{review.pk}/reply"
    assert f'action="{address}"' in read(as_host, page(review.booking))
    assert as_host.post(address, {"words": "Thank you, Amara."}).status_code == 303
    told = read(as_host, page(review.booking))
    assert "Your answer stands on your page." in told
    assert address not in told
    assert "Naoko answers" in read(as_nobody, f"/h/{host.slug}")
    assert "Thank you, Amara." in read(as_attendee, page(review.booking))
    again = as_host.post(address, {"words": "More."}, follow=True).content.decode()
    assert "It was answered already" in again


@pytest.mark.parametrize("who", ["as_attendee", "as_stranger", "as_operator", "as_nobody"])
def test_nobody_else_answers(request, paid, attendee, who):
    review = public(paid, attendee)
    client = request.getfixturevalue(who)
    assert client.post(f"/reviews/{review.pk}/reply", {"words": "Me too."}).status_code == 404
    assert client.get(f"/reviews/{review.pk}/reply").status_code == 405
    assert not Review.objects.get().reply


def test_what_is_not_read_yet_is_not_answered(paid, attendee, as_host):
    review = say(held(paid, attendee), "attendee")
    assert as_host.post(f"/reviews/{review.pk}/reply", {"words": "Early."}).status_code == 404


# Reporting


@pytest.mark.parametrize("who", ["as_host", "as_stranger", "as_attendee", "as_operator"])
def test_anybody_with_an_account_reports(request, host, paid, attendee, who):
    review, client = public(paid, attendee), request.getfixturevalue(who)
    address = f"/reviews/{review.pk}/report"
    assert f'href="{address}"' in read(client, f"/h/{host.slug}/reviews")
    assert review.words in read(client, address)
    assert client.post(address, {"words": ""}).status_code == 422
    answer = client.post(address, {"words": "It is advertising."}, follow=True)
    assert "Thank you. We look at it." in answer.content.decode()
    assert Report.objects.get().words == "It is advertising."


def test_nobody_signs_in_to_report(paid, attendee, as_nobody):
    review = public(paid, attendee)
    assert as_nobody.get(f"/reviews/{review.pk}/report")["Location"].startswith("/sign-in")
    assert as_nobody.post(f"/reviews/{review.pk}/report", {"words": "x"})["Location"].startswith("/sign-in")
    assert not Report.objects.exists()


def test_what_one_cannot_read_one_cannot_report(paid, attendee, as_stranger, as_attendee):
    booking = held(paid, attendee)
    unread = say(booking, "attendee")
    assert as_stranger.get(f"/reviews/{unread.pk}/report").status_code == 404
    of_host = say(booking, "host")
    assert as_stranger.get(f"/reviews/{of_host.pk}/report").status_code == 404
    assert as_attendee.get(f"/reviews/{of_host.pk}/report").status_code == 200
    assert as_stranger.get("/reviews/0f8fad5b-d9cb-469f-a165-70867728950e/report").status_code == 404


def test_reports_have_an_end(paid, attendee, as_stranger, monkeypatch):
    monkeypatch.setattr("duologue.web.views.reviews.REPORTS_A_DAY", 1)
    one, two = public(paid, attendee), public(paid)
    as_stranger.post(f"/reviews/{one.pk}/report", {"words": "x"})
    answer = as_stranger.post(f"/reviews/{two.pk}/report", {"words": "x"})
    assert "You reported many reviews today." in answer.content.decode()
    assert Report.objects.count() == 1


# What hosts read of whom they are about to meet, and what was hidden


def test_a_host_reads_what_others_wrote_before_meeting_somebody(paid, attendee, as_host, as_attendee):
    other = make_host(make_user(name="Tomás Rivero"))
    booking = held(make_event_type(other), attendee, ago=timedelta(days=21))
    say(booking, "host", FINE)
    ahead = make_booking(paid, attendee)
    told = read(as_host, page(ahead))
    assert "What mentors wrote about Amara" in told
    assert FINE.words in told
    assert "Tomás" not in told, "with whom else somebody met is theirs to tell"
    assert FINE.words not in read(as_attendee, page(ahead))
    assert FINE.words in read(as_attendee, page(booking))
    assert FINE.words not in read(as_host, page(held(paid, attendee)))


def test_the_writer_reads_why_it_was_hidden(host, paid, attendee, operator, as_attendee, as_nobody, as_host):
    review = public(paid, attendee)
    hide(review, Part.REVIEW, "It names a third person.", operator=operator, now=clock.now())
    told = read(as_attendee, page(review.booking))
    assert "An operator hid it." in told
    assert "It names a third person." in told
    assert review.words not in read(as_nobody, f"/h/{host.slug}/reviews")
    assert review.words not in read(as_host, page(review.booking))
    assert as_nobody.get(f"/reviews/{review.pk}/report").status_code == 302
    assert signed_in(attendee).get(f"/reviews/{review.pk}/report").status_code == 404
