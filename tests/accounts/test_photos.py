"""How much memory may a picture take, whatever its file says, and however many come at once?"""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from duologue.accounts import photos
from duologue.core.errors import Invalid
from tests.conftest import SURROUNDINGS

MOST_MEGABYTES = 220
MEASURE = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
import django
django.setup()
from PIL import Image
from duologue.accounts.photos import portrait
Image.init()
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with ThreadPoolExecutor(4) as four:
    assert all(four.map(portrait, [data] * 4))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def picture(pixels: int, kind: str, **options: object) -> bytes:
    """A file of that many pixels, which packs well."""
    side = int(pixels**0.5)
    out = BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("pixels", "kind", "options"),
    [
        (photos.MOST_PIXELS, "PNG", {"compress_level": 1}),
        (photos.MOST_PIXELS, "GIF", {}),
        (photos.MOST_PIXELS_WEBP, "WEBP", {"method": 0}),
        (photos.MOST_PIXELS_PROGRESSIVE, "JPEG", {"progressive": True, "subsampling": 0, "quality": 30}),
    ],
    ids=["png", "gif", "webp", "progressive"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="counts kilobytes as Linux does")
def test_the_largest_pictures_four_at_once_stay_small(pixels: int, kind: str, options: dict[str, object]):
    data = picture(pixels, kind, **options)
    source = str(Path(photos.__file__).parents[2])
    told = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=data,
        env={**os.environ, **SURROUNDINGS, "PYTHONPATH": source},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert int(told.stdout) < MOST_MEGABYTES


@pytest.mark.parametrize(
    ("pixels", "kind", "options"),
    [
        (photos.MOST_PIXELS_WEBP * 1.1, "WEBP", {"method": 0}),
        (photos.MOST_PIXELS_PROGRESSIVE * 1.1, "JPEG", {"progressive": True, "quality": 30}),
    ],
    ids=["webp", "progressive"],
)
def test_one_with_more_pixels_is_refused_by_its_head(pixels: int, kind: str, options: dict[str, object]):
    data = picture(pixels, kind, **options)
    # The rest is missing: had it been decoded, the words would be others.
    with pytest.raises(Invalid, match="too many pixels"):
        photos.portrait(data if kind == "WEBP" else data[:2000])


def test_a_picture_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "LONGEST_WAIT", 0.01)
    with photos._decoding, pytest.raises(Invalid, match="Try again in a minute"):
        photos.portrait(picture(1000, "PNG"))
    assert photos.portrait(picture(1000, "PNG"))
