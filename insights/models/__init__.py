"""The rows of this app."""

from insights.models.rollups import HourlyCount, RollupPosition, Timing
from insights.models.takeaway import Takeaway

__all__ = ["HourlyCount", "RollupPosition", "Takeaway", "Timing"]
