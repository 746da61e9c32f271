"""The app's registration."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Numbers, lenses and takeaways."""

    name = "insights"
