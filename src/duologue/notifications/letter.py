"""What stands in a mail, whatever it is about? Words and figures without any markup.

Every mail is one `Letter`, drawn by one HTML template and one text form, so that all look and read alike.
"""

import re
from dataclasses import dataclass

from duologue.notifications.readers import Face


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str

    @property
    def shown(self) -> str:
        """The address as a person types it."""
        return self.url.split("://", 1)[-1]


Words = tuple[str | Link, ...]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    words: Words


@dataclass(frozen=True, slots=True)
class Clock:
    """Whose time it is, and the time."""

    label: str
    time: str


@dataclass(frozen=True, slots=True)
class Letter:
    """`preview` is the hidden first line that lists of mails show. Parts that are empty are left out.

    Faces touch where something is agreed; `is_apart` where nothing is.
    """

    subject: str
    preview: str
    heading: str
    lead: str
    faces: tuple[Face, ...] = ()
    is_apart: bool = False
    day: str = ""
    clocks: tuple[Clock, ...] = ()
    place: str = ""
    join: Link | None = None
    join_hints: tuple[str, ...] = ()
    code: str = ""
    code_hint: str = ""
    choices: tuple[Link, ...] = ()
    button: Link | None = None
    note_title: str = ""
    note: str = ""
    sections: tuple[Section, ...] = ()
    small: Words = ()
    calendar: bytes = b""
    calendar_method: str = ""


def linked(sentence: str, url: str, **values: str) -> Words:
    """A translated sentence whose part in [brackets] leads to `url`; values are filled in after the split."""
    parts = re.split(r"\[([^\]]+)\]", sentence)
    filled = [part % values if values else part for part in parts]
    return tuple(Link(part, url) if place % 2 else part for place, part in enumerate(filled) if part)


def as_text(letter: Letter) -> str:
    """The same in plain text, block by block."""
    blocks = [f"{letter.heading}\n{letter.lead}"]
    if letter.day or letter.clocks:
        times = [f"{clock.label}: {clock.time}" for clock in letter.clocks]
        blocks.append("\n".join([_capital(letter.day), *times, letter.place]).strip())
    if letter.code:
        blocks.append(f"{letter.code}\n\n{letter.code_hint}".strip())
    if letter.join:
        blocks.append("\n".join([f"{letter.join.label}: {letter.join.url}", *letter.join_hints]))
    if letter.choices:
        blocks.append("\n".join(f"{_capital(choice.label)}: {choice.url}" for choice in letter.choices))
    if letter.button:
        blocks.append(f"{letter.button.label}: {letter.button.url}")
    if letter.note:
        blocks.append(f"{letter.note_title}\n{_quoted(letter.note)}")
    blocks += [f"{section.title}\n{_plain(section.words)}" for section in letter.sections]
    if letter.small:
        blocks.append(f"-- \n{_plain(letter.small)}")
    return "\n\n".join(blocks) + "\n"


def _capital(text: str) -> str:
    """Days begin small in many languages, lines do not."""
    return text[:1].upper() + text[1:]


def _plain(words: Words) -> str:
    return "".join(f"{part.label} ({part.url})" if isinstance(part, Link) else part for part in words)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
