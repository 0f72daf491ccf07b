from django.apps import AppConfig


class Accounts(AppConfig):
    name = "duologue.accounts"
    default_auto_field = "django.db.models.BigAutoField"
