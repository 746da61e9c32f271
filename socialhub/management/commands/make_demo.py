"""Make the demonstration company."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from socialhub.demo import company, loading
from teams.models import Organisation, User
from teams.services.organisation import AlreadySetUp

PRODUCTION = "socialhub.settings.production"


class Command(BaseCommand):
    """Fill an empty installation with the invented company and its three months."""

    help = "Make the demonstration company in an empty installation."
    requires_system_checks = []  # called by `up`, and a start should be fast

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the seed, the size, and the word that this is meant."""
        parser.add_argument("--seed", type=int, default=20, help="another seed makes another history (20)")
        parser.add_argument("--conversations", type=int, default=3000, help="how many conversations (3000)")
        parser.add_argument("--yes-demo", action="store_true", help="make it on a production installation")

    def handle(self, *_: Any, seed: int, conversations: int, yes_demo: bool, **__: Any) -> None:
        """Make it, or say in one sentence why not."""
        if Organisation.objects.exists() or User.objects.exists():
            raise CommandError(
                "This installation has people or a company already; the demonstration needs an empty one."
            )
        if settings.SETTINGS_MODULE == PRODUCTION and not yes_demo:
            raise CommandError(
                "This is a production installation, and anybody could look around in the demonstration company. "
                "Say --yes-demo if that is meant."
            )
        started = time.monotonic()

        def say(text: str) -> None:
            self.stdout.write(f"  {time.monotonic() - started:4.1f} s  {text}")

        try:
            made = loading.make_company(seed=seed, at=timezone.now(), conversations=conversations, say=say)
        except AlreadySetUp as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"The demonstration company is there: {made.people} people, {made.conversations:,} conversations."
        )
        names = {spec.key: spec.name for spec in company.PEOPLE}
        self.stdout.write("The sign-in page lets you look around as")
        for persona in company.PERSONAS:
            self.stdout.write(f"  {names[persona.person]}, who {persona.line}")
