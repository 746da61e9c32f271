"""The app's registration."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Who answers, and the answering."""

    name = "triage"
