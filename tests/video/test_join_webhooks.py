"""Are Daily, Whereby and JaaS recognised by their signatures, and is what they tell of understood?"""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from duologue.core.errors import Invalid
from duologue.video.contract import Role
from duologue.video.webhooks import daily, jaas, whereby
from duologue.video.webhooks.contract import Sighted

AT = datetime.fromtimestamp(1795240652, UTC)


class Sample:
    """Secret, body and headers of a published scheme, computed apart from this code."""

    def __init__(self, module: ModuleType, secret: str, body: bytes, headers: dict[str, str]) -> None:
        self.module, self.secret, self.body, self.headers = module, secret, body, headers

    def verify(self, *, body=None, secrets=None, now=AT, headers=None):
        given = self.headers if headers is None else headers
        wanted = [self.secret] if secrets is None else secrets
        return self.module.verify(self.body if body is None else body, given, wanted, now=now)

    def signed(self, at, body=b"{}"):
        """Headers with another time, well signed."""
        text = b"%b.%b" % (at.encode(), body)
        if self.module is daily:
            made = hmac.digest(base64.b64decode(self.secret), text, "sha256")
            return {"x-webhook-timestamp": at, "x-webhook-signature": base64.b64encode(made).decode()}
        made = hmac.digest(self.secret.encode(), text, "sha256")
        written = made.hex() if self.module is whereby else base64.b64encode(made).decode()
        return dict.fromkeys(self.headers, f"t={at},v1={written}")

    def joined(self, **changes):
        """What is understood of the body with changes: to its parts by name, or to the whole."""
        data = json.loads(self.body)
        inner = data["payload"] if self.module is daily else data["data"]
        for name, value in changes.items():
            (inner if name in inner else data)[name] = value
        return self.module.sighted(self.module.read(json.dumps(data).encode()))


SAMPLES = {
    "daily": Sample(
        daily,
        "ZGFpbHktc2hhcmVkLXNlY3JldA==",
        b'{"version":"1.1.0","type":"participant.joined","id":"ptcpt-join-1","payload":{"room":"bk-1",'
        b'"user_id":"u1","user_name":"Ann","session_id":"s1","joined_at":1795240652.1,"owner":false},'
        b'"event_ts":1795240652.2}',
        {
            "x-webhook-timestamp": "1795240652",
            "x-webhook-signature": "PI8iML/CIgLgxZdvv/scgIOBz+9PazbuJEPvwLdP8vA=",
        },
    ),
    "whereby": Sample(
        whereby,
        "whereby_secret",
        b'{"id":"e1","apiVersion":"1.0","createdAt":"2026-11-21T05:00:00.000Z","type":"room.client.joined",'
        b'"data":{"roleName":"visitor","displayName":"Ann","meetingId":"134","roomName":"/af0b7b66",'
        b'"subdomain":"x","numClients":1,"externalId":"u1"}}',
        {
            "whereby-signature": "t=1795240652,"
            "v1=9fdbb519831def40ead108bbaf52d14d141cc326a7bb347b45ef5c29c174de67"
        },
    ),
    "jaas": Sample(
        jaas,
        "whsec_jaas",
        b'{"idempotencyKey":"d11f155d","customerId":"c","appId":"vpaas-magic-cookie-x","eventType":'
        b'"PARTICIPANT_JOINED","sessionId":"s","timestamp":1795240652000,"fqn":"vpaas-magic-cookie-x/bk-1",'
        b'"data":{"name":"Ann","id":"u1","moderator":false}}',
        {"x-jaas-signature": "t=1795240652,v1=7RFu08Dc8FQNoZyQ4ZJQIIlcyqjGrdagiM0XuIq1MKU="},
    ),
}


@pytest.fixture(params=sorted(SAMPLES))
def sample(request):
    return SAMPLES[request.param]


class TestSignatures:
    def test_the_published_signature_fits(self, sample):
        assert sample.verify() == sample.secret

    def test_any_of_our_secrets_may_have_signed(self, sample):
        assert sample.verify(secrets=["bmV3ZXI=", sample.secret]) == sample.secret

    @pytest.mark.parametrize(
        "how",
        [
            {"body": b""},
            {"body": b"{}"},
            {"secrets": []},
            {"secrets": ["b3RoZXI="]},
            {"secrets": [""]},
            {"headers": {}},
            {"now": AT + timedelta(seconds=301)},
            {"now": AT - timedelta(seconds=301)},
        ],
    )
    def test_nobody_else_is_believed(self, sample, how):
        with pytest.raises(Invalid):
            sample.verify(**how)

    def test_one_letter_more_in_the_body_is_another_body(self, sample):
        with pytest.raises(Invalid, match="No secret fits"):
            sample.verify(body=sample.body + b" ")

    @pytest.mark.parametrize("change", [lambda text: text[:-4], lambda text: "", lambda text: text + "é"])
    def test_no_part_of_the_header_may_be_missing(self, sample, change):
        for name in sample.headers:
            with pytest.raises(Invalid):
                sample.verify(headers={**sample.headers, name: change(sample.headers[name])})

    @pytest.mark.parametrize("at", ["soon", "-1", "1e9", "9" * 40, "\uff11\uff17"])
    def test_a_time_that_is_none_is_refused_however_well_it_is_signed(self, sample, at):
        with pytest.raises(Invalid, match="tells no time"):
            sample.verify(body=b"{}", headers=sample.signed(at))

    def test_a_time_in_milliseconds_is_understood_and_as_short_lived(self, sample):
        assert sample.verify(body=b"{}", headers=sample.signed("1795240652999")) == sample.secret
        with pytest.raises(Invalid, match="too old"):
            sample.verify(body=b"{}", headers=sample.signed("1795240000000"))

    def test_dailys_secret_has_to_be_base64(self):
        sample = SAMPLES["daily"]
        empty = hmac.digest(b"", b"1795240652.{}", "sha256")
        headers = {**sample.headers, "x-webhook-signature": base64.b64encode(empty).decode()}
        for secret in ("", "no base64!", "===="):
            with pytest.raises(Invalid):
                sample.verify(body=b"{}", headers=headers, secrets=[secret])

    @pytest.mark.parametrize("name", ["whereby", "jaas"])
    def test_one_of_several_signatures_is_enough(self, name):
        sample = SAMPLES[name]
        [(header, value)] = sample.headers.items()
        at, _, signature = value.partition(",")
        assert sample.verify(headers={header: f"{at},v1=other,{signature}"}) == sample.secret


class TestEvents:
    def test_the_published_event_tells_who_came(self, sample):
        found = sample.joined()
        assert (found.room_id, found.role) == ("134" if sample.module is whereby else "bk-1", Role.ATTENDEE)
        assert abs(found.at - datetime(2026, 11, 21, 5, tzinfo=UTC)) < timedelta(hours=10)

    def test_repetitions_have_the_same_id(self, sample):
        ids = {"daily": "ptcpt-join-1", "whereby": "e1", "jaas": "d11f155d"}
        assert sample.module.read(sample.body).id == ids[sample.module.__name__.rpartition(".")[2]]

    def test_an_event_of_daily_without_an_id_has_that_of_its_body(self):
        body = SAMPLES["daily"].body.replace(b'"id":"ptcpt-join-1",', b"")
        assert len(daily.read(body).id) == 64

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"null", b"\xff", b"{", b"{}", b'{"id":"x","type":"y"}', b"[" * 100_000],
        ids=repr,
    )
    def test_what_is_no_event_is_refused(self, sample, body):
        with pytest.raises(Invalid):
            sample.module.read(body)

    def test_other_events_tell_of_nobody(self, sample):
        data = json.loads(sample.body)
        data["type" if "type" in data else "eventType"] = "something.else"
        assert sample.module.sighted(sample.module.read(json.dumps(data).encode())) is None


class TestDaily:
    sample = SAMPLES["daily"]

    def test_who_left_is_told_with_the_visit_that_ended_and_when(self):
        assert self.sample.joined(type="participant.left") is None, "nobody says how long they were there"
        data = json.loads(self.sample.body)
        data["type"], data["payload"]["duration"] = "participant.left", 90.5
        left = daily.sighted(daily.read(json.dumps(data).encode()))
        assert (left.visit, left.has_left) == ("s1", True)
        assert left.at == datetime.fromtimestamp(1795240652.1, UTC) + timedelta(seconds=90.5)

    def test_owners_are_hosts(self):
        at = datetime.fromtimestamp(1795240652.1, UTC)
        assert self.sample.joined(owner=True) == Sighted("bk-1", Role.HOST, at, "s1")

    @pytest.mark.parametrize(
        "changes",
        [
            {"room": None},
            {"room": ""},
            {"room": ["a"]},
            {"owner": None},
            {"owner": "true"},
            {"joined_at": None},
            {"joined_at": "now"},
            {"joined_at": True},
            {"joined_at": 10**400},
            {"joined_at": float("nan")},
        ],
    )
    def test_half_an_event_tells_of_nobody(self, changes):
        assert self.sample.joined(**changes) is None

    def test_what_it_tries_an_address_with_is_known(self):
        assert daily.is_trial(b'{"test":"test"}')
        for body in (b"", b"{}", b"[]", b'{"test":1}', self.sample.body, b'{"test":"test","id":"a"}'):
            assert not daily.is_trial(body)


class TestWhereby:
    sample = SAMPLES["whereby"]

    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("host", Role.HOST),
            ("visitor", Role.ATTENDEE),
            ("granted_visitor", Role.ATTENDEE),
        ],
    )
    def test_the_address_makes_the_role(self, name, role):
        at = datetime(2026, 11, 21, 5, tzinfo=UTC)
        assert self.sample.joined(roleName=name) == Sighted("134", role, at)

    @pytest.mark.parametrize(
        "name", ["owner", "member", "viewer", "recorder", "streamer", "captioner", "", None]
    )
    def test_of_others_it_is_not_known_who_they_are(self, name):
        assert self.sample.joined(roleName=name) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"meetingId": None},
            {"meetingId": 134},
            {"createdAt": None},
            {"createdAt": "2026-11-21T05:00:00"},
            {"createdAt": "x"},
        ],
    )
    def test_half_an_event_tells_of_nobody(self, changes):
        assert self.sample.joined(**changes) is None


class TestJaas:
    sample = SAMPLES["jaas"]

    @pytest.mark.parametrize(
        ("told", "role"),
        [(True, Role.HOST), ("true", Role.HOST), (False, Role.ATTENDEE), ("false", Role.ATTENDEE)],
    )
    def test_moderators_are_hosts(self, told, role):
        assert self.sample.joined(moderator=told) == Sighted("bk-1", role, AT, "u1")

    @pytest.mark.parametrize(
        "changes",
        [
            {"moderator": None},
            {"moderator": 1},
            {"moderator": "perhaps"},
            {"fqn": None},
            {"fqn": "vpaas-magic-cookie-x/"},
            {"timestamp": None},
            {"timestamp": "1795240652000"},
            {"timestamp": True},
            {"timestamp": 10**400},
            {"timestamp": float("inf")},
        ],
    )
    def test_half_an_event_tells_of_nobody(self, changes):
        assert self.sample.joined(**changes) is None
