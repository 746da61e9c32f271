"""The app's registration."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Who answers, and the answering."""

    name = "triage"

    def ready(self) -> None:
        """Connect the wake-ups, and what rules may name."""
        from triage import receivers, rule_names  # noqa: F401

        rule_names.connect()
