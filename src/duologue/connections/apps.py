from django.apps import AppConfig
from django.core import checks

from duologue.connections.checks import accounts_are_set_up


class Connections(AppConfig):
    name = "duologue.connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(accounts_are_set_up)
