"""What people fill in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.models import Department, Membership, User
from teams.roles import CAN
from triage.forms.approvals import ApprovalFields
from triage.forms.attachments import ExtrasForm
from triage.forms.tags import TagsField
from triage.models import Conversation
from triage.services.approving.standing import approval_needed
from triage.services.arriving.by_hand import Told
from triage.services.decisions.deciding import Choice
from triage.services.decisions.departing import PARTS, person_for, suggested_tags
from triage.services.reasons import MAX_REASON
from triage.services.seen import Seen
from triage.services.sending.correcting import Change
from triage.states import (
    CLOSING_OUTCOMES,
    Departure,
    Disposition,
    Occasion,
    Outcome,
    Priority,
    Reason,
    ReplyKind,
    Split,
    Visibility,
)


class DecisionForm(ApprovalFields):
    """The triage owner's decision, filled in with what the policy suggests."""

    # Who departs from these is asked why.
    parts_suggested: Sequence[str] = ()

    fence = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    disposition = forms.ChoiceField(
        label=_("What do we do with it?"), choices=Disposition.choices, widget=forms.RadioSelect
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Only when nobody answers")), *Reason.choices],
        required=False,
    )
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), required=False, empty_label=_("Choose")
    )
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)
    person = forms.ModelChoiceField(
        label=_("Person"), queryset=User.objects.none(), required=False, empty_label=_("Whoever claims it")
    )
    visibility = forms.ChoiceField(
        label=_("Answer"), choices=Visibility.choices, widget=forms.RadioSelect, required=False
    )
    tags = TagsField(
        label=_("Tags"), required=False, max_length=1000, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    # Asked for when the decision turns out to depart from what was suggested.
    departure = forms.ChoiceField(label=_("Why not as suggested?"), choices=Departure.choices, required=False)
    note = forms.CharField(
        label=_("Note for the department"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = self.fields["department"]
        people = self.fields["person"]
        assert isinstance(departments, forms.ModelChoiceField)  # noqa: S101 - declared above
        assert isinstance(people, forms.ModelChoiceField)  # noqa: S101 - declared above
        departments.queryset = Department.objects.active().by_name()
        people.queryset = (
            User.objects.active()
            .filter(pk__in=Membership.objects.filter(role__in=CAN["conversation.claim"]).values("user"))
            .by_name()
            .only("name", "email")
        )

    def choice(self) -> Choice:
        """Return the decision that the form describes. Parts that a disposition does not have are left out."""
        data = self.cleaned_data
        disposition = Disposition(data["disposition"])
        if disposition == Disposition.NO_RESPONSE:
            return Choice(
                disposition,
                data["priority"],
                reason=data["reason"],
                note=data["note"],
                tags=data["tags"],
                departure=data["departure"],
            )
        return Choice(
            disposition,
            data["priority"],
            department=data["department"],
            visibility=data["visibility"],
            offered_to=data["person"],
            note=data["note"],
            approval=data["needed"],
            tags=data["tags"],
            departure=data["departure"],
        )

    @classmethod
    def suggested(cls, conversation: Conversation, departments: Sequence[Department]) -> "DecisionForm":
        """Return the form as the policy would fill it in; where it is silent, customer service answers.

        Who practises is not told before.
        """
        suggestion = conversation.suggestion if conversation.learner_id is None else {}
        slug = suggestion.get("department", "")
        proposed = next((one for one in departments if slug and one.slug == slug), None) or next(
            (one for one in departments if one.kind == Department.Kind.CUSTOMER_SERVICE), None
        )
        disposition = conversation.disposition or suggestion.get("disposition", "")
        visibility = conversation.visibility or suggestion.get("visibility", "")
        needed = approval_needed(conversation) if conversation.decided_at else None
        person = conversation.offered_to
        if person is None and not conversation.decided_at:
            person = person_for(suggestion, slug)
        form = cls(
            initial={
                "fence": conversation.fence,
                "disposition": disposition or Disposition.CUSTOMER_SERVICE,
                "reason": "" if conversation.decided_at else suggestion.get("reason", ""),
                "department": conversation.department_id or (proposed.pk if proposed else None),
                "priority": conversation.priority,
                "visibility": visibility or Visibility.PUBLIC,
                "person": person.pk if person is not None else None,
                "tags": conversation.tags if conversation.decided_at else suggested_tags(suggestion, conversation),
                **cls.told(needed),
            }
        )
        form.parts_suggested = [part for part in PARTS if suggestion.get(part)]
        # Both would otherwise read them again.
        form.departments = list(departments)
        field = form.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.choices = [("", field.empty_label), *((one.pk, one.name) for one in departments)]
        return form


class FenceForm(forms.Form):
    """An act of the holder, with the fence that the page showed."""

    fence = forms.IntegerField(min_value=0)


class ClosingForm(FenceForm):
    """How the conversation ended."""

    outcome = forms.ChoiceField(choices=[(outcome.value, outcome.label) for outcome in CLOSING_OUTCOMES])


class DraftForm(forms.Form):
    """What is being written: under which fence, and on which page, which its answer's key tells from others."""

    body = forms.CharField(required=False, max_length=10_000, strip=False)
    fence = forms.IntegerField(required=False, min_value=0)
    key = forms.UUIDField(required=False)
    split = forms.ChoiceField(choices=Split.choices, required=False)

    def chosen_split(self) -> str | None:
        """Return whether it is to be a thread; None where the page says nothing of it."""
        chosen: str = self.cleaned_data["split"]
        return chosen if "split" in self.data else None


class SeenForm(FenceForm):
    """What somebody had before them when they sent."""

    seen_mention = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    policy_version = forms.IntegerField(min_value=1, max_value=2**63 - 1)

    def seen(self) -> Seen:
        """Return what the form says that they saw."""
        data = self.cleaned_data
        return Seen(data["fence"], data["seen_mention"], data["policy_version"])


class ReplyForm(ExtrasForm, SeenForm):
    """An answer, and what its writer had before them. ``anyway`` is what a refusal told them has changed since."""

    body = forms.CharField(max_length=10_000, error_messages={"required": _("Write an answer first.")})
    anyway = forms.RegexField(r"^[0-9]{1,9}-[0-9]{1,18}-[0-9]{1,18}$", required=False)
    key = forms.UUIDField()
    then = forms.ChoiceField(choices=[("", ""), ("close", "")], required=False)
    emergency = forms.CharField(required=False, max_length=500)
    sends_when_approved = forms.BooleanField(required=False)

    def seen(self) -> Seen:
        """Return what they saw: the page, or the refusal after it."""
        anyway = self.cleaned_data["anyway"]
        if not anyway:
            return super().seen()
        fence, mention, version = anyway.split("-")
        return Seen(int(fence), int(mention), int(version))


class ChangeForm(SeenForm):
    """What is to become of an answer that is out; ``after`` is the change of it that they saw last."""

    kind = forms.ChoiceField(choices=[(kind.value, "") for kind in (ReplyKind.CORRECTION, ReplyKind.REMOVAL)])
    body = forms.CharField(required=False, max_length=10_000)
    reason = forms.CharField(required=False, max_length=MAX_REASON)
    after = forms.IntegerField(min_value=0, max_value=2**63 - 1)
    key = forms.UUIDField()
    then = forms.ChoiceField(choices=[("", ""), ("ask", "")], required=False)
    emergency = forms.CharField(required=False, max_length=500)

    def change(self, original_id: int) -> Change:
        """Return what the form says is to become of the answer."""
        data = self.cleaned_data
        kind = ReplyKind(data["kind"])
        words = data["reason"] if kind == ReplyKind.REMOVAL else data["body"].replace("\r\n", "\n")
        return Change(original_id, kind, words, self.seen(), data["after"])


class FindingForm(forms.Form):
    """What somebody found out about an uncertain answer."""

    finding = forms.ChoiceField(choices=[("arrived", ""), ("missing", ""), ("look", "")])


def closing_choices() -> list[tuple[str, str]]:
    """Return the outcomes that a person may choose."""
    return [(outcome.value, str(Outcome(outcome).label)) for outcome in CLOSING_OUTCOMES]


class WriteDownForm(forms.Form):
    """What somebody heard where no channel listens. ``key`` tells a second click from a second call."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    occasion = forms.ChoiceField(label=_("How you heard it"), choices=Occasion.choices)
    said_at = forms.DateTimeField(
        label=_("When it was said"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    name = forms.CharField(label=_("Who said it"), required=False, max_length=200)
    contact = forms.CharField(
        label=_("How to reach them"),
        required=False,
        max_length=200,
        help_text=_("A number or an address. Who says something again is known by it."),
    )
    text = forms.CharField(
        label=_("What was said"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"})
    )
    url = forms.URLField(label=_("Where it can be read"), required=False, max_length=2000, assume_scheme="https")
    note = forms.CharField(
        label=_("Your note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Colleagues read it below the words. Pictures cannot be kept here: write down what they show."),
    )

    def told(self) -> Told:
        """Return what the form tells."""
        data = self.cleaned_data
        return Told(
            occasion=Occasion(data["occasion"]),
            text=data["text"],
            said_at=data["said_at"],
            name=data["name"],
            contact=data["contact"],
            url=data["url"],
            note=data["note"],
        )


class PersonForm(forms.Form):
    """Which profile is the same person; none means that there is no other."""

    profile = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class NoteForm(forms.Form):
    """A note; ``ask`` is checked against those who may be asked, since names come and go."""

    body = forms.CharField(max_length=10_000, strip=False, error_messages={"required": _("Write a note first.")})
    key = forms.UUIDField()
    answers = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
