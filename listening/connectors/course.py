"""The practice channel of the course: it says nothing by itself, and takes answers as a rehearsal does."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.translation import gettext

from listening.connectors.base import FetchResult, SettingField
from listening.connectors.practice import PracticeConnector

KIND: Final = "course"


class CourseConnector(PracticeConnector):
    """A channel that is made when somebody first practises; what is said there is posted for one person each."""

    kind = KIND
    poll_seconds: int | None = None

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Course")

    @property
    def summary(self) -> str:
        """Say nothing: nobody connects such a channel."""
        return ""

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return ()

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Hear nothing: the course posts what is practised on."""
        return FetchResult(cursor=dict(cursor), is_unchanged=True)
