"""What becomes of a mistake in a connector: a line in the log, and a failure of its channel."""

import traceback

import structlog

from listening.connectors.base import TemporaryFailure
from socialhub.lib.told import told as _

log = structlog.get_logger(__name__)


def as_failure(error: Exception, *, kind: str, channel: str = "") -> TemporaryFailure:
    """Log an error that no connector should raise, and return it as a failure with a sentence.

    The log has neither its message nor any values: both may hold what signs us in.
    """
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    name = type(error).__name__
    log.error("a connector broke", channel=channel, kind=kind, error=name, places=places)
    return TemporaryFailure(
        _("Socialhub made a mistake while it looked at this channel (%(error)s). The log says where.") % {"error": name}
    )
