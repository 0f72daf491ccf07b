from django.apps import AppConfig


class Web(AppConfig):
    name = "duologue.web"
    default_auto_field = "django.db.models.BigAutoField"
