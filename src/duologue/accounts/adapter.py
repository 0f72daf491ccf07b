"""What do we want otherwise than allauth does it? The network address, and no words of its own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from duologue.accounts.throttle import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Passwords, login stages and their rate limits are allauth's; pages, words and mails are ours."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what happened themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by proving an address, nowhere else."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail of ours is a row first; one sent from here would be lost in a crash."""
        msg = f"{template_prefix} would be sent past the outbox."
        raise RuntimeError(msg)
