from datetime import date, timedelta
from uuid import uuid4

import pytest

from listening.models import Mention
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry, Notification
from teams.roles import Role
from tests.factories.pen import SavedAnswerFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from triage.models import AnswerUse, Draft, SavedAnswer
from triage.services.sending import replies
from triage.services.writing import saved_answers, suggesting
from triage.services.writing.saved_answers import Wanted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

LATER = NOON + timedelta(minutes=5)


def wanted(owner, **change) -> Wanted:
    return Wanted(**{"title": "Hours", "body": "We are open from nine to five.", "owner": owner, **change})


def sent_with(answer, *, asked: str, body: str = "Hello."):
    """Record that a message was answered with a saved answer."""
    reply = ReplyFactory(body=body)
    Mention.objects.filter(pk=reply.answers_id).update(text=asked)
    AnswerUse.objects.create(
        saved_answer=answer, conversation=reply.conversation, author=reply.author, reply=reply, inserted_at=NOON
    )


def test_an_answer_is_kept(agent):
    made = saved_answers.add_answer(wanted=wanted(agent), actor=agent, at=NOON)

    assert SavedAnswer.objects.get() == made
    assert (made.title, made.owner, made.changed_at, made.use_count) == ("Hours", agent, NOON, 0)
    assert [(entry.verb, entry.subject) for entry in AuditEntry.objects.all()] == [("answer.added", "Hours")]


def test_two_answers_do_not_share_a_title(agent):
    SavedAnswerFactory(title="hours")

    with pytest.raises(saved_answers.AnswerTitleTaken, match=r"^Another saved answer has this title\.$"):
        saved_answers.add_answer(wanted=wanted(agent), actor=agent, at=NOON)

    assert SavedAnswer.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_an_answer_is_changed_and_its_owner_asked_anew(agent):
    answer = SavedAnswerFactory(flagged_at=NOON, expires_on=NOON.date())

    saved_answers.change_answer(
        answer_id=answer.pk, wanted=wanted(agent, expires_on=date(2027, 1, 1)), seen=NOON, actor=agent, at=LATER
    )

    answer.refresh_from_db()
    assert (answer.title, answer.owner, answer.changed_at, answer.flagged_at) == ("Hours", agent, LATER, None)


def test_what_somebody_else_changed_is_not_overwritten_unseen(agent):
    answer = SavedAnswerFactory(title="Theirs", changed_at=LATER)

    with pytest.raises(saved_answers.AnswerChanged):
        saved_answers.change_answer(answer_id=answer.pk, wanted=wanted(agent), seen=NOON, actor=agent, at=LATER)

    answer.refresh_from_db()
    assert answer.title == "Theirs"
    assert not AuditEntry.objects.exists()


def test_retiring_twice_is_one_change(agent):
    answer = SavedAnswerFactory()

    for _again in range(2):
        saved_answers.retire_answer(answer_id=answer.pk, actor=agent, at=LATER)

    answer.refresh_from_db()
    assert answer.is_retired
    assert AuditEntry.objects.count() == 1
    saved_answers.restore_answer(answer_id=answer.pk, actor=agent, at=LATER)
    answer.refresh_from_db()
    assert not answer.is_retired


def test_an_inserted_answer_stands_behind_what_is_written(agent, held):
    answer = SavedAnswerFactory(body="Hello {customer}, {agent} of {channel}.")

    body = saved_answers.insert_answer(answer=answer, conversation=held, agent=agent, body="Thanks!\n", at=NOON)

    assert body == f"Thanks!\n\nHello Cy Client, Anna Alm of {held.channel.name}."
    assert Draft.objects.get().body == body
    assert (AnswerUse.objects.get().saved_answer, AnswerUse.objects.get().reply) == (answer, None)
    answer.refresh_from_db()
    assert answer.use_count == 0


def test_an_answer_inserted_twice_stands_there_once(agent, held):
    answer = SavedAnswerFactory(body="Two lines,\nboth true.")

    for _again in range(2):
        Draft.objects.update(body="Two lines,\r\nboth true.")
        draft = Draft.objects.filter(author=agent).first()
        saved_answers.insert_answer(
            answer=answer, conversation=held, agent=agent, body=draft.body if draft else "", at=NOON
        )

    assert Draft.objects.get().body == answer.body
    assert AnswerUse.objects.count() == 1


def test_a_retired_answer_is_not_inserted(agent, held):
    answer = SavedAnswerFactory(is_retired=True)

    with pytest.raises(saved_answers.AnswerChanged, match=r"^This answer was retired meanwhile\.$"):
        saved_answers.insert_answer(answer=answer, conversation=held, agent=agent, body="", at=NOON)

    assert not Draft.objects.exists()
    assert not AnswerUse.objects.exists()


def test_an_answer_that_makes_the_draft_too_long_is_not_inserted(agent, held):
    with pytest.raises(Invalid):
        saved_answers.insert_answer(
            answer=SavedAnswerFactory(), conversation=held, agent=agent, body="x" * 9_999, at=NOON
        )

    assert not Draft.objects.exists()
    assert not AnswerUse.objects.exists()


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("We are open from nine to five.", 1),
        ("Hello Cy, we are open from ten to four.", 1),
        ("We cannot help you.", 0),
    ],
)
def test_a_use_counts_when_the_answer_still_carries_it(agent, held, policy, body, count):
    answer = SavedAnswerFactory()
    saved_answers.insert_answer(answer=answer, conversation=held, agent=agent, body="", at=NOON)
    reply = ReplyFactory(conversation=held, author=agent, body=body, policy_version=policy)

    for _again in range(2):
        saved_answers.count_uses(reply, at=LATER)

    answer.refresh_from_db()
    assert (answer.use_count, answer.used_at) == (count, LATER if count else None)
    assert AnswerUse.objects.filter(reply=reply).count() == count
    assert not AnswerUse.objects.filter(reply=None).exists()


def test_sending_counts_what_was_inserted(agent, held, policy):
    answer = SavedAnswerFactory()
    body = saved_answers.insert_answer(answer=answer, conversation=held, agent=agent, body="", at=NOON)
    seen = replies.Seen(held.fence, Mention.objects.get(entry__conversation=held).pk, policy.pk)

    reply = replies.queue_reply(
        conversation_id=held.pk,
        author=agent,
        body=body,
        key="6f1b9f0e-6d2b-4c53-9a53-0d0f6f0a9a11",
        seen=seen,
        closes=False,
        at=LATER,
    )

    assert SavedAnswer.objects.get().use_count == 1
    assert AnswerUse.objects.get().reply == reply


def test_owners_are_told_once_of_answers_whose_day_has_come():
    answer = SavedAnswerFactory(title="Hours", expires_on=NOON.date(), owner=UserFactory(wants_email=False))
    SavedAnswerFactory(expires_on=NOON.date() + timedelta(days=1))
    SavedAnswerFactory(expires_on=NOON.date(), is_retired=True)
    SavedAnswerFactory()

    assert [saved_answers.flag_stale(at=NOON) for _again in range(2)] == [1, 0]

    told = Notification.objects.get()
    assert (told.user, told.kind, told.subject) == (answer.owner, Notification.Kind.ANSWER_STALE, "Hours")
    assert told.path == f"/answers/{answer.pk}/"
    answer.refresh_from_db()
    assert answer.flagged_at == NOON


def test_owners_are_told_once_of_answers_whose_clause_is_in_force_no_more(policy):
    clause = policy.clauses.get(number=1)
    gone = SavedAnswerFactory(title="Old rule", clause_key=uuid4(), owner=UserFactory(wants_email=False))
    kept = SavedAnswerFactory(title="Rule", clause_key=clause.key)
    SavedAnswerFactory(clause_key=uuid4(), is_retired=True)

    assert [saved_answers.flag_stale(at=NOON) for _again in range(2)] == [1, 0]

    told = Notification.objects.get()
    assert (told.user, told.kind, told.subject) == (gone.owner, Notification.Kind.ANSWER_STALE, "Old rule")
    assert list(saved_answers.usable_on(NOON.date())) == [kept]


def test_when_the_owner_has_left_policy_editors_are_told():
    editor = AppointmentFactory(role=Role.POLICY_EDITOR, user__wants_email=False).user
    MembershipFactory(role=Role.RESPONDER)
    SavedAnswerFactory(expires_on=NOON.date(), owner=UserFactory(is_active=False))

    saved_answers.flag_stale(at=NOON)

    assert [told.user for told in Notification.objects.all()] == [editor]


def test_the_answers_that_fit_are_suggested_best_first():
    conversation = ConversationFactory(snippet="My charger is broken, when do you repair it?", language="en")
    best = SavedAnswerFactory(title="Charger broken", body="We repair every charger within a week.")
    good = SavedAnswerFactory(title="Repair", body="We repair bicycles.")
    SavedAnswerFactory(title="Hours", body="From nine to five.")

    assert suggesting.suggest(conversation, at=NOON) == [best, good]


def test_what_was_answered_with_it_before_counts():
    conversation = ConversationFactory(snippet="The lamp flickers all night.", language="en")
    answer = SavedAnswerFactory(title="Guarantee", body="Send it to us.")
    SavedAnswerFactory(title="Hours", body="From nine to five.")
    sent_with(answer, asked="My lamp flickers.")

    assert suggesting.suggest(conversation, at=NOON) == [answer]


def test_answers_in_the_language_of_the_customer_come_first():
    conversation = ConversationFactory(snippet="Garantie garantie reparatur", language="de")
    english = SavedAnswerFactory(title="Garantie reparatur", body="Garantie reparatur", language="en")
    german = SavedAnswerFactory(title="Zur garantie", body="Zwei Jahre.", language="de")
    anyone = SavedAnswerFactory(title="Eine reparatur", body="Zwei Wochen dauert es meist bei uns.", language="")

    assert suggesting.suggest(conversation, at=NOON)[-1] == english
    assert set(suggesting.suggest(conversation, at=NOON)) == {english, german, anyone}


@pytest.mark.parametrize("change", [{"is_retired": True}, {"expires_on": NOON.date()}])
def test_what_is_retired_or_to_be_reviewed_is_not_suggested(change):
    conversation = ConversationFactory(snippet="My charger is broken")
    answer = SavedAnswerFactory(title="Charger", **change)
    sent_with(answer, asked="My charger is broken")

    assert suggesting.suggest(conversation, at=NOON) == []


@pytest.mark.parametrize("said", ["", "!!! 12 ' | & (", "\N{BICYCLE}"])
def test_nothing_is_suggested_for_what_has_no_words(said):
    conversation = ConversationFactory(snippet=said)
    SavedAnswerFactory()

    assert suggesting.suggest(conversation, at=NOON) == []


@pytest.mark.parametrize("count", [1, 30])
def test_suggesting_costs_the_same_however_many_answers(django_assert_num_queries, count):
    conversation = ConversationFactory(snippet="When are you open?")
    SavedAnswerFactory.create_batch(count)

    with django_assert_num_queries(3):  # what was said, what was answered before, candidates
        found = suggesting.suggest(conversation, at=NOON)

    assert len(found) == min(count, 3)
