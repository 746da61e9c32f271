"""The app's registration."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Who answers, and the answering."""

    name = "triage"

    def ready(self) -> None:
        """Connect the wake-ups."""
        from triage import receivers  # noqa: F401
