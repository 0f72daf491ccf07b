"""Is a backup whole, and does restoring bring back what was, and only from what is ours?"""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from duologue import cli
from duologue.accounts.models import User
from duologue.core import clock
from duologue.jobs.models import WorkerBeat

ON_SQLITE = settings.DATABASES["default"]["ENGINE"] == "duologue.core.sqlite"
on_sqlite = pytest.mark.skipif(not ON_SQLITE, reason="says something about SQLite only")
pytestmark = pytest.mark.django_db(transaction=True)


def make_user(name: str) -> None:
    User.objects.create_user(f"{name}@people.example", name=name, date_joined=clock.now())


def names() -> list[str]:
    return sorted(User.objects.values_list("name", flat=True))


@on_sqlite
def test_what_was_backed_up_comes_back_and_what_came_after_is_gone(tmp_path: Path) -> None:
    make_user("before")
    kept = tmp_path / "kept.sqlite3"
    assert cli.main(["backup", str(kept)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["kept.sqlite3"], "one plain file"
    assert kept.stat().st_mode & 0o077 == 0, "it holds people's data"
    make_user("after")
    assert cli.main(["restore", str(kept)]) == 0
    assert names() == ["before"]
    make_user("later")
    assert names() == ["before", "later"]


@on_sqlite
def test_the_keys_and_uploads_are_not_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["backup", str(tmp_path / "kept")])
    said = capsys.readouterr().out
    assert str(settings.MEDIA_ROOT) in said
    assert "DUOLOGUE_SECRET_KEY" in said


@on_sqlite
def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept"
    kept.write_text("dear to somebody")
    assert cli.main(["backup", str(kept)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert kept.read_text() == "dear to somebody"


@on_sqlite
def test_a_place_that_cannot_be_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backup", str(tmp_path / "no" / "such" / "folder")]) == 1
    assert capsys.readouterr().err.startswith("That did not work")


@on_sqlite
def test_not_while_it_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept"
    cli.main(["backup", str(kept)])
    beat_at = clock.machine() - timedelta(seconds=3)
    WorkerBeat.objects.create(name="w", beat_at=beat_at, started_at=beat_at)
    make_user("after")
    assert cli.main(["restore", str(kept)]) == 1
    assert "Stop it first" in capsys.readouterr().err
    assert names() == ["after"]


@on_sqlite
@pytest.mark.parametrize("kind", ["missing", "text", "foreign", "cut"])
def test_only_what_is_ours_and_whole(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_user("here")
    source = tmp_path / kind
    if kind == "text":
        source.write_text("not a database" * 100)
    if kind == "foreign":
        with sqlite3.connect(source) as other:
            other.execute("CREATE TABLE recipes (name)")
        other.close()
    if kind == "cut":
        cli.main(["backup", str(source)])
        whole = source.read_bytes()
        source.write_bytes(whole[: len(whole) // 2])
    assert cli.main(["restore", str(source)]) == 1
    assert str(source) in capsys.readouterr().err
    assert names() == ["here"]


@pytest.mark.postgres
@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_has_its_own_tools(command: str, tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command, "kept"]) == 1
    said = capsys.readouterr().err
    assert tool in said
    assert connection.settings_dict["NAME"] in said
