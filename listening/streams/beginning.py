"""What should we listen for? From our names to a stream and the channels that need no account."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from listening.models import Channel, Stream
from listening.services import beginning, matching, streams
from listening.services.beginning import Proposed
from listening.streams.forms import REVIEW_AFTER, TermsField, checked_review_day, reason_field, review_field
from listening.streams.rows import today_utc
from teams.http import may, organisation_of, signed_in

MASTODON_SERVER = "mastodon.social"
MOST_HASHTAGS = 10
# What can be ticked, and what has to be entered for each.
NEEDED = {
    "stream": ("stream_name", "reason", "review_on"),
    "mastodon_tags": ("server", "hashtags"),
    "hackernews": (),
    "news_search": ("provider", "edition"),
}


class NamesForm(forms.Form):
    """What we are called."""

    names = TermsField(
        label=gettext_lazy("Your names, products and hashtags"),
        rows=4,
        help_text=gettext_lazy("One on each line, as others write them."),
    )


class BeginForm(NamesForm):
    """What is proposed, with a tick at each."""

    take_stream = forms.BooleanField(label=gettext_lazy("A stream"), required=False)
    stream_name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    reason = reason_field()
    review_on = review_field()
    take_mastodon_tags = forms.BooleanField(label=gettext_lazy("Hashtags on a Mastodon server"), required=False)
    server = forms.CharField(label=gettext_lazy("Server"), max_length=200)
    hashtags = forms.CharField(label=gettext_lazy("Hashtags"), max_length=2000)
    take_hackernews = forms.BooleanField(label=gettext_lazy("Hacker News"), required=False)
    take_news_search = forms.BooleanField(label=gettext_lazy("News search"), required=False)
    provider = forms.ChoiceField(
        label=gettext_lazy("Who searches"),
        choices=(("google", gettext_lazy("Google News")), ("bing", gettext_lazy("Bing News"))),
        help_text=gettext_lazy("Read the provider’s terms first: these feeds are offered for personal use."),
    )
    edition = forms.CharField(
        label=gettext_lazy("Language and country"),
        max_length=10,
        help_text=gettext_lazy("For example en-US or de-DE."),
    )

    use_required_attribute = False

    def __init__(self, *args: Any, today: date, done: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self.done = sorted(set(done) & NEEDED.keys())
        self.offered = [one for one in _offered() if one not in self.done]
        for one, names in NEEDED.items():
            if self.is_bound and not (one in self.offered and f"take_{one}" in self.data):
                for name in names:
                    self.fields[name].required = False

    def clean_review_on(self) -> date | None:
        """Ask for a day that comes, and soon enough."""
        day: date | None = self.cleaned_data["review_on"]
        return checked_review_day(day, today=self._today) if day and self.fields["review_on"].required else day

    def takes(self, one: str) -> bool:
        """Say whether something that is offered is ticked."""
        return one in self.offered and bool(self.cleaned_data[f"take_{one}"])

    def proposed(self) -> list[Proposed]:
        """Return the channels that were ticked."""
        cleaned = self.cleaned_data
        names: list[str] = cleaned["names"]
        is_listened_for = self.takes("stream") or matching.active_streams().filter(any_terms__contains=names).exists()
        # Without a stream, the channels search for the names by themselves.
        own: dict[str, object] = {} if is_listened_for else {"terms": "\n".join(names)}
        options: dict[str, tuple[str, dict[str, object]]] = {
            "mastodon_tags": (
                _("Hashtags on %(server)s") % {"server": cleaned["server"]},
                {"server": cleaned["server"], "hashtags": cleaned["hashtags"]},
            ),
            "hackernews": (_("Hacker News"), own),
            "news_search": (
                _("News search"),
                {"provider": cleaned["provider"], "edition": cleaned["edition"], "template": "", **own},
            ),
        }
        searches = [{"stream": 0, "any_terms": names, "all_terms": [], "no_terms": [], "languages": []}]
        return [Proposed(kind, name, chosen, searches) for kind, (name, chosen) in options.items() if self.takes(kind)]


@may("channel.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Ask for names, propose what to listen to, and connect what is ticked and answers."""
    if request.method != "POST":
        names = NamesForm(initial={"names": organisation_of(request).name})
        return render(request, "listening/begin.html", {"form": names})
    if "names_only" in request.POST:
        names = NamesForm(request.POST)
        if not names.is_valid():
            return render(request, "listening/begin.html", {"form": names}, status=422)
        form = BeginForm(today=today_utc(), initial=_proposals(names.cleaned_data["names"]))
        return render(request, "listening/begin_choice.html", {"form": form})
    form = BeginForm(request.POST, today=today_utc(), done=request.POST.getlist("done"))
    if not form.is_valid():
        return render(request, "listening/begin_choice.html", {"form": form}, status=422)
    return _carried_out(request, form)


def _carried_out(request: HttpRequest, form: BeginForm) -> HttpResponse:
    """Save what works, and show the others again with the reason."""
    cleaned, now = form.cleaned_data, timezone.now()
    failures: dict[str, str] = {}
    done: dict[str, str] = {}
    if form.takes("stream"):
        # First the stream: the channels look at once, and search for what it listens for.
        try:
            made = streams.add_stream(wanted=_wanted(request, form), actor=signed_in(request), at=now)
        except streams.StreamNameTaken as conflict:
            failures["stream"] = str(conflict)
        else:
            done["stream"] = _("The stream %(name)s listens from now on.") % {"name": made.name}
    for outcome in beginning.connect(proposed=form.proposed(), owner=signed_in(request), at=now):
        if outcome.channel is None:
            failures[outcome.proposed.kind] = outcome.told
        else:
            done[outcome.proposed.kind] = f"{outcome.channel.name}: {outcome.told}"
    for sentence in done.values():
        messages.success(request, sentence)
    if not failures:
        return redirect("streams:list")
    left = {**cleaned, "names": "\n".join(cleaned["names"])}
    left |= {f"take_{one}": one in failures for one in NEEDED}
    again = BeginForm(today=today_utc(), done=[*form.done, *done], initial=left)
    return render(request, "listening/begin_choice.html", {"form": again, "failures": failures}, status=422)


def _wanted(request: HttpRequest, form: BeginForm) -> streams.Wanted:
    cleaned = form.cleaned_data
    return streams.Wanted(
        name=cleaned["stream_name"],
        purpose=Stream.Purpose.NAME,
        any_terms=cleaned["names"],
        owner=signed_in(request),
        reason=cleaned["reason"],
        review_on=cleaned["review_on"],
    )


def _offered() -> list[str]:
    """Return what is worth a tick: one search of Hacker News hears everything there."""
    connected = set(Channel.objects.filter(kind="hackernews").values_list("kind", flat=True))
    return [one for one in NEEDED if one not in connected]


def _proposals(names: Sequence[str]) -> dict[str, Any]:
    return {
        "names": "\n".join(names),
        "stream_name": _("Our name"),
        "reason": _("To notice and answer what people say to us and about us."),
        "review_on": today_utc() + REVIEW_AFTER,
        "server": MASTODON_SERVER,
        "hashtags": ", ".join(hashtags_of(names)),
        "provider": "google",
        "edition": "en-US",
        **{f"take_{one}": True for one in NEEDED},
    }


def hashtags_of(names: Sequence[str]) -> list[str]:
    """Return names as people write them in hashtags: in one word."""
    unique: dict[str, str] = {}
    for word in ("".join(re.findall(r"\w+", name)) for name in names):
        unique.setdefault(word.casefold(), f"#{word}")
    unique.pop("", None)
    return list(unique.values())[:MOST_HASHTAGS]
