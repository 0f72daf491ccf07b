"""May people be led to this address? What a host types as the place of a session; it is never fetched."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from duologue.core.errors import Invalid

LONGEST = 1000
# These run or read something in the browser instead of leading somewhere, whatever an operator allows.
NEVER = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"})
_WEB = {"http": 80, "https": 443}


def check_link(text: str) -> str:
    """The address as a browser takes it. Raises Invalid with a sentence that says what to do."""
    typed = text.strip()
    if not typed:
        raise _no(_("Paste the address of the room."))
    if len(typed) > LONGEST:
        raise _no(_("This address is too long. Copy the short link to the room."))
    if not typed.isprintable() or any(letter in typed for letter in " \\<>\"'`{}|^"):
        raise _no(_("There is a character in it that no address has. Copy the address once more."))
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise _no(_("This is not an address. Copy it from your browser, beginning with https://.")) from None
    _check_scheme(parts.scheme.lower())
    return iri_to_uri(typed) if parts.scheme.lower() not in _WEB else _web_address(parts, port)


def _check_scheme(scheme: str) -> None:
    allowed = [one.lower() for one in settings.DUOLOGUE_LINK_SCHEMES]
    if scheme in allowed and scheme not in NEVER:
        return
    if allowed == ["https"]:
        raise _no(_("The address has to begin with https://. Copy all of it from your browser."))
    beginnings = ", ".join(f"{one}:" for one in allowed if one not in NEVER)
    raise _no(_("The address has to begin with one of these: %(schemes)s") % {"schemes": beginnings})


def _web_address(parts: SplitResult, port: int | None) -> str:
    if "@" in parts.netloc:
        # People would read the part before the @ as the place.
        raise _no(_("There is a name or password in it. Take out everything up to the @."))
    host = _host(parts)
    if _is_ours(parts.scheme.lower(), host, port):
        raise _no(_("This is a page of this site. Paste the address of the room where you meet."))
    place = host if port is None else f"{host}:{port}"
    return iri_to_uri(parts._replace(scheme=parts.scheme.lower(), netloc=place).geturl())


def _host(parts: SplitResult) -> str:
    """The host as it travels: in ASCII, without a dot at its end."""
    name = (parts.hostname or "").rstrip(".")
    try:
        host = name if name.isascii() else httpx.URL(scheme="https", host=name).raw_host.decode()
    except httpx.InvalidURL:
        host = ""
    if ":" in host:
        host = f"[{host}]"
    if not host or host.startswith(".") or ".." in host or _is_this_machine(host):
        raise _no(_("Nobody else can reach this address. Paste one that opens on other computers too."))
    return host


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified or address.is_link_local


def _is_ours(scheme: str, host: str, port: int | None) -> bool:
    ours = urlsplit(settings.BASE_URL)
    same_host = host == (ours.hostname or "").rstrip(".")
    return same_host and (port or _WEB[scheme]) in {ours.port or _WEB.get(ours.scheme, 0), *_WEB.values()}


def _no(words: str) -> Invalid:
    return Invalid(words, code="invalid_link", field="link")
