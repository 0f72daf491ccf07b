from django.apps import AppConfig


class Calendars(AppConfig):
    name = "duologue.calendars"
    default_auto_field = "django.db.models.BigAutoField"
