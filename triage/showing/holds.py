"""Legal holds as pages show them, and what is left of an erased conversation."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from policies.models import Rule
from socialhub.lib.moments import date_format
from teams.models import User
from triage.models import Conversation, LegalHold
from triage.services.keeping import holds
from triage.showing.addresses import act_url

MOST_LIFTED = 50


@dataclass(frozen=True, slots=True)
class ShownHold:
    """One hold."""

    pk: int
    what: str
    url: str
    reason: str
    by: str
    at_text: str
    at_iso: str
    of_author: bool
    review_text: str
    is_overdue: bool
    lifted_text: str


@dataclass(slots=True)
class HoldPart:
    """What a conversation's page tells of holds and of erasing."""

    standing: list[ShownHold] = field(default_factory=list)
    may_place: bool = False
    url: str = ""
    erased_text: str = ""


def read_holds(conversation: Conversation, user: User, *, slug: str) -> HoldPart:
    """Return what keeps a conversation from being erased, or since when it is."""
    part = HoldPart(erased_text=erased_sentence(conversation))
    part.standing = [show(hold) for hold in holds.holds_on(conversation)]
    part.may_place = not part.erased_text and user.rights.may_somewhere("hold.place")
    part.url = act_url("hold", conversation.pk, slug=slug)
    return part


def erased_sentence(conversation: Conversation) -> str:
    """Return since when, and under which clause, what was said is erased; nothing where it is not."""
    if conversation.erased_at is None:
        return ""
    told = {"date": date_format(timezone.localtime(conversation.erased_at), "j F Y"), "clause": clause_of(conversation)}
    if not told["clause"]:
        return _("What was said was erased on %(date)s.") % told
    return _("What was said was erased on %(date)s under clause %(clause)s.") % told


def clause_of(conversation: Conversation) -> str:
    """Return the clause whose rule erased what was said last."""
    if conversation.erased_by_rule is None:
        return ""
    label = Rule.objects.filter(pk=conversation.erased_by_rule).values_list("clause__label", flat=True).first()
    return label or ""


def read_standing() -> list[ShownHold]:
    """Return the holds that stand, the oldest first."""
    standing = LegalHold.objects.filter(lifted_at=None).order_by("pk")
    return [show(hold) for hold in standing.select_related("placed_by", "conversation", "profile")]


def read_lifted() -> list[ShownHold]:
    """Return the holds that were lifted last."""
    lifted = LegalHold.objects.filter(lifted_at__isnull=False).order_by("-lifted_at")
    return [
        show(hold) for hold in lifted.select_related("placed_by", "lifted_by", "conversation", "profile")[:MOST_LIFTED]
    ]


def show(hold: LegalHold) -> ShownHold:
    """Return a hold as it is printed."""
    today = timezone.localdate()
    review = ""
    if hold.review_on is not None:
        review = _("To be looked at again on %(date)s.") % {"date": date_format(hold.review_on, "j F Y")}
    return ShownHold(
        pk=hold.pk,
        what=_what(hold),
        url=_url(hold),
        reason=hold.reason,
        by=hold.placed_by.name,
        at_text=date_format(timezone.localtime(hold.placed_at), "j F Y"),
        at_iso=hold.placed_at.isoformat(),
        of_author=hold.profile_id is not None,
        review_text=review,
        is_overdue=hold.lifted_at is None and hold.review_on is not None and hold.review_on <= today,
        lifted_text=_lifted(hold),
    )


def _what(hold: LegalHold) -> str:
    if hold.profile is not None:
        name = str(hold.profile) if hold.profile.erased_at is None else _("an author who is erased")
        return _("Everything of %(name)s") % {"name": name}
    conversation = hold.conversation
    name = conversation.author_name if conversation is not None else ""
    return _("Conversation with %(name)s") % {"name": name} if name else _("A conversation that is erased")


def _url(hold: LegalHold) -> str:
    if hold.conversation_id is not None:
        return reverse("triage:conversation", args=[hold.conversation_id])
    return f"{reverse('triage:queue', args=['everything'])}?profile={hold.profile_id}"


def _lifted(hold: LegalHold) -> str:
    if hold.lifted_at is None or hold.lifted_by is None:
        return ""
    return _("Lifted by %(name)s on %(date)s: %(reason)s") % {
        "name": hold.lifted_by.name,
        "date": date_format(timezone.localtime(hold.lifted_at), "j F Y"),
        "reason": hold.lifted_because,
    }
