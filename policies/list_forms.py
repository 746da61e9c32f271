"""What is filled in about word lists."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.folder.packing import MOST_BYTES
from policies.forms import SeenForm, Text
from policies.models import WordList
from policies.parts.lists import LONGEST_WORD, read_words
from policies.services.lists import fingerprint_of_list
from socialhub.lib.errors import Invalid

# A longer list is changed through its file.
MOST_TYPED = 1_000


class ListForm(SeenForm):
    """A word list: its name, and its words from a file or as they are typed; a file counts before what is typed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    typed = Text(
        label=gettext_lazy("Words and phrases"),
        required=False,
        max_length=MOST_TYPED * (LONGEST_WORD + 1),
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        help_text=gettext_lazy("One on each line. Case does not matter."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=gettext_lazy("One word or phrase on a line, or the first column. It takes the place of all words."),
    )

    def __init__(self, *args: Any, words: WordList | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].required = words is not None
        if words is not None and len(words.words) > MOST_TYPED:
            del self.fields["typed"]

    def clean(self) -> dict[str, Any]:
        """Read the words; None leaves a list as it is that is too long to be typed."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        file = data.get("file")
        try:
            if file:
                data["words"] = read_words(_text_of(file), path=file.name)
            else:
                data["words"] = read_words(data["typed"], path=_("the list")) if "typed" in data else None
        except Invalid as refusal:
            self.add_error("file" if file else "typed", str(refusal))
        return data

    @classmethod
    def of(cls, words: WordList) -> "ListForm":
        """Return the form filled in."""
        typed = "\n".join(words.words) if len(words.words) <= MOST_TYPED else ""
        initial = {"name": words.name, "typed": typed, "seen": fingerprint_of_list(words)}
        return cls(initial=initial, words=words)


def _text_of(file: "UploadedFile[Any]") -> str:
    # What is taken here can be taken away and brought back in a folder.
    if (file.size or 0) > MOST_BYTES:
        told = {"path": file.name, "count": MOST_BYTES // 1_000_000}
        raise Invalid(_("%(path)s is larger than %(count)d MB.") % told)
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("%(path)s is no text in UTF-8. Save it as “CSV UTF-8”.") % {"path": file.name}) from None
    if "\0" in text:
        raise Invalid(_("%(path)s is no text in UTF-8. Save it as “CSV UTF-8”.") % {"path": file.name})
    return text
