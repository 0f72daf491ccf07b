"""How are hosts found by words? One spelling for what is searched and for what is looked for."""

import unicodedata

from duologue.accounts.models import Host


def fold(text: str) -> str:
    """Lower case, without accents, blanks as one space: `Tomás  Müller` becomes `tomas muller`."""
    # PostgreSQL keeps no NUL, and refuses to look for one.
    plain = unicodedata.normalize("NFKD", text.replace("\0", " ").casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def search_text(host: Host) -> str:
    """What the directory searches of a host; needs `user` loaded."""
    return fold(
        " ".join((host.user.name, host.headline, host.topics, host.languages, host.location, host.bio))
    )
