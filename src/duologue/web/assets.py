"""How are styles, scripts and pictures named? By their content, imports inside scripts included."""

from typing import ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Assets(CompressedManifestStaticFilesStorage):
    """Static files with a hash in the name, so that a browser may keep them for ever."""

    support_js_module_import_aggregation = True
    patterns: ClassVar = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("*.webmanifest", ((r'(?P<matched>"src":"(?P<url>[^"]+)")', '"src":"%(url)s"'),)),
    )
