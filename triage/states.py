"""The words for where a conversation and an answer stand, and what came of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(models.TextChoices):
    """Where a conversation stands."""

    NEW = "new", _("Needs a decision")
    ASSIGNED = "assigned", _("In a department's queue")
    CLAIMED = "claimed", _("Claimed")
    WAITING = "waiting", _("Waiting for the customer")
    CLOSED = "closed", _("Closed")


class Disposition(models.TextChoices):
    """What is done with a conversation."""

    NO_RESPONSE = "no_response", _("Do not respond")
    CUSTOMER_SERVICE = "customer_service", _("Respond as customer service")
    PUBLIC_RESPONSE = "public_response", _("Respond publicly")


class Reason(models.TextChoices):
    """Why nobody answers."""

    OFF_TOPIC = "off_topic", _("Not about us")
    SPAM = "spam", _("Spam or a bot")
    TROLLING = "trolling", _("Trolling")
    RANT = "rant", _("A rant that an answer would feed")
    NO_VALUE_ADDED = "no_value_added", _("An answer would add nothing")
    COMMUNITY_ANSWERS = "community_answers", _("The community answers better")
    DUPLICATE = "duplicate", _("Answered elsewhere")
    OTHER = "other", _("Another reason")


class Departure(models.TextChoices):
    """Why a decision departs from what the policy suggested."""

    WRONG = "wrong", _("The rule is wrong here")
    BROAD = "broad", _("The rule is too broad")
    SPECIAL = "special", _("This is a special case")
    OTHER = "other", _("Another reason")


class Visibility(models.TextChoices):
    """Who can read the answer."""

    PUBLIC = "public", _("In public")
    PRIVATE = "private", _("In private")


class Priority(models.IntegerChoices):
    """How urgent a conversation is."""

    URGENT = 1, _("Urgent")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


class Outcome(models.TextChoices):
    """How a conversation ended."""

    RESOLVED = "resolved", _("Solved")
    INFORMED = "informed", _("Informed")
    THANKED = "thanked", _("Thanked")
    REFERRED = "referred", _("Referred elsewhere")
    NO_ANSWER = "no_answer", _("Deliberately not answered")
    ELSEWHERE = "elsewhere", _("Answered outside this portal")
    EXPIRED = "expired", _("Never handled")
    MERGED = "merged", _("Joined to another conversation")


# What a person may choose when closing; the others are set by what happened.
CLOSING_OUTCOMES = (Outcome.RESOLVED, Outcome.INFORMED, Outcome.THANKED, Outcome.REFERRED, Outcome.EXPIRED)


class DueFor(models.TextChoices):
    """What has to be done by the deadline."""

    DECIDE = "decide", _("Decide")
    CLAIM = "claim", _("Claim")
    ANSWER = "answer", pgettext_lazy("verb", "Answer")
    RESOLVE = "resolve", _("Resolve")


# The clock runs: somebody here has to do something.
RUNNING = (Stage.NEW, Stage.ASSIGNED, Stage.CLAIMED)
OPEN = (*RUNNING, Stage.WAITING)


class Occasion(models.TextChoices):
    """How somebody heard what they write down."""

    PHONE = "phone", _("Phone call")
    IN_PERSON = "in_person", _("In person")
    LETTER = "letter", _("Letter")
    SCREENSHOT = "screenshot", _("Screenshot")
    OTHER = "other", _("Something else")


class ReplyState(models.TextChoices):
    """How far an answer has come on its way out."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Uncertain")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ReplyKind(models.TextChoices):
    """Whether it says something, or changes what was said."""

    ANSWER = "answer", _("Answer")
    CORRECTION = "correction", _("Correction")
    REMOVAL = "removal", _("Removal")


class Split(models.TextChoices):
    """Whether an answer goes out as one post, or as several below each other."""

    NOT = "", _("One post")
    PLAIN = "plain", _("A thread")
    NUMBERED = "numbered", _("A thread with numbers (1/3)")


class Failure(models.TextChoices):
    """Why an answer did not go out, which says what happens next."""

    QUICK = "quick", _("The network did not answer")
    SLOW = "slow", _("The network asks us to wait")
    PERMANENT = "permanent", _("The network refused it")
    AUTHORISATION = "authorisation", _("The network does not accept our sign-in")
    CHANGED = "changed", _("Something changed before it left")
    STOPPED = "stopped", _("Sending was stopped")


# At most one of these per conversation: the next answer waits for the fate of this one.
IN_FLIGHT = (ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN)
# A person has to do something about these.
TROUBLED_REPLIES = (ReplyState.FAILED, ReplyState.UNCERTAIN)
