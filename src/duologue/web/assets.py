"""How are styles, scripts and pictures named? By their content, imports inside scripts included."""

from typing import ClassVar

from django.apps import apps
from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Assets(CompressedManifestStaticFilesStorage):
    """Static files with a hash in the name, so that a browser may keep them for ever."""

    support_js_module_import_aggregation = True
    patterns: ClassVar = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("*.webmanifest", ((r'(?P<matched>"src":"(?P<url>[^"]+)")', '"src":"%(url)s"'),)),
    )


class OwnFiles(AppDirectoriesFinder):
    """Finds the product's static files only: pages use no other package's, and not all of those resolve."""

    def __init__(self) -> None:
        super().__init__([app.name for app in apps.get_app_configs() if app.name.startswith("duologue.")])
