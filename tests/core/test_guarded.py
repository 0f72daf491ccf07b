"""Addresses that people type: where we do not go, and what ends in time whatever a server does."""

import socket
from ipaddress import ip_address

import pytest

from duologue.core import guarded
from duologue.core.guarded import Bounds, NotFetched, checked, fetch, is_public
from tests.calendars import files
from tests.calendars.files import publishing, says

QUICK = 0.4
USUAL = Bounds()


def refusal(address: str, bounds: Bounds = USUAL) -> str:
    with pytest.raises(NotFetched) as refused:
        fetch(address, bounds)
    return refused.value.code


def here(server: files.Publisher, **more: object) -> Bounds:
    return Bounds(trusted=[server.place], **more)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "address"),
        ("calendar", "address"),
        ("https://", "address"),
        ("https://[::1", "address"),
        ("https://a b.example/x", "address"),
        ("https://example.com/\nX: y", "address"),
        ("https://example.com/" + "x" * 3000, "address"),
        ("http://example.com/x.ics", "scheme"),
        ("ftp://example.com/x.ics", "scheme"),
        ("file:///etc/passwd", "address"),
        ("https://naoko:secret@example.com/x.ics", "login"),
        ("https://example.com:22/x.ics", "port"),
        ("https://example.com:5432/", "port"),
        ("https://127.0.0.1/x.ics", "private"),
        ("https://10.1.2.3/x.ics", "private"),
        ("https://172.16.0.1/", "private"),
        ("https://192.168.1.1/", "private"),
        ("https://169.254.169.254/latest/meta-data/", "private"),
        ("https://100.64.0.1/", "private"),
        ("https://0.0.0.0/", "private"),
        ("https://224.0.0.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://[fe80::1]/", "private"),
        ("https://[fc00::1]/", "private"),
        ("https://[64:ff9b::a00:1]/", "private"),
        ("https://[2002:a00:1::]/", "private"),
    ],
)
def test_there_we_do_not_go(address, code):
    with pytest.raises(NotFetched) as refused:
        checked(address)
    assert refused.value.code == code


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_the_open_internet_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "written", ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://localhost/"]
)
def test_other_spellings_of_this_machine_are_found_out_by_looking_the_name_up(written):
    assert refusal(written) in {"private", "unknown_host"}


def test_a_name_that_means_a_private_machine_is_refused_although_it_looks_public(monkeypatch):
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.7")]
    monkeypatch.setattr(guarded.socket, "getaddrinfo", lambda *a, **k: told)
    assert refusal("https://calendar.example/x.ics") == "private"


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_meaning(monkeypatch):
    asked = []
    with publishing() as server:
        port = server.server_address[1]

        def look_up(host, *_args, **_more):
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(guarded.socket, "getaddrinfo", look_up)
        found = fetch(f"http://calendar.example:{port}/x.ics", Bounds(trusted=["calendar.example"]))
    assert found.status == 200
    assert asked.count("calendar.example") == 1
    assert server.asked[0]["host"] == f"calendar.example:{port}"


def test_what_the_operator_vouches_for_is_read_and_headers_are_passed_on():
    with publishing() as server:
        first = fetch(server.address, here(server))
        again = fetch(server.address, here(server), {"If-None-Match": first.headers["etag"]})
    assert (first.status, first.content) == (200, server.content)
    assert (again.status, again.content) == (304, b"")
    assert server.asked[0]["accept-encoding"] == "identity"
    assert "authorization" not in server.asked[0]


def test_another_port_of_a_trusted_machine_is_not_trusted():
    with publishing() as server:
        assert refusal(server.address, Bounds(trusted=["127.0.0.1:1"])) == "scheme"


def test_redirects_are_followed_counted_and_looked_at():
    with publishing() as server, publishing() as other:
        server.answer = says(302, Location=other.address)
        both = Bounds(trusted=[server.place, other.place])
        assert fetch(server.address, both).content == other.content
        assert refusal(server.address, here(server)) == "scheme"
        for private in ("https://10.0.0.1/", "https://169.254.169.254/latest/"):
            server.answer = says(301, Location=private)
            assert refusal(server.address, here(server)) == "private"
        server.answer = files.redirects_for_ever
        server.paths.clear()
        assert refusal(server.address, here(server)) == "redirects"
        assert len(server.paths) == guarded.MOST_REDIRECTS + 1


def test_too_much_is_left_unread():
    with publishing() as server:
        server.answer = files.far_too_large
        assert refusal(server.address, here(server)) == "too_big"
        server.answer = None
        server.content = b"x" * 2000
        assert refusal(server.address, here(server, most_bytes=1999)) == "too_big"
        assert len(fetch(server.address, here(server, most_bytes=2000)).content) == 2000


def test_what_is_packed_is_refused_for_it_may_be_far_larger():
    with publishing() as server:
        server.answer = says(200, b"x", Content_Encoding="gzip")
        assert refusal(server.address, here(server)) == "packed"


@pytest.mark.parametrize("how", [files.drips_headers, files.drips_content])
def test_however_slowly_it_drips_it_ends_in_time(how):
    with publishing() as server:
        server.answer = how
        assert refusal(server.address, here(server, within=QUICK)) == "too_slow"


def test_a_server_that_says_nothing_is_left():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        assert refusal(f"http://{place}/", Bounds(within=QUICK, trusted=[place])) == "too_slow"
        # Nor does it help to be silent while encryption is agreed upon.
        assert refusal(f"https://{place}/", Bounds(within=QUICK, trusted=[place])) == "too_slow"


def _knows_no_name(*_args, **_more):
    raise socket.gaierror("no such name")


def test_nobody_there_no_name_and_no_encryption_are_told_apart(monkeypatch):
    with publishing() as server:
        assert refusal(f"https://{server.place}/", here(server)) == "encryption"
    with socket.create_server(("127.0.0.1", 0)) as gone:
        place = f"127.0.0.1:{gone.getsockname()[1]}"
    assert refusal(f"http://{place}/", Bounds(trusted=[place])) == "unreachable"
    monkeypatch.setattr(guarded.socket, "getaddrinfo", _knows_no_name)
    assert refusal("https://calendar.example/") == "unknown_host"
