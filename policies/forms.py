"""What policy editors fill in."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies import wording
from policies.engine.outcomes import DISPOSITIONS, VISIBILITIES
from policies.models import PolicyVersion, Rule
from policies.services import clauses, drafting
from teams.models import Department

MOST_WORDS = 200
LONGEST_WORD = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")


class Text(forms.CharField):
    """A long text with one kind of line end, whatever the browser sends."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Return the text with plain line ends."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class SeenForm(forms.Form):
    """A form that remembers what its writer had before them."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=32)


class DescriptionForm(SeenForm):
    """The draft's title, and what changes."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    summary = Text(
        label=gettext_lazy("What changes, and why"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("Everybody reads this before they attest."),
    )

    @classmethod
    def of(cls, version: PolicyVersion) -> "DescriptionForm":
        """Return the form filled in."""
        seen = drafting.fingerprint_of_description(version)
        return cls(initial={"title": version.title, "summary": version.summary, "seen": seen})


class RuleForm(forms.Form):
    """A rule: when it applies, and what it suggests."""

    # Which term a field stands for, and which of its limits.
    TERMS = {
        "any_words": ("words", ""),
        "languages": ("language", ""),
        "sentiment_below": ("sentiment", "below"),
        "reach_at_least": ("reach", "at_least"),
    }

    seen = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    name = forms.CharField(label=gettext_lazy("Name of the rule"), max_length=60)
    any_words = Text(
        label=gettext_lazy("Any of these words or phrases"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One on each line, or with commas between. Case and punctuation do not matter."),
    )
    languages = forms.CharField(
        label=gettext_lazy("Languages"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Codes with commas between, like en, da, de."),
    )
    sentiment_below = forms.FloatField(
        label=gettext_lazy("Sentiment below"),
        required=False,
        min_value=-1,
        max_value=1,
        help_text=gettext_lazy("From -1, furious, to 1, delighted."),
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )
    reach_at_least = forms.IntegerField(
        label=gettext_lazy("Reach at least"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=gettext_lazy("Followers of the author."),
    )
    priority = forms.TypedChoiceField(
        label=gettext_lazy("Priority"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "–"), *((number, name.capitalize()) for number, name in wording.PRIORITIES.items())],
    )
    disposition = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        required=False,
        choices=[("", "–"), *((name, wording.DISPOSITIONS[name].capitalize()) for name in DISPOSITIONS)],
    )
    visibility = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        required=False,
        choices=[("", "–"), *((name, wording.VISIBILITIES[name].capitalize()) for name in VISIBILITIES)],
    )
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        required=False,
        queryset=Department.objects.none(),
        to_field_name="slug",
        empty_label="–",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Department.objects.active().by_name()

    def clean_any_words(self) -> list[str]:
        """Return the words, each once, in the order given."""
        words = _listed(self.cleaned_data["any_words"])
        if len(words) > MOST_WORDS:
            raise forms.ValidationError(_("A rule takes at most %(count)d words.") % {"count": MOST_WORDS})
        for word in words:
            if len(word) > LONGEST_WORD:
                raise forms.ValidationError(_("“%(word)s…” is too long to be found.") % {"word": word[:30]})
            if not re.search(r"\w", word):
                raise forms.ValidationError(_("“%(word)s” has nothing in it to look for.") % {"word": word})
        return words

    def clean_languages(self) -> list[str]:
        """Return the codes of languages, in lower case."""
        codes = [code.lower() for code in _listed(self.cleaned_data["languages"])]
        for code in codes:
            if not _LANGUAGE.match(code):
                raise forms.ValidationError(_("“%(code)s” is not the code of a language.") % {"code": code[:30]})
        return codes

    def clean(self) -> dict[str, Any]:
        """Ask for a condition and an outcome."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            if not self._parts("any_words", "languages", "sentiment_below", "reach_at_least"):
                self.add_error(None, _("Say when the rule applies: fill in at least one condition."))
            if not self._parts("priority", "disposition", "visibility", "department"):
                self.add_error(None, _("Say what the rule suggests: choose at least one part."))
        return data

    def written(self) -> clauses.WrittenRule:
        """Return the rule that the form describes."""
        given = self._parts("any_words", "languages", "sentiment_below", "reach_at_least")
        condition = {}
        for name, (term, limit) in self.TERMS.items():
            if name in given:
                condition[term] = {limit: given[name]} if limit else given[name]
        outcome = self._parts("priority", "disposition", "visibility", "department")
        if "department" in outcome:
            outcome["department"] = outcome["department"].slug
        return clauses.WrittenRule(self.cleaned_data["name"], condition, outcome)

    @classmethod
    def of(cls, rule: Rule) -> "RuleForm":
        """Return the form filled in."""
        condition = rule.condition
        return cls(
            initial={
                **rule.outcome,
                "name": rule.name,
                "any_words": "\n".join(condition.get("words", ())),
                "languages": ", ".join(condition.get("language", ())),
                "sentiment_below": condition.get("sentiment", {}).get("below"),
                "reach_at_least": condition.get("reach", {}).get("at_least"),
                "seen": clauses.fingerprint_of_rule(rule),
            }
        )

    def _parts(self, *names: str) -> dict[str, Any]:
        given = {name: self.cleaned_data.get(name) for name in names}
        # Zero is a limit like any other.
        return {name: value for name, value in given.items() if value not in (None, "", [])}


class AttestForm(forms.Form):
    """Which version was read."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


def _listed(text: str) -> list[str]:
    words = [" ".join(word.split()) for word in re.split(r"[,;\n]", text)]
    return list(dict.fromkeys(word for word in words if word))
