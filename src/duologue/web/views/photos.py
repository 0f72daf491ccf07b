"""Where do photos come from? From the uploads folder, as what they are, and nothing else from there."""

from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from PIL import UnidentifiedImageError

from duologue.accounts.photos import SMALL_SIDES, small

KINDS = {".jpg": "image/jpeg", ".png": "image/png"}
# Every new photo has a new name, so what a name shows never changes.
_FOREVER = "public, max-age=31536000, immutable"


@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """The portrait as it is kept; with `?side=` a smaller one, where pages show it so."""
    kind = KINDS.get(PurePosixPath(name).suffix)
    path = f"photos/{name}"
    if kind is None or not default_storage.exists(path):
        raise Http404
    response = _small(path, request.GET.get("side", ""))
    if response is None:
        response = FileResponse(default_storage.open(path), content_type=kind)
    response["Cache-Control"] = _FOREVER
    return response


def _small(path: str, side: str) -> HttpResponseBase | None:
    if side not in {str(one) for one in SMALL_SIDES}:
        return None
    try:
        return HttpResponse(small(path, int(side)), content_type="image/webp")
    except (UnidentifiedImageError, OSError):
        return None
