"""The connector of channels that are filled from files: there is no network to ask, and none to answer on."""

from collections.abc import Mapping

from django.utils.translation import gettext

from listening.connectors.one_way import HearsOnly, IsMadeForUs
from socialhub.lib.told import told as _


class ImportConnector(HearsOnly, IsMadeForUs):
    """A channel without a network."""

    kind = "import"
    no_way_out = _("This channel is filled from files, so nothing can be sent through it.")

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Import from files")

    def check(self, settings: Mapping[str, object]) -> str:
        """Say what the channel is."""
        return gettext("This channel is filled from files.")
