from django.apps import AppConfig


class Ops(AppConfig):
    name = "duologue.ops"
    default_auto_field = "django.db.models.BigAutoField"
