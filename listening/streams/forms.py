"""What is filled in about a stream."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listening.heard import language_code
from listening.matching import Query
from listening.models import Channel, Stream
from listening.services.streams import Wanted
from listening.streams.terms import LONGEST_TERM, MOST_TERMS, Unsearchable, checked_terms
from teams.models import User
from teams.roles import CAN

REVIEW_AFTER = timedelta(days=180)
REVIEW_WITHIN = timedelta(days=366)


class TermsField(forms.CharField):
    """Words, phrases and hashtags, one on each line; cleaned to a list."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 2)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "autocapitalize": "none"}))
        super().__init__(max_length=MOST_TERMS * (LONGEST_TERM + 2), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the terms, each once.

        :raises ValidationError: there are too many, or one cannot be looked for.
        """
        try:
            return checked_terms(super().clean(value).splitlines())
        except Unsearchable as unusable:
            raise forms.ValidationError(str(unusable)) from unusable


class QueryForm(forms.Form):
    """What is listened for; enough for a preview."""

    any_terms = TermsField(
        label=gettext_lazy("Listen for"),
        rows=4,
        error_messages={"required": gettext_lazy("Enter what to listen for.")},
        help_text=gettext_lazy(
            "One on each line: a word, a phrase, or a #hashtag. One of them is enough. Case does not matter; "
            "accents do."
        ),
    )
    all_terms = TermsField(
        label=gettext_lazy("Only with all of these"),
        required=False,
        help_text=gettext_lazy("For a name that means other things, too: what must also be said."),
    )
    no_terms = TermsField(
        label=gettext_lazy("Never with one of these"),
        required=False,
        help_text=gettext_lazy("What shows that something else is meant."),
    )
    languages = forms.CharField(
        label=gettext_lazy("Only in these languages"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Codes such as en, de. What is too short to tell its language is left out then. Empty means every language."
        ),
    )
    channels = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only on these channels"),
        queryset=Channel.objects.by_name(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "None means all of them. Channels that can search their network search there for what the stream "
            "listens for."
        ),
    )

    def clean_languages(self) -> list[str]:
        """Return the codes, each once."""
        entered = self.cleaned_data["languages"].replace(",", " ").split()
        codes = [language_code(code) for code in entered]
        for code, written in zip(codes, entered, strict=True):
            if not code:
                raise forms.ValidationError(
                    _("“%(code)s” is no code of a language; they are like en or de.") % {"code": written[:20]}
                )
        return list(dict.fromkeys(codes))

    def query(self) -> Query:
        """Return what is asked of a text."""
        cleaned = self.cleaned_data
        return Query(
            key=0,
            any_terms=cleaned["any_terms"],
            all_terms=cleaned["all_terms"],
            no_terms=cleaned["no_terms"],
            languages=frozenset(cleaned["languages"]),
            channels=frozenset(channel.pk for channel in cleaned["channels"]),
        )


def reason_field() -> forms.CharField:
    """Return the field for why a stream is listened for."""
    return forms.CharField(
        label=gettext_lazy("Why we listen for it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What people say is their personal data: the law asks for a reason to collect it."),
    )


def review_field(**options: Any) -> forms.DateField:
    """Return the field for the day on which a stream is looked at again."""
    return forms.DateField(
        label=gettext_lazy("To be reviewed on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **options,
    )


class StreamForm(QueryForm):
    """A stream, new or to be changed; ``today`` is where it is asked."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    purpose = forms.ChoiceField(label=gettext_lazy("What it is for"), choices=Stream.Purpose.choices)
    daily_limit = forms.IntegerField(
        label=gettext_lazy("At most on one day"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=gettext_lazy(
            "Its owner is told at 80 percent. When it is full, channels stop searching for it until the next day "
            "(UTC): some networks bill what is read."
        ),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Owner"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("Choose somebody"),
        help_text=gettext_lazy("Who answers for it."),
    )
    reason = reason_field()
    review_on = review_field(help_text=gettext_lazy("When somebody asks whether it is still needed: within a year."))

    def __init__(self, *args: Any, today: date, stream: Stream | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = people_who_may_own(stream.owner_id if stream else None)

    def clean_review_on(self) -> date:
        """Ask for a day that comes, and soon enough."""
        day: date = self.cleaned_data["review_on"]
        return checked_review_day(day, today=self._today)

    def wanted(self) -> Wanted:
        """Return what the stream is to be."""
        return Wanted(**{name: self.cleaned_data[name] for name in self.fields})


def checked_review_day(day: date, *, today: date) -> date:
    """Return the day if a stream may wait for its review until then.

    :raises ValidationError: it has passed, or is too far off.
    """
    if not today < day <= today + REVIEW_WITHIN:
        raise forms.ValidationError(_("Choose a day after today and within a year."))
    return day


def people_who_may_own(present_id: int | None = None) -> QuerySet[User]:
    """Return who may be the owner of a stream: whoever sees it, and who is its owner now."""
    roles = CAN["stream.view"]
    may_see = Q(appointments__role__in=roles) | Q(memberships__role__in=roles)
    return User.objects.by_name().filter(Q(is_active=True) & may_see | Q(pk=present_id)).distinct()


def initial_of(stream: Stream) -> dict[str, Any]:
    """Return a stream as the form shows it."""
    return {
        "name": stream.name,
        "purpose": stream.purpose,
        "any_terms": "\n".join(stream.any_terms),
        "all_terms": "\n".join(stream.all_terms),
        "no_terms": "\n".join(stream.no_terms),
        "languages": ", ".join(stream.languages),
        "channels": list(stream.channels.all()),
        "daily_limit": stream.daily_limit,
        "owner": stream.owner_id,
        "reason": stream.reason,
        "review_on": stream.review_on,
    }
