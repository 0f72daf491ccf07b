"""Can everything that people read be translated? Looks for unmarked words and for catalogues left behind."""

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
    """Plain literals given to form fields for people to read."""
    for node in ast.walk(ast.parse(text)):
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


def compare(copy: Path) -> list[str]:
    """Catalogues that miss a message, keep a dead one, or were not compiled."""
    problems = []
    for fresh in sorted(copy.glob(CATALOGUES)):
        ours = PACKAGE / fresh.relative_to(copy)
        if ours.exists() and entries(ours) != entries(fresh):
            problems.append(f"{ours.relative_to(TOP)} is behind the code. Run: make messages")
    for ours in sorted(PACKAGE.glob(CATALOGUES)):
        binary = ours.with_suffix(".mo")
        if not binary.exists() or binary.read_bytes() != compiled(ours):
            problems.append(f"{binary.relative_to(TOP)} is behind its catalogue. Run: make messages")
    return problems


def write(copy: Path) -> None:
    """Take the collected catalogues over and compile them."""
    for fresh in copy.glob(CATALOGUES):
        ours = PACKAGE / fresh.relative_to(copy)
        ours.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fresh, ours)
        ours.with_suffix(".mo").write_bytes(compiled(ours))


def catalogues(languages: list[str], *, may_write: bool) -> list[str]:
    """Problems of the catalogues, after writing them anew where that was asked for."""
    with tempfile.TemporaryDirectory() as place:
        copy = collect(languages, Path(place))
        if may_write:
            write(copy)
        count = max((len(entries(one)) for one in copy.glob(CATALOGUES)), default=0)
        print(f"Messages: {count} collected; catalogues: {', '.join(languages) or 'none'}.")
        return compare(copy)


def main() -> None:
    asked = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    languages = sorted({path.parent.parent.name for path in PACKAGE.glob(CATALOGUES)}.union(asked))
    problems = unmarked()
    if shutil.which("xgettext") and shutil.which("msgmerge"):
        problems += catalogues(languages, may_write="--write" in sys.argv and bool(languages))
    else:
        print("Messages: catalogues are not compared, gettext is not here (Debian: apt-get install gettext).")
    if problems:
        sys.exit("\n".join(problems))


main()
