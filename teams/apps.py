"""The app's registration."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """People, departments, what each may do, and how they are told."""

    name = "teams"

    def ready(self) -> None:
        """Connect what follows from signing out."""
        from django.contrib.auth.signals import user_logged_out

        from teams import receivers

        user_logged_out.connect(receivers.forget_browser, dispatch_uid="teams.forget_browser")
