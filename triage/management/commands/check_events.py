"""Play the record of every conversation again, and say where the tables tell otherwise."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from triage.models import Conversation
from triage.services import checking


class Command(BaseCommand):
    """``check_events`` reads only, may run while people work, and exits with 1 when it finds something."""

    help = "Replay the events of every conversation and report where its rows stand otherwise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what may be given."""
        parser.add_argument("--conversation", type=int, help="the id of one conversation; without it, all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and print each difference."""
        conversations = Conversation.objects.work()
        if options["conversation"] is not None:
            conversations = conversations.filter(pk=options["conversation"])
        count = 0
        for found in checking.differences(conversations):
            count += 1
            self.stdout.write(
                f"Conversation {found.conversation_id}: {found.what} is {_shown(found.stands)}, "
                f"but by its events {_shown(found.recorded)}."
            )
        summary = f"Conversations looked at: {conversations.count():,}. Differences: {count:,}."
        if count:
            raise CommandError(summary)
        self.stdout.write(summary)


def _shown(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)
