"""The connector of what people write down themselves: a phone call, a letter, a tip. There is no network."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext

from listening.connectors.one_way import HearsOnly, IsMadeForUs
from socialhub.lib.told import told as _

KIND: Final = "by_hand"


class ByHandConnector(HearsOnly, IsMadeForUs):
    """A channel that is made when somebody first writes something down."""

    kind = KIND
    no_way_out = _("What was written down by hand is answered where it was said.")

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("By hand")

    def check(self, settings: Mapping[str, object]) -> str:
        """Say what the channel is."""
        return gettext("People write down here what they heard.")
