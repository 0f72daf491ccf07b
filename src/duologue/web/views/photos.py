"""Where do photos come from? From the uploads folder, as what they are, and nothing else from there."""

from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

KINDS = {".jpg": "image/jpeg", ".png": "image/png"}
# Every new photo has a new name, so what a name shows never changes.
_FOREVER = "public, max-age=31536000, immutable"


@require_safe
def photo(request: HttpRequest, name: str) -> FileResponse:
    kind = KINDS.get(PurePosixPath(name).suffix)
    path = f"photos/{name}"
    if kind is None or not default_storage.exists(path):
        raise Http404
    response = FileResponse(default_storage.open(path), content_type=kind)
    response["Cache-Control"] = _FOREVER
    return response
