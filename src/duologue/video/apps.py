from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import import_string


class Video(AppConfig):
    name = "duologue.video"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Only now: the check looks at models, which are not there before.
        checks.register(import_string("duologue.video.checks.rooms_are_set_up"))
