"""What is made of what was measured: how much picture to send, and whether a call would get through?"""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_signaling import ADDRESS, page

__all__ = ["page"]


def run(page: Page, module: str, script: str) -> Any:
    return page.evaluate(f"async () => {{ const m = await import('{ADDRESS}/{module}.js'); {script} }}")


def test_less_picture_on_a_bad_line_and_more_when_it_is_calm(page: Page) -> None:
    script = """
      const ladder = new m.Ladder();
      const go = (word, times) => Array.from({ length: times }, () => ladder.look(word)).at(-1);
      return [go("poor", 1), go("good", 1), go("poor", 6), go("poor", 9), go("good", 4), go("good", 1),
        go("poor", 2), go("good", 5), go("good", 5), go("good", 40),
        go("weak", 2), go("weak", 2), go("weak", 9)];
    """
    # One bad look is chance; after a climb that failed the next one takes twice as long.
    assert run(page, "quality", script) == [0, 0, 3, 3, 3, 2, 3, 3, 2, 0, 1, 2, 2]


def test_words_for_a_line(page: Page) -> None:
    script = """
      return [{}, { loss: 0.05 }, { rtt: 0.5 }, { loss: 0.2 }, { room: 60_000 }].map(m.judge);
    """
    assert run(page, "quality", script) == ["good", "weak", "weak", "poor", "poor"]


@pytest.mark.parametrize(
    ("servers", "found", "way"),
    [
        ([], [], "own"),
        (["stun"], ["host", "srflx"], "direct"),
        (["stun"], ["host"], "none"),
        (["stun", "turn"], ["host", "srflx", "relay"], "direct"),
        (["stun", "turn"], ["host", "relay"], "relay"),
        (["stun", "turn"], ["host", "srflx"], "direct_only"),
        (["stun", "turn"], ["host"], "none"),
    ],
)
def test_ways_through_a_network(page: Page, servers: list[str], found: list[str], way: str) -> None:
    named = [{"urls": [one], **({"username": "u"} if one == "turn" else {})} for one in servers]
    assert run(page, "test_line", f"return m.way({named}, new Set({found}));") == way


def test_how_fast_is_fast_enough(page: Page) -> None:
    script = """
      const at = (down, up, rtt) => m.judge({ down, up, rtt });
      return [at(20, 5, 40), at(20, 0.9, 41), at(0.2, 5, 40), at(20, 5, 400), at(20, 5, 2000)];
    """
    assert run(page, "test_line", script) == ["ok", "weak", "bad", "weak", "bad"]
