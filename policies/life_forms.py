"""What is filled in while a version is reviewed, scheduled, published, compared or brought."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from policies.forms import SeenForm, Text
from policies.models import PolicyVersion, Review
from policies.services import commenting
from policies.services.publishing import why_needed
from teams.models import User


class ReasonForm(forms.Form):
    """Why a version comes in force although something is missing."""

    reason = Text(
        label=gettext_lazy("Why"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It stands in the record of changes, with your name."),
    )

    def __init__(self, *args: Any, missing: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if missing:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = why_needed(missing)


class ScheduleForm(ReasonForm):
    """When an approved version comes in force."""

    moment = forms.DateTimeField(
        label=gettext_lazy("It comes in force on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text=gettext_lazy("In your time zone."),
    )
    field_order = ("moment", "reason")


class ReviewerForm(forms.Form):
    """Who is asked, and for which department they speak."""

    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("Choose somebody"),
        widget=forms.Select(attrs={"class": "input"}),
    )
    department = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        asked = list(version.reviews.filter(voided_at=None).values_list("reviewer", flat=True))
        author = [version.created_by_id] if version.created_by_id is not None else []
        field.queryset = User.objects.active().exclude(pk__in=[*asked, *author]).order_by("name")


class VerdictForm(SeenForm):
    """What a reviewer says."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("What do you say?"),
        choices=[
            (Review.Verdict.APPROVED.value, gettext_lazy("I approve this version")),
            (Review.Verdict.CHANGES.value, gettext_lazy("I ask for changes")),
        ],
        widget=forms.RadioSelect,
    )
    note = Text(label=gettext_lazy("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class CommentForm(forms.Form):
    """A comment on a clause, or an answer to one."""

    clause = forms.UUIDField(widget=forms.HiddenInput)
    answers = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    body = Text(label=gettext_lazy("Comment"), max_length=commenting.LONGEST, widget=forms.Textarea(attrs={"rows": 2}))


class FolderForm(forms.Form):
    """A packed folder."""

    folder = forms.FileField(
        label=gettext_lazy("Zip file of the folder"),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )


class ChooseForm(forms.Form):
    """Which two versions are compared."""

    old = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    new = forms.IntegerField(min_value=1, max_value=2**31 - 1)
