"""Read a file of mentions through the whole pipeline."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from listening.importing.mapping import automatic_mapping, parse_mapping
from listening.importing.reading import RowFile
from listening.services import importing
from policies.services.reading import policy_in_force
from socialhub.lib.errors import Refusal
from triage.services.arriving.alongside import intake_alongside

BAR = 30


class Command(BaseCommand):
    """``import_mentions FILE --channel NAME --map external_id=tweet_id,text=text``."""

    help = "Read mentions from CSV or JSON lines, plain or gzipped. Run it again to go on where it was stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what may be given."""
        parser.add_argument("file", type=Path, help="the file to read")
        parser.add_argument("--channel", required=True, help="the channel's name; made if there is none")
        parser.add_argument("--map", default="", help="field=column pairs, for example external_id=tweet_id,text=text")
        parser.add_argument("--ours", default="", help="our own handles on this channel, separated by commas")
        parser.add_argument("--rejected", type=Path, help="where rows that cannot be used are written")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, tell how it goes, and sum up."""
        path: Path = options["file"]
        started = time.monotonic()
        now = timezone.now()
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            policy_in_force()
            with RowFile(path) as file:
                mapping = (
                    parse_mapping(options["map"], file.columns) if options["map"] else automatic_mapping(file.columns)
                )
                ours = [handle.strip() for handle in options["ours"].split(",") if handle.strip()]
                channel = importing.import_channel(name=options["channel"], owner=None, at=now, our_handles=ours)
                run = importing.begin_run(channel=channel, path=path, mapping=mapping, at=now)
                if run.last_line:
                    self.stdout.write(f"Going on after line {run.last_line:,}, where an earlier run stopped.")
                rejected = options["rejected"] or Path.cwd() / f"{path.name}.rejected.csv"
                with intake_alongside(timezone.now) as announce:

                    def after_batch(progress: importing.Progress) -> None:
                        announce()
                        self._show(progress)

                    importing.read_file(
                        run=run, file=file, mapping=mapping, rejected_path=rejected, at=now, after_batch=after_batch
                    )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"{error.strerror}: {error.filename}") from error
        seconds = time.monotonic() - started
        if self.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(
            f"{run.read_count:,} rows read in {seconds:.1f} s: {run.new_count:,} new mentions, "
            f"{run.known_count:,} known already, {run.rejected_count:,} rejected."
        )
        self.stdout.write(
            f"The channel “{channel.name}” now has {channel.mentions.count():,} mentions "
            f"in {channel.conversations.count():,} conversations."
        )
        if run.rejected_count:
            self.stdout.write(f"Rejected rows, with line and reason: {rejected}")

    def _show(self, progress: importing.Progress) -> None:
        if not self.stdout.isatty():
            return
        part = progress.bytes_read / max(progress.total_bytes, 1)
        bar = ("█" * round(part * BAR)).ljust(BAR, "·")
        self.stdout.write(f"\r{bar} {part:4.0%}  {progress.run.read_count:,} rows", ending="")
        self.stdout.flush()
