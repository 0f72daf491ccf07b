from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Bookings(AppConfig):
    name = "duologue.bookings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from duologue.bookings import guard  # noqa: PLC0415 (models load first)

        post_migrate.connect(guard.install, sender=self)
