"""Is a log line useful, and free of what must not be written down?"""

import logging
import sys

import pytest

from duologue.config.logs import LineFormatter


def line(message: str, *args: object, **more: object) -> str:
    record = logging.LogRecord("duologue.test", logging.WARNING, __file__, 1, message, args, None)
    for name, value in more.items():
        setattr(record, name, value)
    return LineFormatter().format(record)


def test_a_line_says_when_how_bad_and_where_from() -> None:
    assert line("Job %s failed", "a").split(" ", 1)[1] == "WARNING duologue.test Job a failed"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET /j/abcdefghijklmnopqrstuv", "abcdefghijklmnopqrstuv"),
        ("GET /feeds/abcdefghijklmnopqrstuv.ics", "abcdefghijklmnopqrstuv"),
        ("no answer from postgresql://app:s3cr3t@db.example/duologue", "s3cr3t"),
        ("used dl_0123456789abcdefghij", "0123456789abcdefghij"),
        ("key sk_live_0123456789abcdef was refused", "0123456789abcdef"),
        ("whsec_0123456789abcdef", "0123456789abcdef"),
        ("Authorization: Bearer abc.def.ghi", "abc.def.ghi"),
        ("https://vendor.example/?access_token=abcd1234&x=1", "abcd1234"),
        ("{'client_secret': 'abcd1234'}", "abcd1234"),
        ("password=hunter2hunter2", "hunter2hunter2"),
    ],
)
def test_what_looks_like_a_secret_is_cut(text: str, secret: str) -> None:
    assert secret not in line(text)
    assert "…" in line(text)


def test_a_traceback_s_words_are_cut_too() -> None:
    try:
        raise ValueError("https://vendor.example/?access_token=abcd1234")
    except ValueError:
        text = line("It broke", exc_info=sys.exc_info())
    assert "Traceback" in text
    assert "abcd1234" not in text


def test_the_installation_s_own_secrets_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    kept = tmp_path / "key"
    kept.write_text("kept-in-a-file\n")
    monkeypatch.setenv("DUOLOGUE_STRIPE_SECRET_KEY", "oddly-shaped-thing")
    monkeypatch.setenv("DUOLOGUE_ENCRYPTION_KEYS", "first-of-two,second-of-two")
    monkeypatch.setenv("DUOLOGUE_TURN_SECRET_FILE", str(kept))
    monkeypatch.setenv("DUOLOGUE_ZOOM_SECRET_FILE", str(tmp_path / "missing"))
    text = line("oddly-shaped-thing first-of-two second-of-two kept-in-a-file")
    assert text.endswith("… … … …")


def test_plain_words_stay_as_they_are() -> None:
    words = "Job make_link:0192 failed in attempt 1: the token expired at https://vendor.example/a/b?page=2"
    assert line(words).endswith(words)


def test_a_very_long_line_keeps_its_beginning_and_its_end() -> None:
    text = line("begins %s ends", "x" * 1_000_000)
    assert len(text) < 20_000
    assert "begins xxx" in text
    assert "letters left out" in text
    assert text.endswith("xxx ends")


@pytest.mark.parametrize("before", range(11_900, 12_000, 9))
def test_where_a_long_line_is_cut_no_half_secret_is_left(before: int) -> None:
    text = line("x" * before + " password=hunter2hunter2 " + "y" * 50_000)
    assert "hunter" not in text


@pytest.mark.django_db
def test_a_refused_request_is_no_news(client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/h/nobody").status_code == 404
    assert not caplog.records
