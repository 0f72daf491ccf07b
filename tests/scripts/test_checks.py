"""Do the project's own checks notice what they are there to notice?"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
SIZE = """
[tool.duologue.size]
function_lines_median = 10
function_lines_p90 = 35
function_lines = 60
module_lines = 400
positional_parameters = 4
[tool.duologue.size.exceptions]
"""
LONG = "def long():\n" + "    print()\n" * 60
SMALL = "".join(f"def small_{number}():\n    print()\n" for number in range(30))

Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs one of the checks on a small project of its own."""

    def run(script: str, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
        (tmp_path / "scripts").mkdir()
        shutil.copy(SCRIPTS / script, tmp_path / "scripts")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        command = [sys.executable, str(tmp_path / "scripts" / script), "--check"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (SMALL, None),
        (SMALL + LONG, "src/a.py:long: function_lines 61, at most 60"),
        (SMALL + "x = 1\n" * 400, "src/a.py: module_lines 460, at most 400"),
        (SMALL + "def f(a, b, c, d, *, e): ...\n", None),
        (SMALL + "def f(a, b, c, d, e): ...\n", "src/a.py:f: positional_parameters 5, at most 4"),
        (SMALL + "class C:\n    def f(self, a, b, c, d): ...\n", None),
        (
            SMALL + "class C:\n    def f(self, a, b, c, d, e): ...\n",
            "src/a.py:C.f: positional_parameters 5, at most 4",
        ),
    ],
)
def test_size(check: Check, code: str, complaint: str | None):
    result = check("check_size.py", {"pyproject.toml": SIZE, "src/a.py": code})
    assert result.stderr.strip() == (complaint or "")
    assert bool(result.returncode) == bool(complaint)


@pytest.mark.parametrize(
    ("code", "exception", "complaint"),
    [
        (SMALL + LONG, '{ function_lines = 61, reason = "one story" }', ""),
        (SMALL + LONG, "{ function_lines = 61 }", "src/a.py:long: an exception without a reason"),
        (
            SMALL,
            '{ function_lines = 61, reason = "once" }',
            "src/a.py:long: needs no exception for function_lines",
        ),
    ],
)
def test_exceptions_from_size_need_a_reason_and_a_need(
    check: Check, code: str, exception: str, complaint: str
):
    settings = f'{SIZE}"src/a.py:long" = {exception}\n'
    assert check("check_size.py", {"pyproject.toml": settings, "src/a.py": code}).stderr.strip() == complaint


@pytest.mark.parametrize(("lines", "low"), [(90, True), (91, False)])
def test_coverage_must_be_over_its_floor(check: Check, lines: int, low: bool):
    settings = '[tool.duologue.coverage]\nrules = { over = 90, files = ["r*.py"] }\n'
    summary = {"num_statements": 80, "num_branches": 20, "covered_lines": lines - 20, "covered_branches": 20}
    report = {"files": {"src/duologue/rules.py": {"summary": summary}}}
    result = check(
        "check_coverage.py", {"pyproject.toml": settings, "build/coverage.json": json.dumps(report)}
    )
    assert bool(result.returncode) is low


def test_words_must_be_marked_for_translation(check: Check):
    fine = {
        "templates/a.html": "<p>{% translate 'Hello' %} {{ name }}&nbsp;– 12</p>",
        "templates/b.html": "{% blocktranslate %}Hello\n{{ name }}{% endblocktranslate %}<script>a</script>",
        "templates/c.html": "UTC, invite.ics",
        "templates/d.html": "{% block body_class %}call{% endblock %}",
        "templates/samples/a.html": "Hello",
        "rows.py": "row(label='Hello')",
        "b_forms.py": "forms.CharField(label=_('Hello'), name='hello')",
    }
    wrong = {
        "templates/x.html:2": "<p class='x'>\nHello</p>",
        "templates/y.html:1": '<img alt="Hello">',
        "forms.py:1": "forms.CharField(label='Hello')",
    }
    unknown = {"names.py": "from django.utils.translation import gettext as _now, gettext_lazy as _"}
    settings = "[tool.duologue.messages]\nsame_everywhere = ['UTC']\nsamples = ['templates/samples/*']\n"
    written = {**fine, **unknown, **{place.partition(":")[0]: text for place, text in wrong.items()}}
    files = {"pyproject.toml": settings, **{f"src/duologue/{name}": text for name, text in written.items()}}
    complaints = check("check_messages.py", files).stderr.strip().splitlines()
    said = {**dict.fromkeys(wrong, "Hello"), "names.py:1": "gettext as _now"}
    assert sorted(complaints) == sorted(
        f"src/duologue/{place}: not marked for translation: {words}" for place, words in said.items()
    )


def test_a_lock_is_stale_when_pyproject_asks_for_more(check: Check):
    project = """
        build-system.requires = []
        project.requires-python = ">=3.11"
        project.dependencies = []
        dependency-groups = {}
    """
    locks = dict.fromkeys(("requirements.txt", "requirements-dev.txt"), "# wishes: something else\n")
    result = check("lock.py", {"pyproject.toml": project, **locks})
    assert (
        result.stderr.strip()
        == "requirements.txt and requirements-dev.txt no longer match pyproject.toml. Run: make lock"
    )
