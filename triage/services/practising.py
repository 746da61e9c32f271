"""Practice for the course: posts that one person hears, decides on and answers, beside everybody's work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import translation

from listening.connectors.course import KIND, CourseConnector
from listening.language import guess_language
from listening.models import Channel, Mention, Profile
from listening.sentiment import score_sentiment
from policies.engine.rules import Policy
from policies.services import reading
from socialhub.lib import locks
from teams.models import Department, User
from teams.rights import Rights
from triage.models import Conversation, Decision, Event, Note, Reply, ThreadEntry
from triage.practice_posts import BY_SLUG, Post, Task, posts_for
from triage.services import clocks, recording
from triage.services.arriving import facts
from triage.services.arriving.intake import read_heard
from triage.services.arriving.opening import suggestion_data
from triage.states import DueFor, ReplyKind, ReplyState, Stage

# The language of the posts before they are translated.
WRITTEN_IN: Final = "en"
# So many practice conversations make a part of the course.
WANTED: Final = {Task.DECIDE: 3, Task.ANSWER: 1, Task.NOTE: 1}


@dataclass(frozen=True, slots=True)
class Piece:
    """One practice conversation: its post, and what the learner has done with it."""

    conversation: Conversation
    post: Post
    is_done: bool

    @property
    def is_waiting(self) -> bool:
        """Whether it can still be practised on."""
        return not self.is_done and self.conversation.stage != Stage.CLOSED


def tasks_of(rights: Rights) -> list[Task]:
    """Return what somebody practises by their roles: to decide, to answer, or, where neither is theirs, to listen."""
    acting = {Task.DECIDE: "conversation.decide", Task.ANSWER: "conversation.answer"}
    found = [task for task, action in acting.items() if rights.may_somewhere(action)]
    listens = rights.may_somewhere("conversation.view") and rights.may_somewhere("note.write")
    return found or ([Task.NOTE] if listens else [])


def start_practising(*, learner: User, at: datetime) -> int:
    """Post what ``learner`` practises on, for every task of theirs for which nothing waits; return how many posts.

    Nobody else sees the conversations, no rule decides on them, and nobody is told. Locks
    the learner: a second click finds that everything waits.

    :raises NoPolicyInForce: there is no policy to practise under.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=learner.pk)
        waiting = {piece.post.task for piece in pieces_of(learner) if piece.is_waiting}
        wanted = [task for task in tasks_of(learner.rights) if task not in waiting]
        posts = [post for task in wanted for post in posts_for(task)]
        if not posts:
            return 0
        channel = _channel(at)
        for post in posts:
            _open(post, channel, learner, policy, at)
    return len(posts)


def pieces_of(learner: User) -> list[Piece]:
    """Return what ``learner`` practises and practised on, the oldest first."""
    practice = Conversation.objects.filter(learner=learner).select_related("channel", "department", "profile")
    marked = practice.annotate(**_marks()).order_by("pk")
    return [
        Piece(conversation, post, bool(getattr(conversation, f"did_{post.task}")))
        for conversation in marked
        if (post := BY_SLUG.get(_slug(conversation))) is not None
    ]


def done_by(people: Iterable[User]) -> dict[tuple[int, Task], int]:
    """Return how many practice conversations each of many people is through with, by person and task."""
    marked = Conversation.objects.filter(learner__in=list(people)).select_related("profile").annotate(**_marks())
    found: dict[tuple[int, Task], int] = {}
    for conversation in marked.order_by():
        post = BY_SLUG.get(_slug(conversation))
        if post is not None and conversation.learner_id and getattr(conversation, f"did_{post.task}"):
            key = conversation.learner_id, post.task
            found[key] = found.get(key, 0) + 1
    return found


def _marks() -> dict[str, Exists | Subquery]:
    """Return what tells, of each practice conversation, what its learner did: by the rows that the act left."""
    ours = {"conversation": OuterRef("pk")}
    decided = Decision.objects.filter(**ours, decided_by=OuterRef("learner"))
    sent = {"kind": ReplyKind.ANSWER, "state": ReplyState.SENT}
    return {
        # What was taken back says nothing of what is done.
        "did_decide": Subquery(decided.order_by("-pk").values("disposition")[:1]),
        "did_answer": Exists(Reply.objects.filter(**ours, **sent, author=OuterRef("learner"))),
        "did_note": Exists(Note.objects.filter(**ours, author=OuterRef("learner"))),
    }


def _slug(conversation: Conversation) -> str:
    return conversation.profile.external_id.partition("/")[0]


def _channel(at: datetime) -> Channel:
    """Return the one channel of the course, made when it is first needed, under a name that nobody uses."""
    locks.take(locks.Lock.PRACTISE)
    channel = Channel.objects.filter(kind=KIND).order_by("pk").first()
    if channel is not None:
        return channel
    title = CourseConnector().title
    name, number = title, 1
    while Channel.objects.filter(name__iexact=name).exists():
        number += 1
        name = f"{title} {number}"
    return Channel.objects.create(name=name, kind=KIND, created_at=at)


def _open(post: Post, channel: Channel, learner: User, policy: Policy, at: datetime) -> None:
    text, author = _words(post, policy, at)
    # Another author each time: nobody is to be known from an earlier practice.
    external_id = f"{post.slug}/{uuid4().hex}"
    profile = Profile.objects.create(channel=channel, external_id=external_id, name=author, reach=post.reach)
    language = guess_language(text)
    mention = Mention.objects.create(
        channel=channel,
        external_id=external_id,
        profile=profile,
        text=text,
        language=language,
        sentiment=score_sentiment(text, language),
        published_at=at,
        heard_at=at,
    )
    heard = read_heard([mention.pk])[mention.pk]
    facts.give_facts([heard], at=at)
    assert heard.facts is not None  # noqa: S101 - given in the line before
    suggestion = policy.suggest(heard.facts)
    conversation = Conversation(
        learner=learner,
        channel=channel,
        profile=profile,
        priority=suggestion.priority,
        suggestion=suggestion_data(suggestion),
        facts=facts.facts_data(heard.facts, mention.pk),
        author_name=author,
        snippet=heard.snippet,
        language=language,
        sentiment=mention.sentiment,
        mention_count=1,
        opened_at=at,
        last_inbound_at=at,
    )
    step = DueFor.DECIDE
    if post.task == Task.ANSWER:
        # As if it had been decided: who answers finds it in the queue.
        conversation.stage, step = Stage.ASSIGNED, DueFor.CLAIM
        conversation.department = _department(learner)
        conversation.disposition = post.disposition
        conversation.visibility = post.visibility or ""
        conversation.decided_at = at
    clocks.apply(conversation, clocks.start(conversation, step, policy=policy, at=at))
    Conversation.objects.bulk_create([conversation])
    ThreadEntry.objects.create(mention=mention, conversation=conversation)
    recording.record(
        conversation_id=conversation.pk, kind=Event.Kind.OPENED, actor=None, at=at, data={"mention": mention.pk}
    )


def _words(post: Post, policy: Policy, at: datetime) -> tuple[str, str]:
    """Return what a post says and who says it, in the learner's language where the rules understand it.

    Rules know the words of the languages that somebody wrote down. Where they say what
    fits of the post as it was written, and not of its translation, a learner would see
    the policy fail: such a post stays as it was written, as posts come in any language.
    """
    translated = str(post.text), str(post.author)
    with translation.override(WRITTEN_IN):
        written = str(post.text), str(post.author)
    if _fits(post, written[0], policy, at) and not _fits(post, translated[0], policy, at):
        return written
    return translated


def _fits(post: Post, text: str, policy: Policy, at: datetime) -> bool:
    """Say whether the rules suggest for a text what would be right for the post."""
    language = guess_language(text)
    began = {"language": language, "sentiment": score_sentiment(text, language), "reach": post.reach}
    suggestion = policy.suggest(facts.kept_facts(began, text=text, opened_at=at, zone=facts.company_zone()))
    return suggestion.disposition == post.disposition


def _department(learner: User) -> Department:
    answering = learner.rights.departments_for("conversation.answer")
    return Department.objects.filter(pk__in=answering).by_name()[0]
