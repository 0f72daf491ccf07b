from django.apps import AppConfig


class Jobs(AppConfig):
    name = "duologue.jobs"
    default_auto_field = "django.db.models.BigAutoField"
