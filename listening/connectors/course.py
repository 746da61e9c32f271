"""The practice channel of the course: it says nothing by itself, and takes answers as a rehearsal does."""

from typing import Final

from django.utils.translation import gettext

from listening.connectors.one_way import IsMadeForUs
from listening.connectors.practice import PracticeConnector

KIND: Final = "course"


class CourseConnector(IsMadeForUs, PracticeConnector):
    """A channel that is made when somebody first practises; what is said there is posted for one person each."""

    kind = KIND

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Course")
