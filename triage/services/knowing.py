"""Know a customer again: the same person under several profiles, with its line in the record."""

from datetime import datetime

from django.db import transaction

from listening.services import people
from teams.models import User
from triage.models import Conversation, Event
from triage.services import recording


def join_author(*, conversation_id: int, profile_id: int, actor: User, at: datetime) -> None:
    """Note that the author of a conversation is the same person as another profile.

    :raises CannotBeJoined: they are one already, or one of them is ours.
    """
    with transaction.atomic():
        author = Conversation.objects.values_list("profile", flat=True).get(pk=conversation_id)
        person = people.join_profiles(profile_id=author, other_id=profile_id, at=at)
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.PERSON_JOINED,
            actor=actor,
            at=at,
            data={"profile": author, "with": profile_id, "person": person.pk},
        )


def separate_author(*, conversation_id: int, actor: User, at: datetime) -> None:
    """Note that the author of a conversation is not the same person as the other profiles.

    :raises NotJoined: it is joined to none.
    """
    with transaction.atomic():
        author = Conversation.objects.values_list("profile", flat=True).get(pk=conversation_id)
        people.separate_profile(profile_id=author)
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.PERSON_SEPARATED,
            actor=actor,
            at=at,
            data={"profile": author},
        )
