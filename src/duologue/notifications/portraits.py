"""What picture of a person travels in a mail? A small PNG, at twice the size it is shown in."""

from io import BytesIO

from django.core.files.storage import default_storage
from PIL import Image, ImageOps, UnidentifiedImageError

SHOWN = 72
FIELDS = ("#d5e8c6", "#e3d2de", "#efe0b9", "#cfe3ec", "#e9cfc3")
"""The colours behind initials; a person's own is picked by `portrait_field`."""


def png(photo: str) -> bytes:
    """The stored photo as a square PNG; empty when there is none that can be read."""
    if not photo:
        return b""
    try:
        with default_storage.open(photo) as stored, Image.open(stored) as picture:
            square = ImageOps.fit(picture.convert("RGB"), (2 * SHOWN, 2 * SHOWN), Image.Resampling.LANCZOS)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return b""
    out = BytesIO()
    square.save(out, "PNG", optimize=True)
    return out.getvalue()
