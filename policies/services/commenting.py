"""Comments on the clauses of a draft or a version in review."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from policies.models import Comment, PolicyVersion
from socialhub.lib.errors import Conflict, Invalid
from teams.models import Notification, User
from teams.services import notifications

LONGEST = 2000
MOST_ON_A_VERSION = 2000


class Closed(Conflict):
    """The version is not, or no longer, open to comments."""

    code = "comments_closed"


def comment(
    *, version_id: int, clause_key: UUID, author: User, body: str, at: datetime, answers_id: int | None = None
) -> Comment:
    """Write a comment on a clause, or an answer to one; who wrote the draft or spoke before is told.

    :raises Closed: the version is approved or in force already, or was discarded.
    :raises Invalid: there is no such clause or comment in it, or there are too many.
    """
    with transaction.atomic():
        version = _lock(version_id)
        first = None
        if answers_id is not None:
            first = version.comments.filter(pk=answers_id, clause_key=clause_key, answers=None).first()
            if first is None:
                raise Invalid(_("The comment that you answer is not there any more."))
        elif not version.clauses.filter(key=clause_key).exists():
            raise Invalid(_("The clause that you comment on is not there any more."))
        if version.comments.count() >= MOST_ON_A_VERSION:
            raise Invalid(_("There are too many comments on this version."))
        written = Comment.objects.create(
            version=version, clause_key=clause_key, author=author, body=body, written_at=at, answers=first
        )
        people = {version.created_by.pk: version.created_by} if version.created_by is not None else {}
        if first is not None:
            thread = version.comments.filter(pk=first.pk) | version.comments.filter(answers=first)
            people |= {said.author_id: said.author for said in thread.select_related("author")}
        people.pop(author.pk, None)
        notifications.notify(
            people=list(people.values()),
            kind=Notification.Kind.POLICY_COMMENT,
            subject=version.title,
            actor=author,
            at=at,
            path=reverse("policies:review", args=[version.number]),
        )
    return written


def resolve(*, version_id: int, comment_id: int, person: User, at: datetime) -> None:
    """Say that a comment is settled. Harmless to call twice; the first who says so stays.

    :raises Closed: the version is approved or in force already, or was discarded.
    """
    with transaction.atomic():
        version = _lock(version_id)
        version.comments.filter(pk=comment_id, answers=None, resolved_at=None).update(
            resolved_at=at, resolved_by=person
        )


def reopen(*, version_id: int, comment_id: int) -> None:
    """Take back that a comment is settled. Harmless to call twice.

    :raises Closed: the version is approved or in force already, or was discarded.
    """
    with transaction.atomic():
        version = _lock(version_id)
        version.comments.filter(pk=comment_id).update(resolved_at=None, resolved_by=None)


def _lock(version_id: int) -> PolicyVersion:
    # A comment and the last approval take turns: none is written on a version that is approved already.
    version = PolicyVersion.objects.edited().select_for_update().filter(pk=version_id).first()
    if version is None:
        raise Closed(_("This version is not written or reviewed any more, so nobody would read a comment."))
    return version
