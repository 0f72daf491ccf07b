"""What do people say of each other, what was reported, and what shall not stand there?"""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from duologue.accounts.models import User
from duologue.core.errors import Refused
from duologue.ops.entry import for_operators, page, viewer_of
from duologue.reviews.models import Moderation, Part, Report, Review
from duologue.reviews.queries import PEOPLE
from duologue.usecases import moderate_review

A_PAGE = 20
_OPEN = Report.objects.filter(review=OuterRef("pk"), settled_at=None)
_HIDDEN = Q(hidden_at__isnull=False) | Q(reply_hidden_at__isnull=False)
_LISTS: dict[str, Callable[[QuerySet[Review]], QuerySet[Review]]] = {
    "reported": lambda reviews: reviews.filter(Exists(_OPEN)),
    "newest": lambda reviews: reviews,
    "notes": lambda reviews: reviews.exclude(private_note=""),
    "hidden": lambda reviews: reviews.filter(_HIDDEN),
}
_NAMES = {
    "reported": pgettext_lazy("reviews", "Reported"),
    "newest": pgettext_lazy("reviews", "Newest"),
    "notes": pgettext_lazy("reviews", "With a note"),
    "hidden": pgettext_lazy("reviews", "Hidden"),
}


def count_reported() -> int:
    """How many reviews wait for an operator's look."""
    return _LISTS["reported"](Review.objects.all()).count()


@require_safe
@for_operators
def reviews(request: HttpRequest) -> HttpResponse:
    shown = request.GET.get("show", "")
    shown = shown if shown in _LISTS else "reported"
    found = _LISTS[shown](Review.objects.all()).order_by("-written_at", "-pk")
    found = found.select_related(*PEOPLE).prefetch_related(
        Prefetch("reports", Report.objects.select_related("by")),
        Prefetch("moderations", Moderation.objects.select_related("operator")),
    )
    return page(
        request,
        "ops/reviews.html",
        shown=shown,
        segments=[(key, _NAMES[key], narrow(Review.objects.all()).count()) for key, narrow in _LISTS.items()],
        reviews=Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        now=viewer_of(request).now,
    )


@require_POST
@for_operators
def hide(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """With a reason, which the writer reads."""
    review, part = _review(review_id), _part(request)
    reason = request.POST.get("reason", "")
    try:
        done = moderate_review.hide(
            review, part, reason, operator=_operator(request), now=viewer_of(request).now
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _back(request)
    _say(request, done, _("It is hidden. We told the writer why."))
    return _back(request)


@require_POST
@for_operators
def show_again(request: HttpRequest, review_id: UUID) -> HttpResponse:
    done = moderate_review.show_again(
        _review(review_id), _part(request), operator=_operator(request), now=viewer_of(request).now
    )
    _say(request, done, _("It is shown again. We told the writer."))
    return _back(request)


@require_POST
@for_operators
def keep(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """What was reported about it is settled; it stays."""
    done = moderate_review.keep(_review(review_id), now=viewer_of(request).now)
    _say(request, bool(done), _("It stays."))
    return _back(request)


def _review(review_id: UUID) -> Review:
    return get_object_or_404(Review, pk=review_id)


def _part(request: HttpRequest) -> Part:
    return Part.REPLY if request.POST.get("part") == Part.REPLY.value else Part.REVIEW


def _operator(request: HttpRequest) -> User:
    user = viewer_of(request).user
    if user is None:
        msg = "Only operators come here."
        raise RuntimeError(msg)
    return user


def _say(request: HttpRequest, done: bool, words: str) -> None:
    if done:
        messages.success(request, words, extra_tags="toast")
    else:
        messages.info(request, _("Somebody was quicker. This is what stands."))


def _back(request: HttpRequest) -> HttpResponse:
    """To the list the button stood in."""
    shown = request.POST.get("show", "")
    return redirect(f"/ops/reviews?show={shown}" if shown in _LISTS else "/ops/reviews")
