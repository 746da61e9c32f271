"""Tags as people write them: words with commas between."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from policies.engine.facts import name_of

MOST_TAGS = 20
LONGEST_TAG = 40


class TagsField(forms.CharField):
    """Words with commas between; case does not matter."""

    def to_python(self, value: Any) -> Any:
        """Return the tags, each once.

        :raises ValidationError: there are too many, or one is too long.
        """
        return checked_tags(str(super().to_python(value)).split(","))

    def prepare_value(self, value: Any) -> Any:
        """Return what stands in the field."""
        return value if isinstance(value, str) else ", ".join(value or ())


def checked_tags(written: list[str]) -> tuple[str, ...]:
    """Return tags as they are kept.

    :raises ValidationError: there are too many, or one is too long or no text.
    """
    if any("\x00" in tag for tag in written):
        raise ValidationError(_("This holds a character that is none."))
    tags = tuple(dict.fromkeys(tag for tag in map(name_of, written) if tag))
    if len(tags) > MOST_TAGS:
        raise ValidationError(_("Give at most %(count)d tags.") % {"count": MOST_TAGS})
    if any(len(tag) > LONGEST_TAG for tag in tags):
        raise ValidationError(_("A tag has at most %(count)d characters.") % {"count": LONGEST_TAG})
    return tags
