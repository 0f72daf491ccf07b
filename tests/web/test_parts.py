"""Do the parts draw what pages ask of them, escape what people typed, and stay in step with their sources?"""

import json
import re
import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from PIL import Image

from duologue.bookings.states import Status
from duologue.web.assets import Assets
from duologue.web.distance import distance
from duologue.web.forms import CodeInput, DateInput, Switch, TimeInput
from duologue.web.templatetags.parts import BADGES
from duologue.web.views.styleguide import SAMPLES, styleguide

WEB = Path(__file__).parents[2] / "src" / "duologue" / "web"
STYLES = sorted((WEB / "static" / "css").glob("*.css"))
SCRIPTS = sorted((WEB / "static" / "js").glob("*.js"))
NOW = datetime(2026, 10, 22, 7, 18, tzinfo=UTC)


@dataclass
class Person:
    name: str = "Amara Obi"
    photo_url: str = ""
    initials: str = "AO"
    portrait_field: int = 3


def draw(source: str, **context: object) -> str:
    return Template("{% load parts %}" + source).render(Context(context))


def test_an_icon_is_hidden_from_screen_readers_and_takes_the_sprite():
    drawn = draw('{% icon "video" "s16" %}')
    assert drawn.startswith('<svg class="icon s16" aria-hidden="true"')
    assert '<use href="/static/icons.svg#video"/>' in drawn


def test_a_person_without_a_picture_shows_initials_on_their_field():
    drawn = draw("{% portrait person 72 %}", person=Person())
    assert "p72" in drawn
    assert "f3" in drawn
    assert ">AO<" in drawn


def test_who_has_told_no_name_yet_is_drawn_as_somebody():
    drawn = draw("{% portrait person %}", person=Person(name="", initials=""))
    assert "#user" in drawn
    assert "initials" not in drawn


def test_initials_and_addresses_are_escaped():
    assert "<b>" not in draw("{% portrait person %}", person=Person(initials="<b>"))
    assert "<script>" not in draw("{% portrait person %}", person=Person(photo_url='/x"><script>.png'))


def test_only_drawings_are_turned():
    drawing = draw('{% portrait person 72 "left" %}', person=Person(photo_url="/static/x.svg"))
    photo = draw('{% portrait person 72 "left" %}', person=Person(photo_url="/media/x.webp"))
    assert 'class="drawn"' in drawing
    assert "drawn" not in photo


def test_a_portrait_asks_for_no_more_pixels_than_it_shows():
    photo = Person(photo_url="/media/photos/x.jpg")
    row = draw("{% portrait person 56 %}", person=photo)
    assert 'src="/media/photos/x.jpg?side=64" srcset="/media/photos/x.jpg?side=128 2x"' in row
    assert 'loading="lazy"' in row
    stage = draw("{% portrait person 188 %}", person=photo)
    assert 'src="/media/photos/x.jpg?side=256" srcset="/media/photos/x.jpg 2x"' in stage
    assert "lazy" not in stage


def test_nobody_is_a_dashed_half():
    assert "absent" in draw("{% portrait person %}", person=None)


def test_where_many_faces_stand_they_are_part_of_the_page(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (432, 432), "#d5e8c6").save(tmp_path / "photos" / "here.jpg")
    (tmp_path / "photos" / "broken.jpg").write_text("no picture")
    row = draw("{% portrait person is_here=True %}", person=Person(photo_url="/media/photos/here.jpg"))
    data = re.search(r'<img src="data:image/webp;base64,([^"]+)" alt="" width="56"', row)
    assert data
    with Image.open(BytesIO(b64decode(data[1]))) as picture:
        assert picture.size == (80, 80)
    for name in ("gone", "broken"):
        photo = Person(photo_url=f"/media/photos/{name}.jpg")
        assert f'src="/media/photos/{name}.jpg?side=64"' in draw(
            "{% portrait person is_here=True %}", person=photo
        )
    elsewhere = Person(photo_url="/static/x.svg")
    assert 'src="/static/x.svg"' in draw("{% portrait person is_here=True %}", person=elsewhere)


def test_a_pair_has_one_label_and_its_portraits_none():
    drawn = draw(
        '{% pair me other gap="days" value="4" label=words %}', me=Person(), other=None, words="You, <i>"
    )
    assert drawn.count("aria-label") == 1
    assert "You, &lt;i&gt;" in drawn
    assert drawn.count('aria-hidden="true"') == 2
    assert 'class="pair days"' in drawn


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_badge_with_icon_and_word(status: Status):
    drawn = draw("{% badge status %}", status=status)
    assert "<svg" in drawn
    assert str(BADGES[status][2]) in drawn


def test_every_badge_draws_an_icon_that_exists():
    names = {path.stem for path in (WEB / "icons").glob("*.svg")}
    assert {symbol for _, symbol, _ in BADGES.values()} <= names


@pytest.mark.parametrize(
    ("left", "gap", "value", "after"),
    [
        (timedelta(days=4, hours=3), "days", "4", "days"),
        (timedelta(days=1), "days", "1", "day"),
        (timedelta(hours=23, minutes=59), "hours", "23", "hours"),
        (timedelta(hours=5), "hours", "5", "hours"),
        (timedelta(hours=1, minutes=50), "hours", "1 h", "50 min"),
        (timedelta(hours=1), "hours", "1", "hour"),
        (timedelta(minutes=59, seconds=1), "hours", "1", "hour"),
        (timedelta(minutes=40), "minutes", "40", "min"),
        (timedelta(minutes=12), "door", "12", "min"),
        (timedelta(seconds=1), "door", "1", "min"),
        (timedelta(0), "touch", "", ""),
        (timedelta(minutes=-30), "touch", "", ""),
    ],
)
def test_the_space_says_how_far_away_it_is(left: timedelta, gap: str, value: str, after: str):
    apart = distance(NOW + left, NOW)
    assert (apart.gap, apart.value, apart.after) == (gap, value, after)


class Answers(forms.Form):
    name = forms.CharField(help_text="As people call you")
    note = forms.CharField(widget=forms.Textarea, required=False)
    day = forms.DateField(widget=DateInput)
    at = forms.TimeField(widget=TimeInput)
    way = forms.ChoiceField(choices=[("v", "Video"), ("s", "<Sound>")], widget=forms.RadioSelect)
    works = forms.BooleanField(widget=Switch, required=False)
    code = forms.CharField(widget=CodeInput)


def test_a_form_lists_its_errors_on_top_and_under_each_field():
    drawn = str(Answers({"name": "", "day": "soon", "at": "09:30", "way": "v", "code": "1"}))
    assert 'role="alert"' in drawn
    assert '<a href="#id_name">' in drawn
    assert 'id="id_name_error"' in drawn
    assert re.search(r'name="name"[^>]*aria-describedby="id_name_helptext id_name_error"', drawn)
    assert 'aria-invalid="true"' in drawn


def test_a_form_without_errors_has_no_summary_and_marks_what_is_optional():
    drawn = str(Answers())
    assert 'role="alert"' not in drawn
    assert drawn.count("(optional)") == 1
    assert 'type="date"' in drawn
    assert 'type="time"' in drawn
    assert 'role="switch"' in drawn
    assert 'autocomplete="one-time-code"' in drawn
    assert "&lt;Sound&gt;" in drawn
    assert drawn.count('type="radio"') == 2


def test_dates_and_times_keep_the_form_that_browsers_read():
    drawn = str(Answers(initial={"day": NOW.date(), "at": NOW.time()}))
    assert 'value="2026-10-22"' in drawn
    assert 'value="07:18"' in drawn


def request(page: str = "", theme: str = "") -> HttpRequest:
    made = RequestFactory().get("/styleguide", {"page": page})
    made.COOKIES["theme"] = theme
    return made


def shown(page: str = "", theme: str = "") -> str:
    answer: HttpResponse = styleguide(request(page, theme))
    assert answer.status_code == 200
    return answer.content.decode()


PAGES = ["", *json.loads(SAMPLES.read_text())["pages"]]


@pytest.mark.parametrize("page", PAGES)
def test_every_composition_keeps_to_the_content_policy(page: str):
    html = shown(page)
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)\s*=", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert "<h1" in html


@pytest.mark.parametrize("page", PAGES)
def test_every_composition_uses_icons_that_exist_and_ids_once(page: str):
    html = shown(page)
    names = {path.stem for path in (WEB / "icons").glob("*.svg")}
    assert set(re.findall(r"icons\.svg#([\w-]+)", html)) <= names
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("chosen", "said"), [("dark", True), ("light", True), ("", False), ('"><script>', False)]
)
def test_the_stored_theme_reaches_the_root(chosen: str, said: bool):
    root = re.search(r"<html[^>]*>", shown(theme=chosen))
    assert root
    assert (f'data-theme="{chosen}"' in root[0]) is said


def test_an_unknown_composition_shows_the_parts():
    assert "Parts and their states" in shown("../../etc/passwd")


def test_the_sprite_is_made_from_the_icons():
    script = Path(__file__).parents[2] / "scripts" / "build_sprite.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0


def test_the_styles_name_no_colour_twice():
    tokens = re.findall(
        r"light-dark\((#\w{6}), (#\w{6})\)", (WEB / "static" / "css" / "base.css").read_text()
    )
    assert len(tokens) > 30
    for path in STYLES:
        if path.name != "base.css":
            # On any theme the same: initials on a portrait field, words on a picture.
            alone = set(re.findall(r"#[0-9a-f]{3,6}\b", re.sub(r'url\("data:.*?"\)', "", path.read_text())))
            assert alone <= {
                "#fff",
                "#2a1826",
                "#d5e8c6",
                "#e3d2de",
                "#efe0b9",
                "#cfe3ec",
                "#e9cfc3",
                "#f6f2f4",
            }


def test_styles_and_scripts_stay_readable():
    for path in [*STYLES, *SCRIPTS]:
        assert len(path.read_text().splitlines()) <= 400, path.name


def test_collected_scripts_import_each_other_by_their_hashed_names(tmp_path: Path, settings):
    settings.STATIC_ROOT = tmp_path
    storage = Assets(location=tmp_path)
    paths = {}
    for path in (WEB / "static").rglob("*"):
        name = path.relative_to(WEB / "static").as_posix()
        if path.is_file() and not name.startswith("js/call"):
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            paths[name] = (storage, name)
    list(storage.post_process(paths))
    main = (tmp_path / storage.hashed_files["js/main.js"]).read_text()
    assert not re.search(r'import\("\./\w+\.js"\)', main)
    assert len(re.findall(r'import\("\./\w+\.[0-9a-f]{12}\.js"\)', main)) >= 10
    style = (tmp_path / storage.hashed_files["css/base.css"]).read_text()
    assert re.search(r"fonts/hanken-grotesk-latin\.[0-9a-f]{12}\.woff2", style)
    manifest = json.loads((tmp_path / storage.hashed_files["site.webmanifest"]).read_text())
    assert all(re.search(r"\.[0-9a-f]{12}\.", entry["src"]) for entry in manifest["icons"])
