"""The app's registration."""

from django.apps import AppConfig


class ListeningConfig(AppConfig):
    """What is being said."""

    name = "listening"
