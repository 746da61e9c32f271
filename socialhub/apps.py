"""The project as an app, so that its commands and checks are found."""

from django.apps import AppConfig


class SocialhubConfig(AppConfig):
    """Load the Celery app with Django, so that ``shared_task`` binds to it."""

    name = "socialhub"

    def ready(self) -> None:
        """Make the Celery app the current one."""
        from socialhub import celery  # noqa: F401
