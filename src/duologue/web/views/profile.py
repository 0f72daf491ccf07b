"""What does a person tell about themself? Name, photo, zone, language, password."""

from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from duologue.accounts import codes
from duologue.accounts.models import MailedCode, User
from duologue.accounts.photos import LARGEST_FILE
from duologue.accounts.throttle import client_address
from duologue.core.errors import Refused
from duologue.usecases import calendar_feed
from duologue.usecases.mail_code import mail_code
from duologue.usecases.save_profile import Profile, save_profile
from duologue.usecases.set_password import set_password
from duologue.web import speaking
from duologue.web.form_errors import tell
from duologue.web.forms_people import ChangePasswordForm, NewPasswordForm, ProfileForm
from duologue.web.gates import for_people
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.views.mail_choices import form_of
from duologue.web.views.people import PROVED_AT
from duologue.web.ways import code_page, next_of

METHODS = ["GET", "HEAD", "POST"]
HERE = "/profile"


def _user(viewer: Viewer) -> User:
    if viewer.user is None:
        msg = "This page is for people who are signed in."
        raise RuntimeError(msg)
    return viewer.user


@never_cache
@require_http_methods(METHODS)
@for_people
def profile(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    user = _user(viewer)
    initial = {"name": user.name, "time_zone": viewer.zone_name, "language": user.language}
    form = ProfileForm(
        request.POST or None,
        request.FILES or None,
        initial=initial,
        now=viewer.now,
        has_photo=bool(user.photo),
    )
    if request.method == "POST" and form.is_valid():
        try:
            save_profile(user, _told(request, form, user), now=viewer.now)
        except Refused as refusal:
            # What was refused is not on the page's portrait either.
            user.refresh_from_db()
            tell(form, refusal)
        else:
            return _saved(request, user)
    context = {
        "form": form,
        "next": next_of(request, ""),
        "mails": form_of(user.email),
        "feed_address": calendar_feed.address_of(user),
    }
    return render(request, "people/profile.html", context, status=422 if form.errors else 200)


def _told(request: HttpRequest, form: ProfileForm, user: User) -> Profile:
    given = form.cleaned_data
    upload = given["photo"]
    return Profile(
        name=given["name"],
        time_zone=given["time_zone"],
        language=given.get("language") or user.language,
        # One byte more than allowed is enough to refuse it, however long it is.
        photo=upload.read(LARGEST_FILE + 1) if upload else None,
        remove_photo=given.get("remove_photo", False),
    )


def _saved(request: HttpRequest, user: User) -> HttpResponse:
    messages.success(request, _("Profile saved."), extra_tags="toast")
    response = redirect(next_of(request, HERE))
    speaking.remember(response, user.language)
    return response


@never_cache
@sensitive_post_parameters("password", "new_password")
@require_http_methods(METHODS)
@for_people
def password(request: HttpRequest) -> HttpResponse:
    """Set, change or take away; asks for the present one unless a code was typed in a moment ago."""
    viewer = viewer_of(request)
    user = _user(viewer)
    if request.method == "POST" and "code" in request.POST:
        return _prove_again(request, user)
    must_know = user.has_usable_password() and not _proved_just_now(request, viewer.now)
    form = (ChangePasswordForm if must_know else NewPasswordForm)(request.POST or None)
    if request.method == "POST" and form.is_valid() and (not must_know or _knows(request, user, form)):
        try:
            set_password(user, form.cleaned_data["new_password"], now=viewer.now)
        except Refused as refusal:
            tell(form, refusal)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Password saved. Everywhere else you are signed out."))
            return redirect("profile")
    context = {"form": form, "must_know": must_know}
    return render(request, "people/password.html", context, status=422 if form.errors else 200)


def _proved_just_now(request: HttpRequest, now: datetime) -> bool:
    try:
        proved_at = datetime.fromisoformat(request.session.get(PROVED_AT, ""))
    except ValueError:
        return False
    return timedelta() <= now - proved_at < codes.LIFETIME


def _knows(request: HttpRequest, user: User, form: NewPasswordForm) -> bool:
    try:
        found = get_adapter().authenticate(request, email=user.email, password=form.cleaned_data["password"])
    except ValidationError:
        form.add_error("password", _("That were many attempts. Wait five minutes, or use a mailed code."))
        return False
    if found is None or found.pk != user.pk:
        form.add_error("password", _("That is not your present password."))
        return False
    return True


def _prove_again(request: HttpRequest, user: User) -> HttpResponse:
    """Forgotten: the code page leads back here, and then the present password is not asked for."""
    viewer = viewer_of(request)
    try:
        code = mail_code(
            user.email,
            purpose=MailedCode.Purpose.SIGN_IN,
            browser=viewer.browser,
            network=client_address(request),
            now=viewer.now,
        )
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("password")
    return redirect(code_page(code, f"{HERE}/password"))
