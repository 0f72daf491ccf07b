"""Can people say who they are, in which zone, with which face, and nothing absurd?"""

import re
import struct
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from duologue.accounts.photos import LARGEST_FILE, SIDE
from duologue.accounts.search import fold
from duologue.core import clock
from duologue.notifications import letters, rendering
from duologue.notifications.models import OutgoingMail
from duologue.usecases.save_host import HostPage, save_host
from duologue.web.views.people import PROVED_AT
from tests.cast import PASSWORD, code_for, make_user, signed_in

pytestmark = pytest.mark.django_db
ORIENTATION, GPS = 0x0112, 0x8825


def encoded(picture: Image.Image, kind: str = "JPEG", **options) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def halves(width: int, height: int) -> Image.Image:
    """Blue above, red below."""
    picture = Image.new("RGB", (width, height), (200, 0, 0))
    picture.paste((0, 0, 200), (0, 0, width, height // 2))
    return picture


def bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be very large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def send(client: Client, data: bytes | None = None, **more):
    told = {"name": "Amara Obi", "time_zone": "Africa/Lagos", **more}
    if data is not None:
        told["photo"] = SimpleUploadedFile("me.jpg", data, content_type="image/jpeg")
    return client.post("/profile", told)


def kept_photo(user) -> Image.Image:
    user.refresh_from_db()
    with default_storage.open(user.photo.name) as file:
        picture = Image.open(BytesIO(file.read()))
        picture.load()
        return picture


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_a_photo_becomes_a_clean_upright_square(as_attendee, attendee):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "Amara at home"
    exif.get_ifd(GPS)[1] = "N"
    data = encoded(halves(3000, 2000), exif=exif, comment=b"secret comment")
    assert b"Amara at home" in data
    assert send(as_attendee, data).status_code == 302
    picture = kept_photo(attendee)
    assert (picture.size, picture.format, picture.mode) == ((SIDE, SIDE), "JPEG", "RGB")
    assert not picture.getexif()
    assert "comment" not in picture.info
    # Turned by a quarter, what was above stands at the right.
    left, right = picture.getpixel((20, 200)), picture.getpixel((SIDE - 20, 200))
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "I;16"),
        ("PNG", "1"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
    ],
)
def test_common_formats_are_read(as_attendee, attendee, kind, mode):
    assert send(as_attendee, encoded(Image.new(mode, (900, 600)), kind)).status_code == 302
    assert kept_photo(attendee).size == (SIDE, SIDE)


def test_of_an_animation_the_first_picture_is_kept(as_attendee, attendee):
    first, second = Image.new("RGB", (500, 500), (0, 0, 200)), Image.new("RGB", (500, 500), (200, 0, 0))
    data = encoded(first, "GIF", save_all=True, append_images=[second], duration=100)
    assert send(as_attendee, data).status_code == 302
    red, _green, blue = kept_photo(attendee).getpixel((200, 200))
    assert blue > 150 > red


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bomb(60_000), "too many pixels"),
        (bomb(9_000), "too many pixels"),
        (encoded(halves(400, 400))[:900], "cannot read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "cannot read"),
        (b"GIF89a" + b"\0" * 100, "cannot read"),
        (encoded(halves(400, 400), "TIFF"), "cannot read"),
        (b"\xff\xd8\xff" + b"x" * LARGEST_FILE, "larger than 8 MB"),
        (b"", "empty"),
    ],
    ids=["bomb", "large", "cut", "svg", "broken gif", "tiff", "heavy", "empty"],
)
def test_what_is_no_picture_is_refused_and_changes_nothing(as_attendee, attendee, data, words, uploads):
    response = send(as_attendee, data, name="Another Name")
    assert response.status_code == 422
    assert words in response.content.decode()
    attendee.refresh_from_db()
    assert (attendee.name, attendee.photo.name) == ("Amara Obi", "")
    assert not list(uploads.rglob("*.*"))


def test_a_new_photo_replaces_the_old_one_and_can_be_removed(
    as_attendee, attendee, uploads, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        send(as_attendee, encoded(halves(500, 500)))
    (first,) = uploads.rglob("*.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        send(as_attendee, encoded(halves(600, 600)))
    (second,) = uploads.rglob("*.jpg")
    assert first.name != second.name
    with django_capture_on_commit_callbacks(execute=True):
        send(as_attendee, remove_photo="on")
    attendee.refresh_from_db()
    assert not attendee.photo
    assert not list(uploads.rglob("*.jpg"))


def test_a_photo_is_served_as_what_it_is(as_attendee, attendee):
    send(as_attendee, encoded(halves(500, 500)))
    attendee.refresh_from_db()
    response = Client().get(attendee.photo_url)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response.headers["Cache-Control"]
    assert b"".join(response.streaming_content)[:2] == b"\xff\xd8"


def test_a_photo_is_served_as_small_as_pages_show_it_and_in_no_other_size(as_attendee, attendee):
    send(as_attendee, encoded(halves(500, 500)))
    attendee.refresh_from_db()
    client = Client()
    response = client.get(f"{attendee.photo_url}?side=64")
    assert response.headers["Content-Type"] == "image/webp"
    assert "immutable" in response.headers["Cache-Control"]
    with Image.open(BytesIO(response.content)) as picture:
        assert picture.size == (64, 64)
    whole = client.get(f"{attendee.photo_url}?side=63")
    assert b"".join(whole.streaming_content)[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    "name",
    ["x.jpg", "..%2F..%2Fsecret_key", "secret_key", "%2e%2e", "a.html", "x" * 3000 + ".jpg", "%00.jpg"],
)
def test_nothing_else_is_served_from_the_uploads(client, uploads, name):
    (uploads / "secret_key").write_text("secret")
    assert client.get(f"/media/photos/{name}").status_code == 404


def test_a_profile_is_saved_and_chosen_by_hand(as_attendee, attendee):
    response = send(as_attendee, name=" Amara\u200b  O. ", time_zone="Asia/Calcutta")
    assert response.status_code == 422, "a select offers a zone by its present name only"
    send(as_attendee, name=" Amara\u200b  O. ", time_zone="Asia/Kolkata")
    attendee.refresh_from_db()
    assert (attendee.name, attendee.time_zone, attendee.time_zone_chosen) == (
        "Amara O.",
        "Asia/Kolkata",
        True,
    )


def test_a_new_name_reaches_the_directory(as_host, host):
    save_host(host, HostPage(name="Naoko Ishida", slug=host.slug, headline="Design", bio="Café, naïve"))
    send(as_host, name="Zoë Ångström", time_zone="Europe/Berlin")
    host.refresh_from_db()
    assert fold("ZOE angstrom") in host.search_text
    assert "cafe, naive" in host.search_text


def test_only_who_is_signed_in_has_a_profile(client):
    for page in ("/profile", "/profile/password"):
        assert client.get(page).headers["Location"].startswith("/sign-in?")
        assert client.post(page, {"name": "x"}).headers["Location"].startswith("/sign-in?")


class TestZone:
    def test_without_script_it_is_chosen_from_a_list(self, client):
        page = client.get("/time-zone?next=/h/naoko").content.decode()
        assert "Kolkata (now" in page
        response = client.post("/time-zone", {"time_zone": "Asia/Kolkata", "next": "/h/naoko"})
        assert response.headers["Location"] == "/h/naoko"
        assert client.cookies["zone"].value == "Asia/Kolkata"

    @pytest.mark.parametrize("word", ["londres", "LONDON", "europa lond", "europe london"])
    def test_it_is_found_by_its_name_in_either_language(self, client, word):
        asked, spanish = {"city": word, "next": "/h/naoko"}, {"accept-language": "es"}
        page = client.get("/time-zone", asked, headers=spanish).content.decode()
        assert re.findall(r'<option value="([^"]+)"', page) == ["Europe/London"]
        assert '<optgroup label="Europa">' in page
        assert 'name="next" value="/h/naoko"' in page

    def test_what_no_city_is_called_leaves_the_whole_list(self, client):
        page = client.get("/time-zone", {"city": "Atlantis \x00 <b>"}).content.decode()
        assert "None is called that" in page
        assert "Kolkata (now" in page

    def test_a_browser_tells_its_own(self, client):
        response = client.post("/time-zone", {"time_zone": "Asia/Calcutta", "detected": "1"})
        assert response.status_code == 204
        assert client.cookies["zone"].value == "Asia/Kolkata"

    def test_a_browser_does_not_override_a_choice(self, as_attendee, attendee):
        as_attendee.post("/time-zone", {"time_zone": "Asia/Tokyo", "detected": "1"})
        attendee.refresh_from_db()
        assert attendee.time_zone == "Africa/Lagos"

    def test_a_browser_fills_the_gap(self):
        user = make_user()
        signed_in(user).post("/time-zone", {"time_zone": "Asia/Tokyo", "detected": "1"})
        user.refresh_from_db()
        assert (user.time_zone, user.time_zone_chosen) == ("Asia/Tokyo", False)

    def test_a_choice_by_hand_is_the_persons(self, as_attendee, attendee):
        as_attendee.post("/time-zone", {"time_zone": "Asia/Tokyo"})
        attendee.refresh_from_db()
        assert (attendee.time_zone, attendee.time_zone_chosen) == ("Asia/Tokyo", True)

    def test_hosts_are_told_that_their_hours_move_along(self, as_host, as_attendee):
        assert "Your weekly hours are in this zone too" in as_host.get("/time-zone").content.decode()
        assert "Your weekly hours" not in as_attendee.get("/time-zone").content.decode()

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "Mars/Olympus",
            "../../etc/passwd",
            "europe/berlin",
            "EST",
            "Etc/GMT+5",
            "🙂",
            "\x00",
            "x" * 9000,
        ],
    )
    def test_absurd_zones_are_refused(self, as_attendee, attendee, name):
        assert as_attendee.post("/time-zone", {"time_zone": name}).status_code == 422
        assert as_attendee.post("/time-zone", {"time_zone": name, "detected": "1"}).status_code == 422
        assert send(as_attendee, time_zone=name).status_code == 422
        attendee.refresh_from_db()
        assert attendee.time_zone == "Africa/Lagos"
        assert "zone" not in as_attendee.cookies


class TestPassword:
    new = "a quite different passphrase"

    def test_it_is_changed_by_who_knows_it_and_ends_other_sessions(self, as_attendee, attendee):
        elsewhere = signed_in(attendee)
        response = as_attendee.post("/profile/password", {"password": PASSWORD, "new_password": self.new})
        assert response.headers["Location"] == "/profile"
        attendee.refresh_from_db()
        assert attendee.check_password(self.new)
        assert as_attendee.get("/profile").status_code == 200
        assert elsewhere.get("/profile").status_code == 302

    @pytest.mark.parametrize(
        ("had", "subject"),
        [(PASSWORD, "Your password was changed"), (None, "Your account has a password now")],
    )
    def test_a_mail_tells_of_it(self, had, subject):
        user = make_user("ana@people.example", password=had)
        sent = {"password": had or "", "new_password": self.new}
        signed_in(user).post("/profile/password", sent)
        mail = OutgoingMail.objects.get()
        assert letters.why_not(mail, clock.now()) == ""
        rendered = rendering.render(mail, clock.now())
        assert (rendered.to.email, rendered.subject) == (user.email, subject)
        assert "/sign-in?next=%2Fprofile%2Fpassword" in rendered.text
        assert self.new not in rendered.text

    def test_who_does_not_know_it_changes_nothing(self, as_attendee, attendee):
        response = as_attendee.post("/profile/password", {"password": "a guess", "new_password": self.new})
        assert "not your present password" in response.content.decode()
        response = as_attendee.post("/profile/password", {"new_password": self.new})
        assert response.status_code == 422
        attendee.refresh_from_db()
        assert attendee.check_password(PASSWORD)
        assert not OutgoingMail.objects.exists()

    def test_guessing_is_slowed_down(self, as_attendee, attendee):
        for _ in range(5):
            as_attendee.post("/profile/password", {"password": "a guess", "new_password": self.new})
        response = as_attendee.post("/profile/password", {"password": PASSWORD, "new_password": self.new})
        assert "many attempts" in response.content.decode()

    def test_who_forgot_it_proves_the_address_instead(self, as_attendee, attendee):
        page = as_attendee.post("/profile/password", {"code": "1"}).headers["Location"]
        assert as_attendee.get(page).status_code == 200
        code_id = page.partition("code=")[2].partition("&")[0]
        sent = {"code_id": code_id, "code": code_for(attendee.email), "next": "/profile/password"}
        assert as_attendee.post("/sign-in/code", sent).headers["Location"] == "/profile/password"
        as_attendee.post("/profile/password", {"new_password": self.new})
        attendee.refresh_from_db()
        assert attendee.check_password(self.new)

    def test_a_proof_does_not_count_for_long(self, as_attendee, attendee):
        session = as_attendee.session
        session[PROVED_AT] = (clock.now() - timedelta(minutes=16)).isoformat()
        session.save()
        assert as_attendee.post("/profile/password", {"new_password": self.new}).status_code == 422

    def test_who_has_none_sets_one(self):
        user = make_user()
        signed_in(user).post("/profile/password", {"new_password": self.new})
        user.refresh_from_db()
        assert user.check_password(self.new)

    def test_one_that_is_easy_to_guess_is_refused(self):
        user = make_user()
        response = signed_in(user).post("/profile/password", {"new_password": "password1"})
        assert response.status_code == 422
        user.refresh_from_db()
        assert not user.has_usable_password()


class TestKnowingTheZone:
    def offers_to_tell(self, client: Client) -> bool:
        return "data-zone-offer" in client.get("/time-zone").content.decode()

    def test_a_new_account_still_learns_its_zone(self):
        user = make_user()
        client = signed_in(user)
        assert self.offers_to_tell(client)
        client.post("/time-zone", {"time_zone": "Asia/Tokyo", "detected": "1"})
        assert not self.offers_to_tell(client)
        assert not self.offers_to_tell(signed_in(user)), "known in another browser too"

    def test_utc_counts_once_it_was_chosen(self):
        assert not self.offers_to_tell(signed_in(make_user(time_zone="UTC", time_zone_chosen=True)))
