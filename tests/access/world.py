"""A small company with one of everything that an address can name, and one person of every kind."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db.models import F
from django.utils import timezone

from insights.models import Takeaway
from listening.models import AuthorList, Channel, Person
from policies.models import PolicyVersion
from policies.services import clauses, drafting, guide_writing, lists, quizzes, targets
from teams.models import Department, Notification, Seat, User
from teams.roles import Role
from teams.services import api_keys
from tests.access.approvals import approvals
from tests.access.bulk import bulk_runs
from tests.access.changes import answers
from tests.access.guide import GUIDE
from tests.access.merging import merges
from tests.factories.attachments import AttachmentFactory
from tests.factories.back_tests import BackTestFactory
from tests.factories.listening import (
    ChannelFactory,
    MentionFactory,
    PictureFactory,
    ProfileFactory,
    SetAsideFactory,
    StreamFactory,
)
from tests.factories.pen import HandOverFactory, NoteFactory, SavedAnswerFactory, SendingStopFactory
from tests.factories.policies import (
    TARGETS,
    AttestationFactory,
    ClauseFactory,
    CommentFactory,
    IncidentFactory,
    PolicyVersionFactory,
    QuestionFactory,
    ReviewFactory,
    RuleFactory,
    TargetFactory,
    WaiverFactory,
    WordListFactory,
)
from tests.factories.retention import LegalHoldFactory, RetentionRunFactory
from tests.factories.rules_decide import DecidingStopFactory, DecisionCheckFactory
from tests.factories.saved_views import SavedViewFactory
from tests.factories.teams import (
    NOON,
    AppointmentFactory,
    DepartmentFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.factories.triage import ConversationFactory, DraftFactory, ReplyFactory, last_heard
from triage.models import Conversation, Draft, DraftVersion, IncidentPart, Reply, ThreadEntry

# The order of the columns in the tables of routes.
ACTORS = (
    "anonymous",
    "administrator",
    "policy_editor",
    "manager",
    "triage_owner",
    "responder",
    "outsider",
    "listener",
    "nobody",
)


@dataclass(frozen=True, slots=True)
class World:
    """``ids`` are what addresses and forms in the tables name; ``people`` are by actor."""

    ids: dict[str, Any]
    people: dict[str, User]


def build() -> World:
    """Make the world."""
    OrganisationFactory()
    care = DepartmentFactory(slug="care", name="Customer care")
    press = DepartmentFactory(slug="press", name="Press")
    people = _people(care, press)
    version = PolicyVersionFactory.published(number=1, published_by=people["administrator"])
    for person in people.values():
        AttestationFactory(user=person, version=version)
    channel = ChannelFactory(name="Rehearsal", kind="practice", next_fetch_at=NOON)
    webhook = ChannelFactory(
        name="Called", kind="webhook", options={"endpoint": "an-address", "scheme": "hub", "mapping": "socialhub"}
    )
    ids = {"care": care.pk, "channel": channel.pk, "webhook": webhook.pk, "version": version.pk}
    # A department of its own, so that answers of the others are not stopped.
    ids["stop"] = SendingStopFactory(department=DepartmentFactory(), stopped_by=people["manager"]).pk
    # Of a rule that there is not, so that every rule can still be stopped.
    ids["deciding_stop"] = DecidingStopFactory(rule_key=uuid4(), stopped_by=people["manager"]).pk
    ids["rule_check"] = DecisionCheckFactory(decision__decided_by_rule=version.clauses.get(number=1).rules.get()).pk
    ids["set_aside"] = SetAsideFactory(channel=channel).pk
    ids |= {name: person.pk for name, person in people.items()}
    ids |= {
        "author_list": AuthorList.objects.create(name="Customers of ours", kind="customer").pk,
        "stream": StreamFactory(owner=people["manager"]).pk,
        "next_month": (timezone.now() + timedelta(days=30)).date().isoformat(),
    }
    ids |= _conversations(channel, care, people["responder"], version)
    ids |= approvals(ProfileFactory(channel=channel), care, people["responder"], version)
    ids |= merges(ProfileFactory(channel=channel), care, people["responder"])
    ids |= answers(channel, care, people["responder"], version)
    ids |= _draft()
    ids["clause_in_force"] = version.clauses.get(number=2).key
    ids["waiver"] = WaiverFactory(person=people["responder"], until=timezone.now() + timedelta(days=7)).pk
    ids["trial"] = BackTestFactory(
        version=PolicyVersion.objects.get(pk=ids["draft"]), requested_by=people["administrator"], done=True
    ).pk
    ids["trial_underway"] = BackTestFactory(version=version, requested_by=people["administrator"]).pk
    ids["saved_answer"] = SavedAnswerFactory(title="Opening", owner=people["manager"]).pk
    ids["saved_view"] = SavedViewFactory(department=care, owner=people["administrator"]).pk
    ids |= _writing(ids["claimed"], people)
    ids |= _attachments(ids["claimed"], ids["failed"])
    ids |= _belongings(people["responder"], ids["claimed"])
    Takeaway.objects.create(
        conversation_id=ids["claimed"], department=care, author=people["listener"], kind="idea", text="Maps.", at=NOON
    )
    ids["hold"] = LegalHoldFactory(
        conversation=Conversation.objects.get(pk=ids["claimed"]), placed_by=people["manager"]
    ).pk
    ids |= bulk_runs(people["triage_owner"])
    incident = IncidentFactory(name="Outage Oslo", holding_text="We are on it.", declared_by=people["manager"])
    IncidentPart.objects.create(incident=incident, conversation_id=ids["claimed"], at=NOON)
    ids["incident"] = incident.pk
    ids["retention_run"] = RetentionRunFactory(version=version).pk
    return World(ids, people)


def _draft() -> dict[str, Any]:
    draft = PolicyVersionFactory(number=2, title="Kinder still", guide=GUIDE)
    clause = ClauseFactory(version=draft, number=1)
    ClauseFactory(version=draft, number=2, title="Be quick")
    rule = RuleFactory(clause=clause)
    for priority in TARGETS:
        TargetFactory(version=draft, priority=priority)
    words = WordListFactory(version=draft)
    question = QuestionFactory(clause=clause)
    return {
        "word_list": words.pk,
        "seen_list": lists.fingerprint_of_list(words),
        "draft": draft.pk,
        "clause": clause.pk,
        "clause_key": clause.key,
        "review": ReviewFactory(version=draft).pk,
        "comment": CommentFactory(version=draft, clause_key=clause.key).pk,
        "rule": rule.pk,
        "question": question.pk,
        "seen_question": quizzes.fingerprint_of_question(question),
        "seen_guide": guide_writing.fingerprint_of_question(GUIDE[0]),
        "seen_terms": quizzes.fingerprint_of_terms(draft),
        "seen_about": drafting.fingerprint_of_description(draft),
        "seen_targets": targets.fingerprint_of_targets(draft),
        "seen_clause": clauses.fingerprint_of_clause(clause),
        "seen_rule": clauses.fingerprint_of_rule(rule),
    }


def _writing(conversation_id: int, people: dict[str, User]) -> dict[str, Any]:
    """Make what is written beside and towards an answer."""
    conversation = Conversation.objects.get(pk=conversation_id)
    draft = DraftFactory(conversation=conversation)
    version = DraftVersion.objects.create(draft=draft, body="We were", saved_at=NOON)
    begun = DraftFactory(conversation=conversation, author=people["nobody"])
    note = NoteFactory(conversation=conversation, author=people["manager"])
    return {"draft_version": version.pk, "begun": begun.pk, "note": note.pk}


def _attachments(conversation_id: int, reply_id: int) -> dict[str, Any]:
    """Make a file with the holder's draft, and one with an answer."""
    draft = Draft.objects.get(conversation=conversation_id, author=F("conversation__holder"))
    return {
        "drafted_file": AttachmentFactory(draft=draft, alt="A map of the streets that are dark.").pk,
        "picture": PictureFactory(mention=last_heard(Conversation.objects.get(pk=conversation_id)), kept=True).pk,
        "sent_file": AttachmentFactory(draft=None, reply=Reply.objects.get(pk=reply_id)).pk,
    }


def _belongings(owner: User, conversation_id: int) -> dict[str, Any]:
    """Make what only one person may see: a key, and a notification."""
    key, _token = api_keys.create_api_key(user=owner, name="Export", scopes=["read"], expires_at=None, at=NOON)
    notification = Notification.objects.create(
        user=owner,
        kind=Notification.Kind.GIVEN,
        medium=Notification.Medium.PAGE,
        state=Notification.State.SENT,
        event_id=1,
        conversation_id=conversation_id,
        subject="Something",
        created_at=NOON,
        not_before_at=NOON,
        sent_at=NOON,
    )
    return {"key": key.pk, "notification": notification.pk}


def _people(care: Department, press: Department) -> dict[str, User]:
    people = {
        name: UserFactory(name=name, email=f"{name}@example.com", password="correct-horse")
        for name in ACTORS
        if name != "anonymous"
    }
    for role in (Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.MANAGER, Role.TRIAGE_OWNER):
        AppointmentFactory(user=people[role.value], role=role)
    MembershipFactory(user=people["responder"], department=care, role=Role.RESPONDER)
    MembershipFactory(user=people["outsider"], department=press, role=Role.RESPONDER)
    MembershipFactory(user=people["listener"], department=care, role=Role.LISTENER)
    Seat.objects.create(department=care, representative=people["listener"])
    return people


def _conversations(channel: Channel, care: Department, holder: User, version: PolicyVersion) -> dict[str, Any]:
    profile = ProfileFactory(channel=channel)
    new = ConversationFactory(profile=profile)
    assigned = ConversationFactory(profile=profile, assigned=True, department=care)
    claimed = ConversationFactory(profile=profile, claimed=True, department=care, holder=holder)
    closed = ConversationFactory(profile=profile, closed=True, department=care)
    known = ProfileFactory(channel=channel, person=Person.objects.create(name="Anna", created_at=NOON))
    ConversationFactory(profile=known, assigned=True, department=care)
    copy = MentionFactory(profile=profile)
    ThreadEntry.objects.create(mention=copy, conversation=assigned, is_copy=True)
    Conversation.objects.filter(pk=assigned.pk).update(copy_count=1)
    failed = ReplyFactory(
        conversation=ConversationFactory(profile=profile, claimed=True, department=care, holder=holder),
        failed=True,
        policy_version=version,
    )
    uncertain = ReplyFactory(
        conversation=ConversationFactory(profile=profile, claimed=True, department=care, holder=holder),
        uncertain=True,
        policy_version=version,
    )
    colleague = MembershipFactory(department=care).user
    asked_of = HandOverFactory(
        conversation=ConversationFactory(profile=profile, claimed=True, department=care, holder=colleague), taker=holder
    )
    asked_by = HandOverFactory(
        conversation=ConversationFactory(profile=profile, claimed=True, department=care, holder=holder), taker=colleague
    )
    return {
        "colleague": colleague.pk,
        "asked_of": asked_of.pk,
        "asked_by": asked_by.pk,
        "new": new.pk,
        "assigned": assigned.pk,
        "claimed": claimed.pk,
        "closed": closed.pk,
        "copy": copy.pk,
        "known": known.pk,
        "known_person": known.person_id,
        "mention": last_heard(claimed).pk,
        "failed": failed.pk,
        "failed_mention": failed.answers_id,
        "uncertain": uncertain.pk,
    }
