"""Is text kept as it was meant, without what nobody sees?"""

import pytest

from duologue.accounts.search import fold
from duologue.accounts.words import clean_line, clean_list, clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Naoko \t Ishida\n", "Naoko Ishida"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("\u202eevil\u202c \u2066x\u2069\u200b\ufeff", "evil x"),
        ("e\u0301", "\u00e9"),
        ("👩‍👩‍👧 🇯🇵", "👩‍👩‍👧 🇯🇵"),
        ("نص عربي", "نص عربي"),
        ("می‌خواهم", "می‌خواهم"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_a_line(typed, kept):
    assert clean_line(typed) == kept
    assert clean_line(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\n\n\n\ntwo  \n", "one\n\ntwo"),
        ("\n\n one\x07", "one"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_a_text(typed, kept):
    assert clean_text(typed) == kept
    assert clean_text(kept) == kept


def test_a_list_has_each_entry_once():
    assert clean_list(" Design,, portfolios;Design\nUX ,") == "Design, portfolios, UX"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tomás  MÜLLER", "tomas muller"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ﬁne", "fine"),
        ("\0", ""),
    ],
)
def test_words_are_found_however_they_are_spelled(text, folded):
    assert fold(text) == folded
