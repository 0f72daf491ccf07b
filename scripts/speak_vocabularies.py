"""What do sentences say in an operator's own words? Writes catalogues with the words of each vocabulary.

Sentences that name no value speak of sessions, hosts and attendees. For each vocabulary and language the same
sentences are written once more with its words, which the catalogues know already; they stand before the
house's own. An entry marked with the comment "by hand" stays as somebody wrote it.
"""

import re
import sys
from pathlib import Path

import polib
from django.conf import settings

from duologue.core.vocabulary import VOCABULARIES

TOP = Path(__file__).resolve().parent.parent
PACKAGE = TOP / "src" / "duologue"
BASE = "generic"
VALUES = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|<[^>]*>)")
HEADER = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
ENGLISH = "nplurals=2; plural=n != 1;"
Words = dict[str, str]


def nouns(vocabulary: str) -> Words:
    """What the house says, and what this vocabulary says for it: both as English messages."""
    own = VOCABULARIES[vocabulary]
    pairs = {
        "session": own.session,
        "sessions": own.sessions,
        "host": own.host,
        "hosts": own.hosts,
        "attendee": own.attendee,
        "attendees": own.attendees,
    }
    return {ours: str(theirs) for ours, theirs in pairs.items() if ours != str(theirs)}


def in_language(words: Words, catalogue: dict[str, str]) -> Words:
    """The same nouns as a language says them, in small and capital letters."""
    said = {catalogue.get(ours, ours): catalogue.get(theirs, theirs) for ours, theirs in words.items()}
    return said | {ours.capitalize(): theirs.capitalize() for ours, theirs in said.items()}


def respoken(text: str, words: Words) -> str:
    """The text with other nouns; values and tags stay, and English articles follow the noun."""
    if not words:
        return text
    noun = re.compile(rf"\b([Aa]n?\s)?({'|'.join(map(re.escape, words))})\b")
    parts = VALUES.split(text)
    return "".join(
        part if place % 2 else noun.sub(lambda it: _said(it, words), part) for place, part in enumerate(parts)
    )


def _said(found: re.Match[str], words: Words) -> str:
    article, noun = found[1] or "", words[found[2]]
    if article:
        article = f"{article[0]}n " if noun[0].lower() in "aeiou" else f"{article[0]} "
    return f"{article}{noun}"


def spoken(house: polib.POFile, words: Words, *, is_english: bool) -> list[polib.POEntry]:
    """Every sentence that sounds different in these words. English is what is translated."""
    said = in_language(words, {} if is_english else {one.msgid: one.msgstr for one in house})
    found = []
    for one in house:
        if one.msgid in {*words, *words.values()} or not (is_english or one.translated()):
            continue
        forms = _forms(one, is_english=is_english)
        anew = {form: respoken(text, said) for form, text in forms.items()}
        if anew == forms:
            continue
        entry = polib.POEntry(msgctxt=one.msgctxt, msgid=one.msgid, msgid_plural=one.msgid_plural)
        if one.msgid_plural:
            entry.msgstr_plural = anew
        else:
            entry.msgstr = anew[0]
        found.append(entry)
    return found


def _forms(one: polib.POEntry, *, is_english: bool) -> dict[int, str]:
    if is_english:
        return {0: one.msgid, 1: one.msgid_plural} if one.msgid_plural else {0: one.msgid}
    return dict(one.msgstr_plural) if one.msgid_plural else {0: one.msgstr}


def catalogue(place: Path, vocabulary: str, source: Path, *, is_english: bool) -> polib.POFile:
    house = polib.pofile(str(source))
    fresh = polib.POFile(wrapwidth=110)
    fresh.metadata = {
        **HEADER,
        "Language": "en" if is_english else house.metadata["Language"],
        "Plural-Forms": ENGLISH if is_english else house.metadata["Plural-Forms"],
    }
    by_hand = {
        (one.msgctxt, one.msgid): one
        for one in (polib.pofile(str(place)) if place.exists() else [])
        if one.tcomment == "by hand"
    }
    for entry in spoken(house, nouns(vocabulary), is_english=is_english):
        fresh.append(by_hand.get((entry.msgctxt, entry.msgid), entry))
    return fresh


def _is_same(place: Path, fresh: polib.POFile) -> bool:
    binary = place.with_suffix(".mo")
    if not (place.exists() and binary.exists()):
        return False
    kept = polib.pofile(str(place), wrapwidth=110)
    return str(kept) == str(fresh) and binary.read_bytes() == kept.to_binary()


def main() -> None:
    settings.configure(USE_I18N=False)
    sources = sorted(PACKAGE.glob("locale/*/LC_MESSAGES/django.po"))
    stale = []
    for vocabulary in VOCABULARIES:
        # Any catalogue knows every English sentence.
        for source, is_english in [(sources[0], True), *((one, False) for one in sources)]:
            language = "en" if is_english else source.parent.parent.name
            place = PACKAGE / "vocabularies" / vocabulary / language / "LC_MESSAGES" / "django.po"
            fresh = catalogue(place, vocabulary, source, is_english=is_english)
            if "--write" in sys.argv:
                place.parent.mkdir(parents=True, exist_ok=True)
                fresh.save(str(place))
                fresh.save_as_mofile(str(place.with_suffix(".mo")))
            elif not _is_same(place, fresh):
                stale.append(f"{place.relative_to(TOP)} is behind the catalogues. Run: make messages")
    if stale:
        print("\n".join(stale))
        sys.exit("--strict" in sys.argv)


main()
