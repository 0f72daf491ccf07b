"""How does an uploaded picture become a portrait? A clean square, with nothing left of what the file said."""

from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from threading import Lock

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from duologue.core.errors import Invalid

SIDE = 432
SMALL_SIDES = (64, 128, 256)
"""Pixels of the smaller ones that pages ask for, where they show a portrait that small."""
_KEPT_SMALL = 1024
_SIDE_IN_PAGES, _QUALITY, _QUALITY_IN_PAGES = 80, 78, 62
LARGEST_FILE = 8 * 1024 * 1024
# One picture must not fill a process. Measured, with our own copies: 9 bytes a pixel, of a WebP 15, of a
# progressive JPEG 6. Other JPEGs are read at a fraction.
MOST_PIXELS = 16_000_000
MOST_PIXELS_WEBP = 10_000_000
MOST_PIXELS_PROGRESSIVE = 24_000_000
MOST_PIXELS_JPEG = 120_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
LONGEST_WAIT = 20
"""Seconds that a picture waits for those before it: a process decodes one at a time."""
BEHIND = (239, 228, 236)
"""The colour that shows through transparent pictures."""
_decoding = Lock()


def portrait(data: bytes) -> bytes:
    """The picture as a square JPEG, upright, without any metadata; of an animation its first frame.

    Raises Invalid with what to do about it.
    """
    if len(data) > LARGEST_FILE:
        raise _refused(_("This file is larger than 8 MB. Choose a smaller picture."))
    if not _decoding.acquire(timeout=LONGEST_WAIT):
        raise _refused(_("Many people change their pictures right now. Try again in a minute."))
    try:
        return _decoded(data)
    finally:
        _decoding.release()


def in_page(path: str) -> str:
    """A kept portrait as an address that is the picture itself: a list of many faces asks for none.

    Sharp enough where it is shown at most 56 px wide, and less than a kB.
    """
    data = small(path, _SIDE_IN_PAGES, quality=_QUALITY_IN_PAGES)
    return f"data:image/webp;base64,{b64encode(data).decode()}"


@lru_cache(maxsize=_KEPT_SMALL)
def small(path: str, side: int, *, quality: int = _QUALITY) -> bytes:
    """A kept portrait as a WebP of this side. Some hundred are remembered, a few kB each; none is a file.

    So nothing is left of a photo that was taken away.
    """
    with default_storage.open(path) as file, Image.open(file, formats=("JPEG", "PNG")) as picture:
        out = BytesIO()
        picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS).save(
            out, "WEBP", quality=quality
        )
    return out.getvalue()


def _decoded(data: bytes) -> bytes:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            return _square(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Invalid:
        raise
    # Pillow reports damaged files by nearly every kind of exception, struct.error and IndexError among them.
    except Exception as error:
        raise _refused(_("We cannot read this file. Choose a picture as JPEG, PNG, WebP or GIF.")) from error


def _square(picture: Image.Image) -> bytes:
    if picture.width * picture.height > _most_pixels(picture):
        raise _too_many_pixels()
    if _is_jpeg(picture):
        # The decoder itself makes it smaller, with less work and memory; never below twice our side.
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_many_pixels()
    upright = ImageOps.exif_transpose(_small(picture)).convert("RGBA")
    fitted = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    # Comments and profiles travel with an image; pixels pasted into a new one bring nothing along.
    clean = Image.new("RGB", (SIDE, SIDE), BEHIND)
    clean.paste(fitted, mask=fitted)
    out = BytesIO()
    clean.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def _is_jpeg(picture: Image.Image) -> bool:
    return picture.format in {"JPEG", "MPO"}


def _most_pixels(picture: Image.Image) -> int:
    """As its head says, before anything is decoded."""
    if _is_jpeg(picture):
        return MOST_PIXELS_PROGRESSIVE if "progressive" in picture.info else MOST_PIXELS_JPEG
    return MOST_PIXELS_WEBP if picture.format == "WEBP" else MOST_PIXELS


def _small(picture: Image.Image) -> Image.Image:
    """At most as large as the square needs: the shorter side decides."""
    if picture.mode not in {"RGB", "RGBA", "L"}:
        exif = picture.getexif()
        picture = picture.convert("RGBA")
        picture.info["exif"] = exif.tobytes()
    factor = min(picture.size) // (2 * SIDE)
    return picture.reduce(factor) if factor > 1 else picture


def _too_many_pixels() -> Invalid:
    return _refused(_("This picture has too many pixels. Make it smaller and choose it again."))


def _refused(words: str) -> Invalid:
    return Invalid(words, code="invalid_photo", field="photo")
