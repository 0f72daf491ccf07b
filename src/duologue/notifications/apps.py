from django.apps import AppConfig
from django.core import checks

from duologue.notifications.checks import mail_is_set_up


class Notifications(AppConfig):
    name = "duologue.notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(mail_is_set_up)
