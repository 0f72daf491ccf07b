from django.apps import AppConfig
from django.core import checks

from duologue.payments.checks import money_is_set_up


class Payments(AppConfig):
    name = "duologue.payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(money_is_set_up)
