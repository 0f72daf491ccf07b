"""Which pages can a person reach, and in which states? A new one belongs here, or among NO_PAGES."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.test import Client, override_settings
from django.utils import translation
from playwright.sync_api import Page, expect

from duologue.web.views.errors import broken


@dataclass(frozen=True, slots=True)
class Look:
    """One page in one state: who looks, at which address, and what they do there first.

    Names in braces are places of the world.
    """

    who: str
    address: str
    then: Callable[[Page], None] | None = None


def press(what: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        page.locator(what).locator("visible=true").first.click()

    return do


def ask_in_dialog(opener: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        page.locator(opener).locator("visible=true").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return do


def send_empty(page: Page) -> None:
    """Send the page's form as it is, so that it comes back with what is wrong."""
    with page.expect_navigation():
        page.evaluate("document.querySelector('main form[method=post]').submit()")


def ask_for_code(page: Page) -> None:
    page.locator("main input[name=email]").fill("somebody@people.example")
    with page.expect_navigation():
        page.locator("main input[name=email]").press("Enter")


def lose_the_slot(page: Page) -> None:
    """Send a time that nobody can have."""
    with page.expect_navigation():
        page.evaluate("""() => {
          const form = document.querySelector("form[action='/book']");
          form.at.value = form.at.value.replace(/T\\d\\d/, "T03");
          form.submit();
        }""")


def be_foreign(page: Page) -> None:
    """Send a form without the token that shows it was ours."""
    with page.expect_navigation():
        page.evaluate("""() => {
          const form = document.querySelector("main form[method=post]");
          form.csrfmiddlewaretoken.value = "nobody's";
          form.submit();
        }""")


def be_broken(page: Page) -> None:
    """What stands there when the product fails: its own page, made here, for no address fails on purpose."""
    client = Client()
    for cookie in page.context.cookies():
        client.cookies[cookie["name"]] = cookie["value"]
    request = client.get("/nothing-here").wsgi_request
    # Its styles are named as the server names them.
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "duologue.web.assets.Assets"}}
    language = page.evaluate("document.documentElement.lang")
    with override_settings(STORAGES=storages), translation.override(language):
        body = broken(request).content
    page.route(page.url, lambda route: route.fulfill(status=500, content_type="text/html", body=body))
    page.reload()
    page.unroute(page.url)


def be_a_letter(page: Page) -> None:
    """The letter alone: where it is shown, no script may run, not even the one that looks at it."""
    letter = page.request.get(page.url).text()
    page.goto("about:blank")
    page.set_content(letter)


LOOKS = [
    # For everybody
    Look("nobody", "/"),
    Look("nobody", "/?q=zzzz"),
    Look("nobody", "/h/{slug}"),
    Look("nobody", "/h/{slug}?at={free}"),
    Look("nobody", "/h/{slug}?at={free}", lose_the_slot),
    Look("nobody", "/h/{slug}/reviews"),
    Look("nobody", "/test-video"),
    Look("nobody", "/time-zone"),
    Look("nobody", "/nothing-here"),
    Look("nobody", "/nothing-here", be_broken),
    Look("host", "/nothing-here", be_broken),
    Look("nobody", "/mail-choices/{choices}"),
    Look("nobody", "/mail-choices/nonsense"),
    Look("nobody", "/api/docs"),
    # Coming in
    Look("nobody", "/sign-in"),
    Look("nobody", "/sign-in", be_foreign),
    Look("nobody", "/sign-in", ask_for_code),
    Look("nobody", "/sign-in?way=password"),
    Look("nobody", "/sign-in?way=password", send_empty),
    Look("nobody", "/sign-up"),
    Look("nobody", "/sign-up", send_empty),
    Look("newcomer", "/sign-out"),
    Look("newcomer", "/become-a-host"),
    Look("newcomer", "/sessions"),
    Look("newcomer", "/sessions?tab=past"),
    # Booking
    Look("attendee", "/bookings/{held}/details"),
    Look("attendee", "/bookings/{held}/details?payment=declined"),
    Look("attendee", "/bookings/{over}/details"),
    Look("attendee", "/bookings/{doubted}/paid?attempt={doubtful}"),
    Look("attendee", "/sandbox/checkout/{checkout}"),
    Look("attendee", "/sandbox/checkout/{checkout}?declined"),
    Look("attendee", "/sessions/{ahead}/confirmed"),
    Look("attendee", "/receipts/{receipt}"),
    # One's sessions
    Look("attendee", "/sessions"),
    Look("attendee", "/sessions", press("summary .portrait")),
    Look("attendee", "/sessions", ask_in_dialog("[id^=session-] a[href$='/cancel']")),
    Look("attendee", "/sessions?tab=past"),
    Look("attendee", "/sessions?q=zzzz"),
    Look("attendee", "/sessions?status=pending_payment&from=nonsense"),
    Look("host", "/sessions"),
    Look("host", "/sessions?tab=past"),
    Look("attendee", "/sessions/{soon}"),
    Look("host", "/sessions/{soon}"),
    Look("attendee", "/sessions/{ahead}"),
    Look("host", "/sessions/{ahead}"),
    Look("attendee", "/sessions/{roomless}"),
    Look("attendee", "/sessions/{held}"),
    Look("attendee", "/sessions/{over}"),
    Look("attendee", "/sessions/{cancelled}"),
    Look("attendee", "/sessions/{done}"),
    Look("attendee", "/sessions/{absent}"),
    Look("host", "/sessions/{hosted}"),
    Look("operator", "/sessions/{ahead}"),
    Look("attendee", "/sessions/{ahead}/cancel"),
    Look("attendee", "/sessions/{ahead}/move"),
    Look("attendee", "/sessions/{ahead}/move/confirm?at={free}"),
    Look("host", "/sessions/{ahead}/propose"),
    Look("host", "/sessions/{ahead}/propose?at={free}"),
    Look("host", "/sessions/{hosted}/next"),
    Look("host", "/sessions/{hosted}/next?at={free}"),
    Look("host", "/sessions/{following}"),
    Look("nobody", "/pay/{pay}"),
    Look("host", "/sessions/{moving}"),
    Look("attendee", "/sessions/{moving}"),
    Look("attendee", "/sessions/{moving}/proposals/{proposal}?at={free}"),
    Look("host", "/sessions/{soon}/cannot-come"),
    Look("attendee", "/sessions/{done}/review"),
    Look("host", "/reviews/{said}/report"),
    # The call
    Look("nobody", "/j/{token}"),
    Look("nobody", "/j/{host_token}"),
    Look("nobody", "/j/nonsense"),
    Look("attendee", "/video-call/{soon}"),
    Look("attendee", "/video-call/{ahead}"),
    Look("attendee", "/video-call/{cancelled}"),
    Look("attendee", "/video-call/{done}"),
    # One's own settings
    Look("attendee", "/profile"),
    Look("attendee", "/profile/password"),
    Look("host", "/hosting"),
    Look("waiting", "/hosting"),
    Look("host", "/availability"),
    Look("host", "/availability/special-days"),
    Look("host", "/availability/blocked-times"),
    Look("host", "/availability/calendars"),
    Look("host", "/availability/calendars/{calendar}/remove"),
    Look("host", "/connections"),
    Look("host", "/connections/link"),
    Look("host", "/connections/zoom/disconnect"),
    Look("host", "/offers"),
    Look("host", "/offers/new"),
    Look("host", "/offers/new", send_empty),
    Look("host", "/offers/{offer}"),
    # Operators
    Look("operator", "/ops"),
    Look("operator", "/ops/hosts"),
    Look("operator", "/ops/jobs"),
    Look("operator", "/ops/mail"),
    Look("operator", "/ops/mail/{mail}"),
    Look("operator", "/ops/mail/{mail}/html", be_a_letter),
    Look("operator", "/ops/connections"),
    Look("operator", "/ops/links"),
    Look("operator", "/ops/refunds"),
    Look("operator", "/ops/reviews"),
    Look("operator", "/ops/cancellers"),
    # Development
    Look("nobody", "/mail"),
    Look("nobody", "/mail/{mail}"),
    Look("nobody", "/clock"),
    Look("nobody", "/styleguide"),
]

NO_PAGES = {
    "account_login": "another name of sign-in",
    "sign-up": "account_signup is another name of it, and that is looked at",
    "sign-in-code": "looked at on the way from sign-in",
    "language": "answers a GET by leading on",
    "connect-callback": "leads on to the connections",
    "finish": "leads on to the payment or the confirmation",
    "api": "leads on to api-docs",
    "photo": "a picture",
    "feed": "a calendar file",
    "calendar-file": "a calendar file",
    "inbox-invite": "a calendar file",
    "ops-evidence": "a file for disputes",
    "inbox-html": "the same letter as ops-mail-html",
    "api-openapi": "for programs",
    "call-admission": "for the page's script",
    "call-asks": "part of the call, asked for by its script",
    "test-video-servers": "for the page's script",
    "test-video-packet": "for the page's script",
    "fresh-sessions": "parts of pages, asked for by their script",
    "ops-disconnect": "needs an account that serves everybody; the same parts as disconnect",
}
