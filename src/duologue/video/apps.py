from django.apps import AppConfig


class Video(AppConfig):
    name = "duologue.video"
    default_auto_field = "django.db.models.BigAutoField"
