"""The app's registration."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """People, departments, what each may do, and how they are told."""

    name = "teams"
