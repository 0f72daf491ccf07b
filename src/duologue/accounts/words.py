"""What do we keep of text that people type? All but what is invisible or turns a line around."""

import unicodedata

# Of the format characters only the joiners stay: emoji and several scripts need them. Direction overrides
# would let a name turn around the text beside it (CVE-2021-42574).
_KEPT = frozenset("\u200c\u200d")
_LINES = frozenset("\n\t")


def clean_line(text: str) -> str:
    """One line: composed letters, single blanks, no control or invisible characters."""
    return " ".join(_visible(text.replace("\n", " ").replace("\t", " ")).split())


def clean_text(text: str) -> str:
    """Several lines, at most one empty one between paragraphs."""
    lines = [line.rstrip() for line in _visible(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()


def clean_list(text: str) -> str:
    """A list by commas, each entry once and in the order given."""
    entries = (clean_line(entry) for entry in text.replace(";", ",").replace("\n", ",").split(","))
    return ", ".join(dict.fromkeys(entry for entry in entries if entry))


def _visible(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in composed if _is_visible(letter))


def _is_visible(letter: str) -> bool:
    return letter in _LINES or letter in _KEPT or unicodedata.category(letter) not in {"Cc", "Cf", "Cs"}
