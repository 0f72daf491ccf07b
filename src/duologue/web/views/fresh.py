"""What does an open list show by now? The rows that an open page names, and the session on stage."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duologue.bookings.queries import PEOPLE, visible_to
from duologue.core.errors import NotFound
from duologue.web.rows import rows_of
from duologue.web.viewer import viewer_of
from duologue.web.views.sessions import next_context

MOST = 100
STAGE = "stage"


@never_cache
@login_required
@require_safe
def fresh(request: HttpRequest) -> HttpResponse:
    """Each named session of one's own as its row stands now, whichever tab it would be under by now."""
    viewer = viewer_of(request)
    if viewer.user is None:
        raise NotFound("Nobody is signed in.")
    named = request.GET.getlist("part")[:MOST]
    found = visible_to(viewer.user).filter(pk__in=_ids(named)).select_related(*PEOPLE)
    mine = [one for one in found if one.party_of(viewer.user.pk) is not None]
    context = {"rows": rows_of(mine, viewer), "tab": "upcoming", "is_tracked": True}
    if STAGE in named:
        context |= {"with_stage": True, **next_context(viewer)}
    return render(request, "sessions/_fresh.html", context)


def _ids(named: list[str]) -> list[UUID]:
    ids = []
    for text in named:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids
