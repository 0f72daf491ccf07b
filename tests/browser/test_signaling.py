"""Does the call's signaling lose nothing, repeat nothing and keep its order, whatever the network does?"""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Launch

SCRIPTS = Path(__file__).parents[2] / "src" / "duologue" / "web" / "static" / "js" / "call"
ADDRESS = "http://localhost:9"

LINK = """
  const got = [];
  const link = new Link("mine-0001", "theirs-01", (body) => got.push(body));
  const signal = (seq) => ({ seq, body: `body ${seq}` });
  const wire = [];
  const channel = { send: (text) => wire.push(JSON.parse(text)) };
"""
MAILBOX = """
  const visits = [];
  const events = [];
  const timers = [];
  const later = (after, action) => {
    const timer = { after, action };
    timers.push(timer);
    return () => { timer.action = () => {}; };
  };
  let answer = { status: 200, body: {} };
  const other = { epoch: "", state: "absent", for: 0 };
  const usual = { current: true, begin: false, other, signals: [], asks: "", servers: [] };
  const fetch = async (url, { body }) => {
    visits.push(JSON.parse(body));
    if (answer.status === 0) throw new TypeError("no network");
    return new Response(JSON.stringify({ ...usual, ...answer.body }), { status: answer.status });
  };
  const mailbox = new Mailbox("/video-call/x", { fetch, later });
  for (const name of ["meet", "part", "closed"]) {
    mailbox.addEventListener(name, ({ detail }) => events.push([name, detail?.code ?? detail?.begin ?? null])
    );
  }
  const rest = () => new Promise((resolve) => setTimeout(resolve));
  const settle = async () => { for (let n = 0; n < 20; n += 1) await rest(); };
  const next = async () => {
    const timer = timers.pop();
    timer.action();
    await settle();
    return timer.after;
  };
"""


@pytest.fixture
def page(launch: Launch) -> Page:
    """An empty page beside the product's scripts; no server is needed."""
    page = launch().new_context().new_page()
    page.route(
        f"{ADDRESS}/**", lambda route: route.fulfill(path=SCRIPTS / route.request.url.rpartition("/")[2])
    )
    page.route(f"{ADDRESS}/", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto(f"{ADDRESS}/")
    return page


def run(page: Page, script: str) -> Any:
    """Run `script` with the module's classes at hand; its `return` is the answer."""
    module = f"{ADDRESS}/signaling.js"
    return page.evaluate(f"async () => {{ const {{ Link, Mailbox }} = await import('{module}'); {script} }}")


def test_signals_are_handed_on_once_and_in_order(page: Page) -> None:
    script = """
      link.accept([signal(2), signal(1)]);
      link.accept([signal(1), signal(2), signal(4)]);
      const beforeTheGapClosed = [...got];
      link.accept([signal(3)]);
      return [beforeTheGapClosed, got, link.since];
    """
    before, got, since = run(page, LINK + script)
    assert before == ["body 1", "body 2"]
    assert got == ["body 1", "body 2", "body 3", "body 4"]
    assert since == 4


def test_both_ways_at_once_give_one_order(page: Page) -> None:
    script = """
      link.useChannel(channel);
      link.accept([signal(1)]);
      link.heard({ signal: signal(3) });
      link.heard({ signal: signal(2) });
      link.accept([signal(2), signal(3)]);
      return [got, wire, link.heard({ said: "hello" })];
    """
    got, wire, was_signal = run(page, LINK + script)
    assert got == ["body 1", "body 2", "body 3"]
    assert wire == [{"got": 1}, {"got": 3}]
    assert was_signal is False


def test_the_mailbox_gets_what_the_channel_lost(page: Page) -> None:
    script = """
      link.post("a");
      link.post("b");
      const first = link.forMailbox;
      link.stored(first.slice(0, 1));
      link.useChannel(channel);
      link.post("c");
      const whileOpen = link.forMailbox;
      link.heard({ got: 2 });
      link.dropChannel();
      link.post("d");
      return [first, whileOpen, wire, link.forMailbox];
    """
    first, while_open, wire, after = run(page, LINK + script)
    assert [signal["seq"] for signal in first] == [1, 2]
    assert while_open == []
    assert [message["signal"]["body"] for message in wire] == ["b", "c"]
    assert after == [{"seq": 3, "body": "c"}, {"seq": 4, "body": "d"}]


def test_a_channel_that_closes_under_our_words_loses_none(page: Page) -> None:
    script = """
      link.useChannel({ send: () => { throw new DOMException("closing", "InvalidStateError"); } });
      link.post("a");
      return link.forMailbox;
    """
    assert run(page, LINK + script) == [{"seq": 1, "body": "a"}]


def test_a_visit_is_repeated_until_it_is_received(page: Page) -> None:
    script = """
      mailbox.entered = true;
      answer.body = { begin: true, other: { epoch: "theirs-01", state: "here", for: 0 } };
      mailbox.start();
      await settle();
      answer.status = 0;
      mailbox.post(mailbox.link, { n: 1 });
      await settle();
      mailbox.post(mailbox.link, { n: 2 });
      await settle();
      const pauses = [await next(), await next()];
      answer.status = 503;
      pauses.push(await next());
      answer.status = 200;
      pauses.push(await next());
      await settle();
      return [events, pauses, visits.map(({ to, signals }) => [to, signals.map(({ seq }) => seq)])];
    """
    events, pauses, visits = run(page, MAILBOX + script)
    assert events == [["meet", True]]
    assert visits[0] == ["", []]
    assert ["theirs-01", [1, 2]] in visits
    assert visits[-1] == ["theirs-01", []]
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]


def test_a_new_stay_of_the_other_is_met_anew(page: Page) -> None:
    script = """
      mailbox.entered = true;
      answer.body = { other: { epoch: "theirs-01", state: "here", for: 0 } };
      mailbox.start();
      await settle();
      const old = mailbox.link;
      mailbox.post(old, { n: 1 });
      await settle();
      answer.body = { begin: true, other: { epoch: "theirs-02", state: "here", for: 0 } };
      await next();
      mailbox.post(old, { n: 2 });
      mailbox.post(mailbox.link, { n: 3 });
      await settle();
      const sent = visits.filter(({ signals }) => signals.length).map(({ to, signals }) => [to, signals]);
      return [events, mailbox.link.theirs, sent];
    """
    events, theirs, sent = run(page, MAILBOX + script)
    assert events == [["meet", False], ["part", None], ["meet", True]]
    assert theirs == "theirs-02"
    assert sent == [
        ["theirs-01", [{"seq": 1, "body": {"n": 1}}]],
        ["theirs-02", [{"seq": 1, "body": {"n": 3}}]],
    ]


def test_nobody_is_met_before_one_went_in(page: Page) -> None:
    script = """
      answer.body = { other: { epoch: "theirs-01", state: "here", for: 0 } };
      mailbox.start();
      await settle();
      const outside = [...events];
      mailbox.entered = true;
      mailbox.kick();
      await settle();
      answer.body = { other: { epoch: "theirs-01", state: "left", for: 1 } };
      await next();
      return [outside, events];
    """
    outside, events = run(page, MAILBOX + script)
    assert outside == []
    assert events == [["meet", False], ["part", None]]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, {"code": "cancelled"}, "cancelled"),
        (404, {"code": "not_found"}, "not_found"),
        (409, {"code": "elsewhere"}, "elsewhere"),
        (200, {"current": False}, "replaced"),
    ],
)
def test_a_final_no_ends_the_visits(page: Page, status: int, body: dict[str, Any], code: str) -> None:
    script = """
      answer = given;
      mailbox.start();
      await settle();
      mailbox.kick();
      await settle();
      return [events, visits.length, timers.length];
    """
    given = f"const given = {json.dumps({'status': status, 'body': body})};"
    assert run(page, MAILBOX + given + script) == [[["closed", code]], 1, 0]


def test_visits_become_rare_once_connected(page: Page) -> None:
    script = """
      mailbox.entered = true;
      answer.body = { other: { epoch: "theirs-01", state: "here", for: 0 } };
      mailbox.start();
      await settle();
      const meeting = timers.at(-1).after;
      mailbox.connected = true;
      mailbox.kick();
      await settle();
      const beating = timers.at(-1).after;
      mailbox.attend();
      await settle();
      const attentive = timers.at(-1).after;
      mailbox.connected = false;
      mailbox.hurry();
      await settle();
      return [meeting, beating, attentive, timers.at(-1).after];
    """
    meeting, beating, attentive, again = run(page, MAILBOX + script)
    assert attentive <= 2000
    assert meeting <= 500
    assert 10_000 <= beating <= 15_000
    assert again == meeting
