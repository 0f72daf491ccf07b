"""How does somebody come in, and go? By mailed code or password; making an account is part of it."""

from dataclasses import asdict
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from duologue.accounts import browsers, codes
from duologue.accounts.models import MailedCode, User, normal_email
from duologue.accounts.throttle import client_address
from duologue.core.errors import Refused
from duologue.usecases.claim_bookings import claim_bookings
from duologue.usecases.mail_code import mail_code
from duologue.usecases.prove_address import Newcomer, prove_address
from duologue.usecases.sign_up import Application, sign_up
from duologue.web import speaking
from duologue.web.form_errors import tell
from duologue.web.forms_people import CodeForm, PasswordSignInForm, SignInForm, SignUpForm
from duologue.web.viewer import Viewer, viewer_of
from duologue.web.ways import HOME, code_page, next_of, sign_in_page

PROVED_AT = "proved_at"
"""In the session: when a code last showed that this is really them."""
_NEWCOMER = "newcomer"
METHODS = ["GET", "HEAD", "POST"]


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(METHODS)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for an address and mail it a code; `?way=password` asks for the password instead."""
    following = next_of(request)
    if viewer_of(request).user is not None:
        return redirect(following)
    by_password = request.GET.get("way") == "password"
    form_class = PasswordSignInForm if by_password else SignInForm
    is_sent = request.method == "POST" and "other_way" not in request.POST
    form = form_class(request.POST if is_sent else None, initial={"email": _typed_email(request)})
    if is_sent and form.is_valid():
        answer = _by_password(request, form, following) if by_password else _by_code(request, form, following)
        if answer is not None:
            return answer
    context = {"form": form, "next": following, "by_password": by_password}
    return render(request, "people/sign_in.html", context, status=422 if form.errors else 200)


def _typed_email(request: HttpRequest) -> str:
    """What another form or the other way of signing in was given already."""
    return (request.POST.get("email") or request.GET.get("email", ""))[:254]


def _by_code(request: HttpRequest, form: SignInForm, following: str) -> HttpResponse | None:
    try:
        return redirect(code_page(_mail(request, form.cleaned_data["email"]), following))
    except Refused as refusal:
        tell(form, refusal)
        return None


def _mail(request: HttpRequest, email: str) -> MailedCode:
    viewer = viewer_of(request)
    return mail_code(
        email,
        purpose=MailedCode.Purpose.SIGN_IN,
        browser=viewer.browser,
        network=client_address(request),
        language=viewer.language,
        now=viewer.now,
    )


def _by_password(request: HttpRequest, form: SignInForm, following: str) -> HttpResponse | None:
    given = form.cleaned_data
    try:
        user = get_adapter().authenticate(
            request, email=normal_email(given["email"]), password=given["password"]
        )
    except ValidationError:
        form.add_error(None, _("That were many attempts. Sign in by a mailed code, or wait five minutes."))
        return None
    if not isinstance(user, User) or not user.is_active:
        form.add_error(None, _("The e-mail or the password is not right."))
        return None
    if user.email_proved_at is None:
        # Whoever set this password may not be who reads the mail.
        return _by_code(request, form, following)
    claim_bookings(user, now=viewer_of(request).now)
    return _come_in(request, user, following)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(METHODS)
def make_account(request: HttpRequest) -> HttpResponse:
    """Name, address, perhaps a password; then the code."""
    viewer, following = viewer_of(request), next_of(request)
    if viewer.user is not None:
        return redirect(following)
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = Application(**form.cleaned_data, time_zone=viewer.zone_name, language=viewer.language)
        try:
            code, newcomer = sign_up(
                wanted, browser=viewer.browser, network=client_address(request), now=viewer.now
            )
        except Refused as refusal:
            tell(form, refusal)
        else:
            request.session[_NEWCOMER] = {"code": str(code.pk), **asdict(newcomer)}
            return redirect(code_page(code, following))
    context = {"form": form, "next": following}
    return render(request, "people/sign_up.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(METHODS)
def type_code(request: HttpRequest) -> HttpResponse:
    """The six digits. Right ones sign in, whatever page asked for them."""
    viewer, following = viewer_of(request), next_of(request)
    asked = request.POST.get("code_id") or request.GET.get("code", "")
    code = codes.find(asked, purpose=MailedCode.Purpose.SIGN_IN, browser=viewer.known_browser)
    if code is None:
        messages.warning(request, _("A code works only in the browser that asked for it. Ask for one here."))
        return redirect(sign_in_page(following))
    if code.used_at is not None and viewer.user is not None:
        # The button was pressed twice, or the page opened again by the browser's Back.
        return redirect(following)
    if request.method == "POST" and "again" in request.POST:
        return _send_again(request, code, following)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        newcomer = _newcomer(request, code)
        try:
            user = prove_address(
                code.pk,
                form.cleaned_data["code"],
                browser=viewer.browser,
                newcomer=newcomer or Newcomer(language=viewer.language),
                now=viewer.now,
            )
        except Refused as refusal:
            form.add_error("code", refusal.message)
        else:
            request.session.pop(_NEWCOMER, None)
            return _proved(request, user, following, had_newcomer=newcomer is not None)
    context = {"form": form, "code": code, "next": following, "is_over": _is_over(code, viewer)}
    return render(request, "people/code.html", context, status=422 if form.errors else 200)


def _is_over(code: MailedCode, viewer: Viewer) -> bool:
    return code.used_at is not None or code.expires_at <= viewer.now or code.attempts >= codes.MOST_ATTEMPTS


def _send_again(request: HttpRequest, code: MailedCode, following: str) -> HttpResponse:
    try:
        fresh = _mail(request, code.email)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(code_page(code, following))
    waiting = request.session.get(_NEWCOMER)
    if waiting is not None and waiting["code"] == str(code.pk):
        request.session[_NEWCOMER] = {**waiting, "code": str(fresh.pk)}
    messages.info(request, _("A new code is on its way. The one before does not work any more."))
    return redirect(code_page(fresh, following))


def _newcomer(request: HttpRequest, code: MailedCode) -> Newcomer | None:
    """What was told at sign-up in this browser, if this very code belongs to it."""
    waiting: dict[str, Any] | None = request.session.get(_NEWCOMER)
    if waiting is None or waiting["code"] != str(code.pk):
        return None
    return Newcomer(**{name: value for name, value in waiting.items() if name != "code"})


def _proved(request: HttpRequest, user: User, following: str, *, had_newcomer: bool) -> HttpResponse:
    viewer = viewer_of(request)
    is_new = user.email_proved_at == viewer.now
    if had_newcomer and not is_new:
        messages.info(
            request,
            _("You had an account with this address already, and this is it. Its password stays as it was."),
        )
    if not user.name and following == HOME:
        following = f"/profile?next={HOME}"
    response = _come_in(request, user, following)
    if request.user.is_authenticated:
        request.session[PROVED_AT] = viewer.now.isoformat()
    return response


def _come_in(request: HttpRequest, user: User, following: str) -> HttpResponse:
    """Sign in by allauth's stages; the session gets a new key."""
    response: HttpResponse = perform_login(request, user, redirect_url=following)
    if request.user.is_authenticated:
        viewer = viewer_of(request)
        browsers.remember(user, viewer.browser, now=viewer.now)
        speaking.come_in(request, response, user)
    return response


@require_http_methods(METHODS)
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """By POST only, so that no link or picture signs anybody out."""
    if request.method == "POST":
        logout(request)
        return redirect("/")
    return render(request, "people/sign_out.html")
