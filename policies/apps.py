"""The app's registration."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """What the company said it would do."""

    name = "policies"
