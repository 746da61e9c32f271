"""The app's registration."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Numbers, lenses and takeaways."""

    name = "insights"

    def ready(self) -> None:
        """Listen to lower apps."""
        from insights import receivers  # noqa: F401
