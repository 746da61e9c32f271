"""How django-allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: administrators add people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Keep the door closed."""
        return False
