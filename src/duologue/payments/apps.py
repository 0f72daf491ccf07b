from django.apps import AppConfig


class Payments(AppConfig):
    name = "duologue.payments"
    default_auto_field = "django.db.models.BigAutoField"
