from django.apps import AppConfig


class Reviews(AppConfig):
    name = "duologue.reviews"
    default_auto_field = "django.db.models.BigAutoField"
