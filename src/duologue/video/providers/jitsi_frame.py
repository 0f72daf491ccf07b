"""How does a Jitsi room open inside our page? By the IFrame API, which JaaS has too."""

from urllib.parse import urlsplit

from duologue.video.contract import Frame, Visitor


def shown(room_url: str, token: str, visitor: Visitor, *, script: str) -> Frame:
    """The room at this address; its script makes a frame from the same origin."""
    place = urlsplit(room_url)
    origin = f"{place.scheme}://{place.netloc}"
    options = {
        "domain": place.netloc,
        "room": place.path.lstrip("/"),
        "jwt": token,
        "name": visitor.name,
        "language": visitor.language,
        "plain": place.scheme == "http",
    }
    return Frame("jitsi", options, (script,), origin=origin)
