"""Which video platforms exist? One table; an adapter is imported when it is first used."""

from importlib import import_module

from duologue.core.errors import NotConfigured
from duologue.video.contract import VideoProvider

BUILTIN = "builtin"

PROVIDERS = {
    BUILTIN: "duologue.video.providers.builtin:BuiltinProvider",
}


def provider(slug: str) -> VideoProvider:
    """The adapter of a platform; raises NotConfigured for an unknown name."""
    try:
        module, _, name = PROVIDERS[slug].partition(":")
    except KeyError:
        raise NotConfigured(f"There is no video platform called {slug!r}.") from None
    adapter: VideoProvider = getattr(import_module(module), name)()
    return adapter
