"""What picture of a person travels in a mail? A small PNG, at twice the size it is shown in."""

from datetime import datetime
from functools import lru_cache
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
        return _square(photo, default_storage.get_modified_time(photo))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return b""


@lru_cache(maxsize=256)
def _square(photo: str, as_of: datetime) -> bytes:
    """Drawing it costs more than the whole rest of a mail, so the same file is drawn once."""
    with default_storage.open(photo) as stored, Image.open(stored) as picture:
        square = ImageOps.fit(picture.convert("RGB"), (2 * SHOWN, 2 * SHOWN), Image.Resampling.LANCZOS)
    out = BytesIO()
    square.save(out, "PNG", optimize=True)
    return out.getvalue()
