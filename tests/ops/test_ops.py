"""Do the operators' pages show what is, let operators act, and stay shut to everyone else?"""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages

from duologue.accounts import codes
from duologue.accounts.models import Host, MailedCode
from duologue.bookings import join_links
from duologue.bookings.states import Status
from duologue.core import clock
from duologue.core.ids import uuid7
from duologue.jobs.models import Job, WorkerBeat
from duologue.notifications.models import OutgoingMail
from duologue.payments.models import CheckoutAttempt, Payment, Refund
from tests.cast import make_booking, make_event_type, make_host, make_user, set_hours

PAGES = ["/ops", "/ops/hosts", "/ops/jobs", "/ops/mail"]


def text_of(response):
    """What a person reads: without tags, spaces as they show."""
    shown = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def make_job(state="failed", **fields):
    now = clock.now()
    return Job.objects.create(
        **{
            "key": f"make_link:{state}",
            "name": "make_link",
            "state": state,
            "run_at": now,
            "attempts": 8,
            "last_error": "Zoom answered 401.",
            "created_at": now,
            **fields,
        }
    )


@pytest.mark.parametrize("path", PAGES)
def test_operators_only(path, as_operator, as_host, as_attendee, as_stranger, as_nobody):
    assert as_operator.get(path).status_code == 200
    for client in (as_host, as_attendee, as_stranger):
        assert client.get(path).status_code == 404
    answer = as_nobody.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={path.replace('/', '%2F')}")


@pytest.fixture
def actions(host, make_mail):
    host.status = Host.Status.WAITING
    host.save()
    job, mail = make_job(), make_mail("failed")
    return [
        f"/ops/hosts/{host.pk}/approve",
        f"/ops/hosts/{host.pk}/suspend",
        f"/ops/jobs/{job.pk}/retry",
        f"/ops/mail/{mail.pk}/send-again",
    ]


def test_nobody_else_acts(actions, host, as_host, as_attendee, as_stranger, as_nobody):
    for path in actions:
        for client in (as_host, as_attendee, as_stranger):
            assert client.post(path).status_code == 404
        assert as_nobody.post(path)["Location"] == "/sign-in?next=%2Fops"
    host.refresh_from_db()
    assert host.status == "waiting"
    assert Job.objects.get().state == "failed"
    assert OutgoingMail.objects.get().state == "failed"


def test_nothing_happens_by_looking(actions, as_operator):
    for path in actions:
        assert as_operator.get(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/ops/hosts/9999999/approve",
        "/ops/hosts/9999999/suspend",
        "/ops/mail/00000000-0000-7000-8000-000000000000/send-again",
    ],
)
def test_what_does_not_exist_is_not_found(path, as_operator):
    assert as_operator.post(path).status_code == 404


def test_a_job_that_is_gone_is_said_to_be_done(as_operator):
    answer = as_operator.post("/ops/jobs/9999999/retry")
    assert "done meanwhile" in str(*get_messages(answer.wsgi_request))


def test_a_waiting_host_is_approved_and_told(host, as_operator, as_nobody):
    host.status = Host.Status.WAITING
    host.save()
    assert "Naoko Ishida" in text_of(as_operator.get("/ops/hosts"))
    assert as_nobody.get(f"/h/{host.slug}").status_code == 404
    as_operator.post(f"/ops/hosts/{host.pk}/approve")
    as_operator.post(f"/ops/hosts/{host.pk}/approve")
    host.refresh_from_db()
    assert host.status == "approved"
    assert as_nobody.get(f"/h/{host.slug}").status_code == 200
    mail = OutgoingMail.objects.get()
    assert (mail.template, mail.user) == ("host_approved", host.user)
    assert "Nobody waits for approval." in text_of(as_operator.get("/ops/hosts"))
    assert "Naoko Ishida" in text_of(as_operator.get("/ops/hosts?show=approved"))


def test_a_host_is_suspended_and_invited_back(host, paid, attendee, as_operator, as_nobody):
    booking = make_booking(paid, attendee)
    as_operator.post(f"/ops/hosts/{host.pk}/suspend", {"show": "approved"})
    host.refresh_from_db()
    booking.refresh_from_db()
    assert (host.status, booking.status) == ("suspended", "confirmed")
    assert as_nobody.get(f"/h/{host.slug}").status_code == 404
    assert "Invite back" in text_of(as_operator.get("/ops/hosts?show=suspended"))
    as_operator.post(f"/ops/hosts/{host.pk}/approve", {"show": "suspended"})
    host.refresh_from_db()
    assert host.status == "approved"
    templates = list(OutgoingMail.objects.order_by("created_at").values_list("template", flat=True))
    assert templates == ["host_suspended", "host_approved"]


def test_hosts_are_shown_with_what_a_decision_needs(as_operator, django_assert_max_num_queries):
    bare = make_host(make_user(name="Yuki Tan"), hours=[], status=Host.Status.WAITING, location="Singapore")
    ready = make_host(make_user(name="Sofia Marques"), status=Host.Status.WAITING)
    make_event_type(ready, price=3000)
    make_event_type(ready, price=9000)
    set_hours(bare, [])
    for _ in range(10):
        make_host(status=Host.Status.WAITING)
    with django_assert_max_num_queries(12):
        shown = text_of(as_operator.get("/ops/hosts"))
    assert "Singapore. No hours yet, nothing on offer yet." in shown
    assert "Hours set, 2 offers from €30.00." in shown


def test_where_a_button_stood_is_where_one_comes_back_to(host, as_operator):
    path = f"/ops/hosts/{host.pk}/suspend"
    assert as_operator.post(path, {"show": "overview"})["Location"] == "/ops"
    assert as_operator.post(path, {"show": "suspended"})["Location"] == "/ops/hosts?show=suspended"
    assert as_operator.post(path, {"show": "https://evil.example"})["Location"] == "/ops/hosts"


def test_jobs_that_gave_up_can_be_tried_again(paid, attendee, as_operator):
    booking = make_booking(paid, attendee)
    job = make_job(args={"booking_id": str(booking.pk)})
    shown = text_of(as_operator.get("/ops/jobs"))
    assert "Naoko Ishida" in shown
    assert "Zoom answered 401." in shown
    as_operator.post(f"/ops/jobs/{job.pk}/retry")
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("waiting", 0)
    assert "No job gave up." in text_of(as_operator.get("/ops/jobs"))


def test_jobs_by_what_became_of_them(as_operator):
    now = clock.now()
    make_job("failed", key="a", name="gave_up")
    make_job("running", key="b", name="runs_now")
    make_job("waiting", key="c", name="comes_late", run_at=now - timedelta(hours=1))
    make_job("waiting", key="d", name="has_time", run_at=now + timedelta(hours=1))
    lists = {
        show: text_of(as_operator.get(f"/ops/jobs?show={show}"))
        for show in ("failed", "late", "waiting", "running", "<b>")
    }
    names = {
        "failed": {"gave_up"},
        "late": {"comes_late"},
        "waiting": {"comes_late", "has_time"},
        "running": {"runs_now"},
    }
    names["<b>"] = names["failed"]
    for show, shown in lists.items():
        assert set(re.findall(r"gave_up|runs_now|comes_late|has_time", shown)) == names[show]


def test_many_jobs_cost_few_queries(paid, attendee, as_operator, make_mail, django_assert_max_num_queries):
    for number in range(30):
        mail = make_mail("failed")
        make_job(key=f"a{number}", name="send_mail", args={"mail_id": str(mail.pk)})
        make_job(key=f"b{number}", args={"booking_id": str(mail.booking_id)})
    for path in ("/ops/jobs", "/ops/mail", "/ops"):
        with django_assert_max_num_queries(24):
            assert as_operator.get(path).status_code == 200


def test_a_mail_that_failed_says_why_and_goes_again(make_mail, as_operator):
    mail = make_mail("failed", last_error="The mail server refused the address: 550 No such user", attempts=1)
    for path in ("/ops/mail?show=failed", "/ops", f"/ops/mail/{mail.pk}"):
        shown = text_of(as_operator.get(path))
        assert "550 No such user" in shown
        assert "Send again" in shown
    as_operator.post(f"/ops/mail/{mail.pk}/send-again")
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("queued", "")
    assert Job.objects.get().args == {"mail_id": str(mail.pk)}


def test_what_went_out_does_not_go_again(make_mail, as_operator):
    mail = make_mail("sent")
    answer = as_operator.post(f"/ops/mail/{mail.pk}/send-again")
    assert "It went out" in str(*get_messages(answer.wsgi_request))
    assert not Job.objects.exists()
    assert "Send again" not in text_of(as_operator.get(f"/ops/mail/{mail.pk}"))


@pytest.mark.parametrize("show", ["all", "waiting", "failed", "sent", "kept", "dropped", "nonsense"])
def test_mails_by_state(show, make_mail, as_operator):
    for state in ("queued", "sending", "retrying", "failed", "sent", "kept", "dropped"):
        make_mail(state, subject=f"Subject-{state}")
    shown = set(re.findall(r"Subject-(\w+)", text_of(as_operator.get(f"/ops/mail?show={show}"))))
    waiting = {"queued", "sending", "retrying"}
    everything = {*waiting, "failed", "sent", "kept", "dropped"}
    assert shown == {"waiting": waiting, "all": everything, "nonsense": everything}.get(show, {show})


def test_operators_read_neither_links_nor_codes(make_mail, attendee, as_operator, settings):
    settings.ENV = "staging"
    confirmation = make_mail("kept")
    token = join_links.address(confirmation.booking.join_links.get(party="attendee")).rsplit("/", 1)[-1]
    now = clock.now()
    code = codes.issue(attendee.email, purpose=MailedCode.Purpose.SIGN_IN, browser="b", now=now)
    with_code = make_mail("kept", template="code", code_id=code.pk, subject="Your code")
    for mail, secret in ((confirmation, token), (with_code, codes.digits_of(code))):
        for path in (f"/ops/mail/{mail.pk}", f"/ops/mail/{mail.pk}/html", "/ops/mail", "/ops"):
            page = as_operator.get(path).content.decode()
            assert secret not in page.replace("\r\n ", "").replace("\n ", "")
    assert "veiled" in text_of(as_operator.get(f"/ops/mail/{confirmation.pk}"))
    assert "/j/••••••" in as_operator.get(f"/ops/mail/{confirmation.pk}/html").content.decode()


def test_in_development_the_page_stands_in_for_the_inbox(make_mail, as_operator):
    mail = make_mail("kept")
    url = join_links.address(mail.booking.join_links.get(party="attendee"))
    assert url in as_operator.get(f"/ops/mail/{mail.pk}/html").content.decode()
    assert "shown as they are" in text_of(as_operator.get(f"/ops/mail/{mail.pk}"))


def test_the_mail_is_shown_in_a_frame_that_can_do_nothing(make_mail, as_operator):
    answer = as_operator.get(f"/ops/mail/{make_mail('kept').pk}/html")
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_a_mail_to_nobody_says_so(as_operator, make_mail):
    mail = make_mail("failed", template="code", code_id="00000000-0000-7000-8000-000000000000", subject="")
    assert "There is no address" in text_of(as_operator.get(f"/ops/mail/{mail.pk}"))
    assert as_operator.get(f"/ops/mail/{mail.pk}/html").status_code == 404


def test_an_address_that_no_header_carries_is_shown_with_the_reason(as_operator, make_mail, attendee):
    mail = make_mail("failed")
    attendee.email = "amära@people.example"
    attendee.save()
    shown = text_of(as_operator.get(f"/ops/mail/{mail.pk}"))
    assert "few servers take" in shown
    assert "You’re meeting Naoko." in shown


def test_jobs_about_money_name_who_gets_it(paid, attendee, as_operator):
    booking = make_booking(paid, attendee)
    now = clock.now()
    payment = Payment.objects.create(
        id=uuid7(now), booking=booking, provider="sandbox", amount=6500, currency="EUR", created_at=now
    )
    attempt = CheckoutAttempt.objects.create(id=uuid7(now), payment=payment, expires_at=now, created_at=now)
    refund = Refund.objects.create(
        id=uuid7(now),
        payment=payment,
        attempt=attempt,
        cause="cancelled",
        amount=6500,
        currency="EUR",
        created_at=now,
    )
    make_job(key="a", name="issue_refund", args={"refund_id": str(refund.pk)})
    make_job(key="b", name="settle_payment", args={"attempt_id": str(attempt.pk)})
    shown = text_of(as_operator.get("/ops/jobs"))
    assert "Amara Obi, €65.00" in shown
    assert "Payment settle_payment Naoko Ishida" in shown


def test_the_overview_counts_what_is(host, paid, attendee, as_operator, make_mail):
    now = clock.now()
    waiting = make_host(make_user(name="Sofia Marques"), status=Host.Status.WAITING)
    Host.objects.filter(pk=waiting.pk).update(applied_at=now - timedelta(days=2))
    make_job("failed", key="one")
    make_mail("failed", booking=None, user=host.user, template="host_approved")
    make_mail("queued", booking=None, user=host.user, template="host_approved")
    make_booking(paid, attendee, starts_at=now - timedelta(minutes=30))
    make_booking(paid, status=Status.PENDING_PAYMENT)
    make_booking(
        paid,
        status=Status.PENDING_PAYMENT,
        hold_expires_at=now - timedelta(minutes=1),
        blocked_from=now + timedelta(days=90),
        starts_at=now + timedelta(days=90),
    )
    WorkerBeat.objects.create(name="w", beat_at=clock.machine() - timedelta(seconds=5), started_at=now)
    shown = text_of(as_operator.get("/ops"))
    assert "1 Mentors to approve oldest asked 2 days ago" in shown
    assert "1 Jobs given up 0 late" in shown
    assert "1 Mails failed" in shown
    assert "1 Mails waiting" in shown
    assert "1 running now" in shown
    assert "Holds open 1" in shown
    assert re.search(r"Worker beat \d+ seconds ago", shown)
    assert "0 late, 1 given up" in shown
    assert "Sofia Marques" in shown


def test_the_overview_of_an_empty_house(as_operator):
    shown = text_of(as_operator.get("/ops"))
    assert "Nothing right now." in shown
    assert "Nobody waits." in shown
    assert "Worker none runs" in shown


def test_hostile_names_stay_words(as_operator, make_mail, attendee, host):
    for person in (attendee, host.user):
        person.name = '<script>alert("x")</script>'
        person.save()
    host.status, host.headline, host.location = Host.Status.WAITING, "<img src=x>", "<b>here</b>"
    host.save()
    mail = make_mail("failed", subject="<i>Subject</i>", last_error="<u>no</u>")
    make_job(args={"booking_id": str(mail.booking_id)}, last_error="<u>no</u>")
    for path in (*PAGES, f"/ops/mail/{mail.pk}"):
        page = as_operator.get(path).content.decode()
        for element in ("<script>alert", "<img src=x", "<b>here", "<i>Subject", "<u>no"):
            assert element not in page, path
