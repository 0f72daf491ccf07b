"""Can everything that people read be translated, and is it? Looks for unmarked words and gaps in catalogues.

A message that is not translated yet is only told of, as it is shown in English meanwhile; with --strict it is
a mistake like the others.
"""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import polib

TOP = Path(__file__).resolve().parent.parent
PACKAGE = TOP / "src" / "duologue"
CATALOGUES = "locale/*/LC_MESSAGES/django.po"

MARKED = r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}"
UNREAD = r"{#.*?#}|{%\s*comment\b.*?endcomment\s*%}|<!--.*?-->|<(script|style)\b.*?</\1>"
# Blocks that fill a class attribute, and names of files.
NAMES = r"{%\s*block \w*_class\s*%}.*?{%\s*endblock.*?%}|[\w-]+\.(?:ics|json)\b"
TEMPLATE_CODE = r"{%.*?%}|{{.*?}}"
READ_ATTRIBUTE = r"""\b(?:alt|title|placeholder|aria-label|aria-description)=(["'])(?P<said>.*?)\1"""
WORD = r"[^\W\d_]{2,}"
# What a translation has to keep: places for values, and tags.
KEPT = r"%\(\w+\)[sd]|\{\w+\}|</?\w[^>]*>|[\[\]]"
# Arguments of form fields that end up on a page.
READ_ARGUMENTS = {"label", "help_text", "empty_label", "error_message"}


def blank(pattern: str, text: str) -> str:
    """Take out what matches, keeping the line numbers."""
    return re.sub(pattern, lambda found: "\n" * found[0].count("\n"), text, flags=re.S)


def in_template(text: str) -> Iterator[tuple[int, str]]:
    """Words of a template that gettext never sees, with their lines."""
    for pattern in (MARKED, UNREAD, NAMES, TEMPLATE_CODE):
        text = blank(pattern, text)
    for found in re.finditer(READ_ATTRIBUTE, text, flags=re.S):
        yield text.count("\n", 0, found.start()) + 1, found["said"]
    for number, line in enumerate(blank(r"<[^>]*>|&\w+;", text).splitlines(), 1):
        yield number, line.strip()


def in_python(text: str) -> Iterator[tuple[int, str]]:
    """Plain literals given to form fields for people to read; and names under which gettext is not known."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for one in node.names:
                if "gettext" in one.name and one.asname not in {None, "_"}:
                    yield node.lineno, f"{one.name} as {one.asname}"
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("Field"):
            continue
        for given in node.keywords:
            if given.arg in READ_ARGUMENTS and isinstance(given.value, ast.Constant):
                yield given.value.lineno, str(given.value.value or "")


def unmarked() -> list[str]:
    """Every place with words that cannot be translated."""
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["duologue"]["messages"]
    same_everywhere = set(settings["same_everywhere"])
    problems = []
    for path in sorted([*PACKAGE.rglob("templates/**/*.*"), *PACKAGE.rglob("*.py")]):
        name = path.relative_to(PACKAGE).as_posix()
        if path.suffix not in {".html", ".txt", ".py"} or "migrations" in path.parts:
            continue
        if any(fnmatch(name, sample) for sample in settings["samples"]):
            continue
        reader = in_python if path.suffix == ".py" else in_template
        for line, said in reader(path.read_text()):
            if set(re.findall(WORD, said)) - same_everywhere:
                problems.append(f"{path.relative_to(TOP)}:{line}: not marked for translation: {said[:60]}")
    return problems


def collect(languages: list[str], place: Path) -> Path:
    """Run makemessages on a copy of the package, so that looking changes nothing."""
    copy = place / "duologue"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "*.mo"))
    (copy / "locale").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "django", "makemessages", "--no-location", "--no-obsolete"]
    for language in languages or ["en"]:
        command += ["--locale", language]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode or "warning" in done.stderr:
        sys.exit(f"The messages could not be collected:\n{done.stdout}{done.stderr}")
    return copy


def entries(catalogue: Path) -> set[tuple[str, str, str]]:
    return {(one.msgctxt or "", one.msgid, one.msgid_plural) for one in polib.pofile(str(catalogue))}


def compiled(catalogue: Path) -> bytes:
    return bytes(polib.pofile(str(catalogue)).to_binary())


def behind(copy: Path) -> list[str]:
    """Catalogues that miss a message or keep a dead one."""
    problems = []
    for fresh in sorted(copy.glob(CATALOGUES)):
        ours = PACKAGE / fresh.relative_to(copy)
        if ours.exists() and (moved := entries(ours) ^ entries(fresh)):
            problems.append(
                f"{ours.relative_to(TOP)} is behind the code by {len(moved)} messages. Run: make messages"
            )
    return problems


def uncompiled() -> list[str]:
    problems = []
    for ours in sorted(PACKAGE.glob(CATALOGUES)):
        binary = ours.with_suffix(".mo")
        if not binary.exists() or binary.read_bytes() != compiled(ours):
            problems.append(f"{binary.relative_to(TOP)} is behind its catalogue. Run: make messages")
    return problems


def untranslated() -> list[str]:
    return [
        f"{ours.relative_to(TOP)}: not translated{', only guessed' if one.fuzzy else ''}: {one.msgid[:60]}"
        for ours in sorted(PACKAGE.glob(CATALOGUES))
        for one in polib.pofile(str(ours))
        if not one.translated() and not one.obsolete
    ]


def broken() -> list[str]:
    """Translations that lost or invented a place for a value, a tag, or a blank at an end."""
    return [
        f"{ours.relative_to(TOP)}: {complaint}: {one.msgid[:60]}"
        for ours in sorted(PACKAGE.glob(CATALOGUES))
        for one in polib.pofile(str(ours)).translated_entries()
        for complaint in complaints(one)
    ]


def complaints(one: polib.POEntry) -> Iterator[str]:
    pairs = [(one.msgid, one.msgstr)]
    if one.msgid_plural:
        # The first form may do without the count.
        pairs = [(one.msgid_plural, text) for form, text in one.msgstr_plural.items() if form]
    for source, text in pairs:
        if set(re.findall(KEPT, source)) != set(re.findall(KEPT, text)):
            yield "places for values, tags or brackets differ"
        if not one.msgid_plural and blanks(source) != blanks(text):
            yield "blanks at the ends differ"


def blanks(text: str) -> tuple[bool, bool]:
    return text != text.lstrip(), text != text.rstrip()


def write(copy: Path) -> None:
    """Take the collected catalogues over and compile them."""
    for fresh in copy.glob(CATALOGUES):
        ours = PACKAGE / fresh.relative_to(copy)
        ours.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fresh, ours)
        ours.with_suffix(".mo").write_bytes(compiled(ours))


def collected(languages: list[str], *, may_write: bool) -> list[str]:
    """How far the catalogues are behind, after writing them anew where that was asked for."""
    with tempfile.TemporaryDirectory() as place:
        copy = collect(languages, Path(place))
        if may_write:
            write(copy)
        count = max((len(entries(one)) for one in copy.glob(CATALOGUES)), default=0)
        print(f"Messages: {count} collected; catalogues: {', '.join(languages) or 'none'}.")
        return behind(copy)


def main() -> None:
    asked = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    languages = sorted({path.parent.parent.name for path in PACKAGE.glob(CATALOGUES)}.union(asked))
    problems, gaps = unmarked(), []
    if shutil.which("xgettext") and shutil.which("msgmerge"):
        gaps += collected(languages, may_write="--write" in sys.argv and bool(languages))
    else:
        print("Messages: catalogues are not compared, gettext is not here (Debian: apt-get install gettext).")
    problems += [*uncompiled(), *broken()]
    gaps += untranslated()
    if "--strict" in sys.argv:
        problems += gaps
    elif gaps:
        print(
            "\n".join(gaps[:10]),
            f"Messages: {len(gaps)} gaps; what is not translated stays English.",
            sep="\n",
        )
    if problems:
        sys.exit("\n".join(problems))


main()
