"""What we listen for, and why."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from listening.models.channel import Channel
from listening.models.mention import Mention


def _terms() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=200), default=list, blank=True)


class Stream(models.Model):
    """A standing query over what is heard, with a purpose, an owner, a reason and a review date.

    A mention matches when one of ``any_terms`` occurs (words and phrases as whole
    words, ``#hashtags`` exactly), all of ``all_terms``, none of ``no_terms``, and its
    language and channel are among those named, if any are. Channels that can search
    search for it.
    """

    class Purpose(models.TextChoices):
        """What a stream is for."""

        NAME = "name", _("Our name")
        PRODUCT = "product", _("A product")
        COMPETITOR = "competitor", _("A competitor")
        CAMPAIGN = "campaign", _("A campaign")
        HIRING = "hiring", _("Hiring")
        RISK = "risk", _("A risk")

    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    any_terms = _terms()
    all_terms = _terms()
    no_terms = _terms()
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    channels = models.ManyToManyField(Channel, related_name="streams", blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    review_on = models.DateField(_("to be reviewed on"))
    # How many matches a day are wanted at most; some networks bill what is read.
    daily_limit = models.PositiveIntegerField(_("at most on one day"), null=True, blank=True)
    is_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(models.functions.Lower("name"), name="listening_stream_name_once")]

    def __str__(self) -> str:
        return self.name


class StreamMatch(models.Model):
    """That a mention is what a stream listens for."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="matches", db_index=False)
    mention = models.ForeignKey(Mention, models.CASCADE, related_name="stream_matches")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "mention"], name="listening_streammatch_once")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.mention_id}"


class StreamDay(models.Model):
    """How many matches a stream had on one day (UTC); ``warned_at`` is when its owner heard that the limit is near."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "day"], name="listening_streamday_once")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.day}"
