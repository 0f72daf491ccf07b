"""How does an uploaded picture become a portrait? A clean square, with nothing left of what the file said."""

from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from duologue.core.errors import Invalid

SIDE = 432
LARGEST_FILE = 8 * 1024 * 1024
# Decoded, a pixel takes four bytes: one picture must not fill a process. A JPEG is read at a fraction.
MOST_PIXELS = 16_000_000
MOST_PIXELS_JPEG = 120_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
BEHIND = (239, 228, 236)
"""The colour that shows through transparent pictures."""


def portrait(data: bytes) -> bytes:
    """The picture as a square JPEG, upright, without any metadata; of an animation its first frame.

    Raises Invalid with what to do about it.
    """
    if len(data) > LARGEST_FILE:
        raise _refused(_("This file is larger than 8 MB. Choose a smaller picture."))
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
    is_jpeg = picture.format in {"JPEG", "MPO"}
    if picture.width * picture.height > (MOST_PIXELS_JPEG if is_jpeg else MOST_PIXELS):
        raise _too_many_pixels()
    if is_jpeg:
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
