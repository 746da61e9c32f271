"""How programs narrow the list of conversations."""

from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listening.models import Channel
from socialhub.lib.api_filters import Filters
from socialhub.lib.errors import Invalid
from teams.http import signed_in
from teams.models import Department
from triage.finding.contradictions import contradiction
from triage.finding.fields import conditions
from triage.finding.language import LONGEST, read
from triage.models import Conversation
from triage.models.conversation import ConversationQuerySet
from triage.states import Disposition, Priority, Stage

ME = "me"


class HolderField(forms.IntegerField):
    """A person's id, or `me`."""

    default_error_messages = {"invalid": _("Name the holder as “me” or by id.")}

    def to_python(self, value: Any) -> Any:
        """Keep the word for the caller."""
        return ME if value == ME else super().to_python(value)

    def run_validators(self, value: Any) -> None:
        """Check the numbers only."""
        if value != ME:
            super().run_validators(value)


class HolderFilter(django_filters.Filter):
    """Filters by holder."""

    field_class = HolderField


class ConversationFilter(Filters):
    """The filters of the list of conversations."""

    stage = django_filters.MultipleChoiceFilter(
        choices=Stage.choices, distinct=False, help_text="Repeat it for several stages."
    )
    department = django_filters.ModelChoiceFilter(
        queryset=Department.objects.all(), to_field_name="slug", help_text="The slug of the department."
    )
    channel = django_filters.ModelChoiceFilter(queryset=Channel.objects.all(), help_text="The id of the channel.")
    priority = django_filters.ChoiceFilter(choices=Priority.choices)
    disposition = django_filters.ChoiceFilter(choices=Disposition.choices)
    holder = HolderFilter(method="held_by", help_text="`me`, or the id of a person.", min_value=1, max_value=2**63 - 1)
    q = django_filters.CharFilter(
        method="sought", max_length=LONGEST, help_text="What is sought, in the language of the search: docs/search.md."
    )

    class Meta:
        model = Conversation
        fields: list[str] = []

    def held_by(self, conversations: ConversationQuerySet, name: str, value: str | int) -> ConversationQuerySet:
        """Keep what one person holds."""
        return conversations.filter(holder_id=signed_in(self.request).pk if value == ME else int(value))

    def sought(self, conversations: ConversationQuerySet, name: str, value: str) -> ConversationQuerySet:
        """Keep what is sought.

        :raises Invalid: it cannot be read, or nothing can ever be so.
        """
        asked = read(value)
        if problem := contradiction(asked):
            raise Invalid(problem, field="q")
        return conversations.filter(conditions(asked, reader=signed_in(self.request), at=timezone.now()))
