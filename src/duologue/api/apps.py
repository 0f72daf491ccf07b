from django.apps import AppConfig


class Api(AppConfig):
    name = "duologue.api"
    default_auto_field = "django.db.models.BigAutoField"
