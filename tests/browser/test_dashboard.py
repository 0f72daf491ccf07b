"""Does an open list of sessions keep itself true, and does it serve keys, phones and no script at all?"""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db.models import F
from PIL import Image
from playwright.sync_api import Locator, Page, Response, expect

from duologue.accounts.models import Host, User
from duologue.bookings.models import Booking, RunningLate
from duologue.bookings.states import Status
from duologue.config import demo
from duologue.core import clock
from duologue.scheduling.models import EventType
from tests.browser.conftest import Launch, visitor
from tests.cast import make_booking, make_user
from tests.rooms import make_room

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MOST_REQUESTS, MOST_BYTES = 8, 40_000


# How many questions of the page are still on their way; while time goes by none sets out.
COUNTING = """
const real = window.fetch;
let gone = Promise.resolve();
window.onTheirWay = 0;
window.timeGoesBy = () => { gone = new Promise((resolve) => { window.timeHasGone = resolve; }); };
window.fetch = async (...all) => {
  await gone;
  window.onTheirWay += 1;
  const over = () => setTimeout(() => { window.onTheirWay -= 1; });
  try {
    const answer = await real(...all);
    answer.clone().text().finally(over);
    return answer;
  } catch (error) {
    over();
    throw error;
  }
};
"""


def pass_time(page: Page, booking: Booking, minutes: int) -> None:
    """So many minutes go by for both: the session comes nearer, the page's clock goes on.

    Not while the page waits for an answer: that one would speak of the time before.
    """
    page.evaluate("window.timeGoesBy()")
    while page.evaluate("window.onTheirWay"):
        page.wait_for_timeout(20)
    span = timedelta(minutes=minutes)
    times = ("starts_at", "ends_at", "blocked_from", "blocked_until")
    Booking.objects.filter(pk=booking.pk).update(**{name: F(name) - span for name in times})
    page.clock.run_for(minutes * 60_000)
    page.evaluate("window.timeHasGone()")


def with_clock(page: Page) -> Page:
    page.clock.install()
    page.add_init_script(COUNTING)
    return page


def width_of(page: Page, selector: str) -> float:
    """In one step, for a part may be put in another's place at any time."""
    width: float = page.evaluate("(it) => document.querySelector(it).getBoundingClientRect().width", selector)
    return width


def stage(page: Page) -> Locator:
    return page.get_by_role("region", name="Naoko Ishida")


def test_buttons_change_at_the_minute_without_reloading(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    booking = make_room(paid, attendee, begins_in=DAY + 2 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto("/sessions")
    page.evaluate("window.untouched = true")
    expect(stage(page).get_by_role("link", name="Cancel")).to_be_visible()
    pass_time(page, booking, 3)
    expect(stage(page).get_by_text("Too late to cancel")).to_be_visible()
    expect(stage(page).get_by_role("link", name="Cancel")).to_have_count(0)
    pass_time(page, booking, 23 * 60 + 45)
    expect(stage(page).get_by_role("button", name="Join call")).to_be_visible()
    pass_time(page, booking, 15)
    expect(stage(page).get_by_text("In progress")).to_be_visible()
    assert page.evaluate("window.untouched")


def test_a_row_under_the_stage_changes_too_and_ends_as_completed(
    live_server_url: str, launch: Launch, paid: EventType, free: EventType, attendee: User
) -> None:
    first = make_room(paid, attendee, begins_in=-50 * MINUTE)
    second = make_room(free, attendee, begins_in=16 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto("/sessions")
    row = page.locator(f"#session-{second.pk}")
    expect(row.get_by_role("button", name="Join call")).to_have_count(0)
    Booking.objects.filter(pk=first.pk).update(
        **{name: F(name) - 2 * MINUTE for name in ("starts_at", "blocked_from")}
    )
    pass_time(page, second, 2)
    expect(row.get_by_role("button", name="Join call")).to_be_visible()
    pass_time(page, second, 60 + 40)
    expect(row.get_by_role("button", name="Completed")).to_be_disabled()


def test_right_after_sleep_it_is_true_again(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    booking = make_room(paid, attendee, begins_in=5 * 60 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto("/sessions")
    span = timedelta(hours=5, minutes=10)
    times = ("starts_at", "ends_at", "blocked_from", "blocked_until")
    Booking.objects.filter(pk=booking.pk).update(**{name: F(name) - span for name in times})
    # The lid is opened: no timer has run, and the page is seen again.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(stage(page).get_by_text("In progress")).to_be_visible()
    expect(stage(page).get_by_role("button", name="Join call")).to_be_visible()


def test_offline_at_the_border_it_catches_up_when_the_network_is_back(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    booking = make_room(paid, attendee, begins_in=16 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto("/sessions")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.context.set_offline(True)
    pass_time(page, booking, 2)
    expect(stage(page).get_by_role("button", name="Join call")).to_have_count(0)
    page.context.set_offline(False)
    expect(stage(page).get_by_role("button", name="Join call")).to_be_visible()


def test_what_did_not_come_over_a_cut_network_comes_when_it_is_back(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    page = with_clock(visitor(launch(), live_server_url, attendee))
    booking = make_room(paid, attendee, begins_in=11 * MINUTE - timedelta(seconds=5))
    page.route(re.compile(r"/js/(fresh|clock)\."), lambda route: route.abort("internetdisconnected"))
    with page.expect_event("requestfailed", lambda request: "/js/fresh." in request.url):
        page.goto("/sessions")
        page.clock.run_for(6_000)
    pass_time(page, booking, 2)
    expect(page.locator("#stage .gap > b")).to_have_text("11")
    page.unroute(re.compile(r"/js/(fresh|clock)\."))
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.locator("#stage .gap > b")).to_have_text("9")


def test_what_comes_next_leaves_the_list_for_the_stage(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    first = make_room(paid, attendee, begins_in=30 * MINUTE)
    second = make_room(paid, attendee, begins_in=300 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto("/sessions")
    expect(page.locator(f"#session-{second.pk}")).to_be_visible()
    Booking.objects.filter(pk=first.pk).update(status=Status.CANCELLED.value, cancelled_at=clock.now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(f'#stage[data-session="{second.pk}"]')).to_be_visible()
    expect(page.locator(f"#session-{second.pk}")).to_have_count(0)


def test_the_last_hour_is_counted_down_in_its_place(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    page = with_clock(visitor(launch(), live_server_url, attendee))
    booking = make_room(paid, attendee, begins_in=11 * MINUTE - timedelta(seconds=5))
    page.goto("/sessions")
    number, pair = page.locator("#stage .gap > b"), page.locator("#stage .pair")
    expect(number).to_have_text("11")
    width = width_of(page, "#stage .pair")
    pass_time(page, booking, 1)
    expect(number).to_have_text("10")
    expect(pair).to_have_attribute("aria-label", re.compile("You and Naoko Ishida, in 10 minutes"))
    pass_time(page, booking, 5)
    expect(number).to_have_text("5")
    assert width_of(page, "#stage .pair") == width


def test_the_other_ones_lateness_comes_onto_an_open_page(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto(f"/sessions/{booking.pk}")
    RunningLate.objects.create(
        booking=booking, party="host", minutes=5, starts_at=booking.starts_at, at=clock.now()
    )
    page.clock.run_for(40_000)
    expect(page.get_by_text("Naoko is running 5 minutes late.")).to_be_visible()


def test_the_session_page_opens_its_door_by_itself_and_leaves_what_is_being_typed(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    booking = make_room(paid, attendee, begins_in=16 * MINUTE)
    page = with_clock(visitor(launch(), live_server_url, attendee))
    page.goto(f"/sessions/{booking.pk}")
    page.get_by_label("Only for you").fill("Half a thought")
    pass_time(page, booking, 2)
    expect(page.get_by_role("button", name="Join call")).to_be_enabled()
    expect(page.get_by_label("Only for you")).to_have_value("Half a thought")
    expect(page.get_by_label("Only for you")).to_be_focused()


def test_searching_narrows_the_list_in_place_and_back_widens_it(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    for name in ("Tomás Müller", "Ruth Okafor", "Amara Obi"):
        make_booking(paid, make_user(name=name))
    page = visitor(launch(), live_server_url, paid.host.user)
    page.goto("/sessions")
    rows = page.locator("#listed .row")
    expect(rows).to_have_count(2)
    page.get_by_label("Search by name").press_sequentially("ruth")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/sessions\?q=ruth$"))
    expect(page.get_by_label("Search by name")).to_be_focused()
    page.get_by_label("Search by name").fill("nobody of that name")
    expect(page.get_by_role("heading", name="No sessions fit")).to_be_visible()
    page.goto("/sessions?q=ruth")
    page.get_by_label("Status").select_option("pending_payment")
    expect(page).to_have_url(re.compile(r"status=pending_payment"))
    page.go_back()
    expect(rows).to_have_count(1)


def test_more_is_put_below_and_the_first_press_on_cancel_asks_in_a_dialog(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User
) -> None:
    for number in range(25):
        make_booking(paid, attendee, starts_at=clock.now() + (3 + number) * DAY)
    page = visitor(launch(), live_server_url, attendee)
    page.goto("/sessions")
    expect(page.locator(".row")).to_have_count(19)
    page.get_by_role("link", name="Show later").click()
    expect(page.locator(".row")).to_have_count(24)
    page.reload()
    page.locator(".row").first.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("Cancel your session with Naoko?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_by_keys_alone(live_server_url: str, launch: Launch, paid: EventType) -> None:
    for name in ("Tomás Müller", "Ruth Okafor"):
        make_booking(paid, make_user(name=name), starts_at=clock.now() + 3 * DAY + len(name) * 90 * MINUTE)
    page = visitor(launch(), live_server_url, paid.host.user)
    page.goto("/sessions")
    tab_to(page, "Search by name")
    page.keyboard.type("muller")
    expect(page).to_have_url(re.compile("q=muller"))
    tab_to(page, "View details of the session with Tomás Müller")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Tomás Müller")).to_be_visible()
    page.wait_for_load_state()
    tab_to(page, "Add to calendar")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Google Calendar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Google Calendar")).to_be_hidden()
    tab_to(page, "Only for you")
    page.keyboard.type("Bring the drawings")
    tab_to(page, "Save your notes")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("Only for you")).to_have_value("Bring the drawings")


def tab_to(page: Page, name: str) -> None:
    """Tab on until something of this name has the focus."""
    wanted = page.get_by_label(name).or_(page.get_by_role("link", name=name)).or_(page.get_by_text(name))
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.locator("visible=true").evaluate_all(
            "all => all.some((one) => one === document.activeElement)"
        ):
            return
    raise AssertionError(f"The keys never reach {name!r}.")


def test_without_script_the_form_searches_and_pages_follow(
    live_server_url: str, launch: Launch, paid: EventType
) -> None:
    for name in ("Tomás Müller", "Ruth Okafor"):
        make_booking(paid, make_user(name=name))
    page = visitor(launch(), live_server_url, paid.host.user, java_script_enabled=False)
    page.goto("/sessions")
    page.get_by_label("Search by name").fill("okafor")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#listed .row")).to_have_count(1)
    page.get_by_role("link", name="Clear the filters").click()
    expect(page).to_have_url(re.compile(r"/sessions$"))
    page.locator("#listed .row").first.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancel your session")


@pytest.mark.parametrize("language", ["en", "es"])
def test_hours_are_never_broken_over_two_lines(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User, language: str
) -> None:
    booking = make_room(paid, attendee, begins_in=3 * DAY)
    page = visitor(launch(), live_server_url, attendee, viewport={"width": 360, "height": 800})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server_url}])
    for address in ("/sessions", f"/sessions/{booking.pk}"):
        page.goto(address)
        hours = page.get_by_text(re.compile(r"^\s*\d\d:\d\d.–.\d\d:\d\d$")).locator("visible=true").first
        assert hours.evaluate("(it) => it.getClientRects().length") == 1, address


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_nothing_sticks_out_at_any_width(
    live_server_url: str, launch: Launch, paid: EventType, attendee: User, width: int
) -> None:
    booking = make_room(paid, attendee, begins_in=10 * MINUTE)
    make_booking(paid, attendee, status=Status.PENDING_PAYMENT)
    make_booking(paid, attendee, starts_at=clock.now() - 3 * DAY, status=Status.COMPLETED)
    page = visitor(launch(), live_server_url, attendee, viewport={"width": width, "height": 800})
    for address in ("/sessions", "/sessions?tab=past", "/sessions?q=zora", f"/sessions/{booking.pk}"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


def test_the_page_is_light(live_server_url: str, launch: Launch, paid: EventType, attendee: User) -> None:
    for number in range(21):
        make_booking(paid, attendee, starts_at=clock.now() + (3 + number) * DAY)
    page = visitor(launch(), live_server_url, attendee)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/sessions")
    page.wait_for_load_state("networkidle")
    sizes = {one.url.rsplit("/", 1)[-1]: one.request.sizes()["responseBodySize"] for one in at_first(answers)}
    fonts = {name: size for name, size in sizes.items() if name.endswith(".woff2")}
    assert sum(sizes.values()) - sum(fonts.values()) <= MOST_BYTES, sizes
    assert sum(fonts.values()) <= 150_000, fonts
    assert len(sizes) - len(fonts) <= MOST_REQUESTS, sizes


def test_a_page_full_of_photos_is_light_too(
    live_server_url: str, launch: Launch, paid: EventType, host: Host
) -> None:
    """The faces of a list come with it; the two on stage are large, and kept by the browser."""
    for number in range(20):
        other = make_user(name=f"Person {number}")
        photographed(other, number)
        make_booking(paid, other, starts_at=clock.now() + (3 + number) * DAY)
    photographed(host.user, 20)
    page = visitor(launch(), live_server_url, host.user)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/sessions")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#listed .row img")).to_have_count(19)
    assert page.locator("img").evaluate_all("all => all.every((one) => one.naturalWidth > 0)")
    sizes = {
        one.url: one.request.sizes()["responseBodySize"]
        for one in at_first(answers)
        if ".woff2" not in one.url
    }
    assert len(sizes) <= MOST_REQUESTS, sizes
    assert sum(sizes.values()) <= MOST_BYTES, (sum(sizes.values()), sizes)


def at_first(answers: list[Response]) -> list[Response]:
    """Without what comes when the first minute ends, which may be at once."""
    return [one for one in answers if not re.search(r"/js/(fresh|clock)\.|/sessions/fresh", one.url)]


def photographed(person: User, number: int) -> None:
    """With a face of the demo world in another colour, so that no two are the same."""
    faces = sorted((Path(demo.__file__).parent / "portraits").glob("*.jpg"))
    with Image.open(faces[number % len(faces)]) as face:
        hue, *rest = face.convert("HSV").split()
        changed = Image.merge("HSV", (hue.point(lambda it: (it + 12 * number) % 256), *rest)).convert("RGB")
    file = BytesIO()
    changed.save(file, "JPEG", quality=88)
    person.photo.save(f"{number}-{person.pk}.jpg", ContentFile(file.getvalue()))


@pytest.mark.parametrize(("address", "who"), [("/sessions", "naoko@demo.example"), ("/", "")])
def test_pages_with_photos_are_light(live_server_url: str, launch: Launch, address: str, who: str) -> None:
    """Photos come as small as they are shown, and are kept for ever like the fonts."""
    demo.load(clock.now())
    page = visitor(launch(), live_server_url, User.objects.filter(email=who).first())
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    sizes = {
        one.url: one.request.sizes()["responseBodySize"]
        for one in at_first(answers)
        if ".woff2" not in one.url
    }
    photos = [one for one in answers if "/media/photos/" in one.url]
    assert photos
    assert all("immutable" in one.headers["cache-control"] for one in photos)
    assert sum(sizes.values()) <= MOST_BYTES, sizes
