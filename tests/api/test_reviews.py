"""Can programs read what people say, and write for their own person, once?"""

from datetime import timedelta

import pytest

from duologue.bookings.states import Status
from duologue.core import clock
from duologue.reviews.models import Part, Review
from duologue.usecases.moderate_review import hide
from duologue.usecases.reply_to_review import reply_to_review
from duologue.usecases.write_review import Said
from tests.reviews.said import FINE, held, public, say

SENT = {"stars": 5, "words": " She listens. ", "private_note": "Psst."}
PATH = "/hosts/naoko-ishida/reviews"


def post(by, booking, **change):
    return by.post(f"/bookings/{booking.pk}/review", {**SENT, **change})


def test_a_hosts_reviews_go_on_where_they_ended(host, paid, attendee, nobody):
    written = [public(paid, attendee, Said(5, f"Words {number}.")) for number in range(5)]
    first = nobody.get(PATH, limit=2)
    second = nobody.follow(first["Link"].partition(">")[0][1:])
    third = nobody.follow(second["Link"].partition(">")[0][1:])
    assert "Link" not in third
    found = [one["id"] for page in (first, second, third) for one in page.json()]
    assert found == [str(review.pk) for review in reversed(written)]
    one = first.json()[0]
    assert one["name"] == "Amara O."
    assert one["month"] == f"{written[-1].booking.starts_at:%Y-%m}"
    assert one["reply"] is None
    assert "private_note" not in one


def test_what_is_blind_or_hidden_is_not_there(host, paid, attendee, operator, nobody):
    say(held(paid, attendee), "attendee")
    assert nobody.get(PATH).json() == []
    review = public(paid, attendee)
    reply_to_review(review, "Thank you.", now=clock.now())
    assert nobody.get(PATH).json()[0]["reply"] == "Thank you."
    hide(review, Part.REPLY, "x", operator=operator, now=clock.now())
    assert nobody.get(PATH).json()[0]["reply"] is None
    hide(review, Part.REVIEW, "x", operator=operator, now=clock.now())
    assert nobody.get(PATH).json() == []


def test_a_host_comes_with_the_sum(host, paid, nobody):
    assert nobody.get("/hosts/naoko-ishida").json()["rating"] == {
        "count": 0,
        "mean": None,
        "stars": {"5": 0, "4": 0, "3": 0, "2": 0, "1": 0},
    }
    for stars in (5, 5, 4):
        public(paid, None, Said(stars, "Words."))
    rating = nobody.get("/hosts/naoko-ishida").json()["rating"]
    assert (rating["count"], rating["mean"], rating["stars"]["5"]) == (3, 4.6, 2)


def test_nonsense_and_closed_pages(host, paid, nobody):
    assert nobody.get(PATH, cursor="nonsense").json()["code"] == "invalid"
    assert nobody.get(PATH, limit=1000).json()["code"] == "invalid"
    host.status = "suspended"
    host.save()
    assert nobody.get(PATH).json()["code"] == "not_found"
    assert nobody.get("/hosts/no-such-host/reviews").json()["code"] == "not_found"


@pytest.mark.parametrize("who", ["by_host", "by_attendee"])
def test_either_party_writes_once(request, paid, attendee, who):
    booking, by = held(paid, attendee), request.getfixturevalue(who)
    made = post(by, booking)
    assert made.status_code == 201
    assert made.json()["role"] == who.removeprefix("by_")
    assert made.json()["words"] == "She listens."
    assert post(by, booking).json()["id"] == made.json()["id"]
    assert post(by, booking, stars=1).json()["code"] == "already_reviewed"
    assert Review.objects.count() == 1


def test_for_others_there_is_nothing(paid, attendee, by_stranger, by_operator, nobody):
    booking = held(paid, attendee)
    assert post(by_stranger, booking).json()["code"] == "not_found"
    assert post(by_operator, booking).json()["code"] == "forbidden"
    assert post(nobody, booking).json()["code"] == "unauthorized"
    assert not Review.objects.exists()


def test_ones_own_is_read_and_changed_until_it_is_read_by_others(
    paid, attendee, by_attendee, by_host, by_stranger, by_operator, nobody
):
    booking = held(paid, attendee)
    path = f"/bookings/{booking.pk}/review"
    changed = {**SENT, "stars": 3, "words": "She listened."}
    assert by_attendee.get(path).json()["code"] == "not_found"
    assert by_attendee.put(path, changed).json()["code"] == "not_found"
    made = post(by_attendee, booking).json()
    assert by_attendee.get(path).json() == made
    assert (made["can_be_changed"], made["edited_at"]) == (True, None)
    assert by_attendee.put(path, {**changed, "stars": 9}).json()["code"] == "invalid"
    after = by_attendee.put(path, changed).json()
    assert (after["id"], after["stars"], after["words"]) == (made["id"], 3, "She listened.")
    assert after["edited_at"]
    assert by_attendee.get(path).json() == after
    # Not the other one's, nor anybody else's.
    for other, code in (
        (by_host, "not_found"),
        (by_stranger, "not_found"),
        (by_operator, "forbidden"),
        (nobody, "unauthorized"),
    ):
        assert other.get(path).json()["code"] == code
        assert other.put(path, changed).json()["code"] == code
    post(by_host, booking)
    assert not by_attendee.get(path).json()["can_be_changed"]
    assert by_attendee.put(path, SENT).json()["code"] == "review_closed"
    assert Review.objects.get(pk=made["id"]).stars == 3


@pytest.mark.parametrize(
    "change",
    [
        {"stars": 0},
        {"stars": 6},
        {"stars": "x"},
        {"words": " "},
        {"words": "x" * 2001},
        {"private_note": "x" * 1001},
    ],
)
def test_what_cannot_be_is_refused(paid, attendee, by_attendee, change):
    assert post(by_attendee, held(paid, attendee), **change).json()["code"] == "invalid"
    assert not Review.objects.exists()


def test_when_it_is_not_possible(paid, attendee, by_host, by_attendee, settings):
    absent = held(paid, attendee, ago=timedelta(hours=50), status=Status.NO_SHOW)
    assert post(by_attendee, absent).json()["code"] == "not_completed"
    read = public(paid, attendee, FINE).booking
    assert post(by_host, read).json()["code"] == "review_closed"
    settings.DUOLOGUE_VOCABULARY = "telehealth"
    other = held(paid, attendee)
    assert post(by_host, other).json()["code"] == "reviews_off"


def test_too_many(paid, attendee, by_attendee, monkeypatch):
    monkeypatch.setattr("duologue.api.reviews.REVIEWS_AN_HOUR", 1)
    booking = held(paid, attendee)
    assert post(by_attendee, booking).status_code == 201
    assert post(by_attendee, booking).json()["code"] == "too_many_requests"


def test_a_list_costs_as_much_for_many_as_for_one(host, paid, nobody, django_assert_num_queries):
    public(paid)
    with django_assert_num_queries(2):
        nobody.get(PATH)
    for _ in range(5):
        public(paid)
    with django_assert_num_queries(2):
        nobody.get(PATH)
