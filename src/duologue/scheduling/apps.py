from django.apps import AppConfig


class Scheduling(AppConfig):
    name = "duologue.scheduling"
    default_auto_field = "django.db.models.BigAutoField"
