"""Keep the translations in step with the code: ``manage.py translations update`` and ``check``."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from socialhub.translating import catalogues
from socialhub.translating.checking import problems
from socialhub.translating.messages import UnclearText


class Command(BaseCommand):
    """Write the catalogues anew from the code, or say what is missing in them."""

    help = "Bring the catalogues in locale/ up to date with the code, or check them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what can be done."""
        parser.add_argument("what", choices=("update", "check"), help="write them anew, or only look")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it for every language; a check fails when one has a problem."""
        try:
            messages = catalogues.messages_of_the_code()
        except UnclearText as unclear:
            raise CommandError(str(unclear)) from unclear
        failed = False
        for language in catalogues.PLURALS:
            if options["what"] == "update":
                catalogue = catalogues.renewed(language, messages, catalogues.read(language))
                catalogues.write(language, catalogue)
            found = problems(language, messages)
            failed = failed or bool(found)
            for problem in found:
                self.stdout.write(f"{language}: {problem}")
            self.stdout.write(f"{language}: {len(messages)} messages, {len(found)} problems.")
        if failed and options["what"] == "check":
            sys.exit(1)
