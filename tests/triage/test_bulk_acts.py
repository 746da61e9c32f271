from datetime import timedelta

import pytest

from teams.models import User
from tests.factories.teams import DepartmentFactory
from tests.factories.triage import ConversationFactory
from tests.support.bulk import SOON, Act, counts, prepare, refusals, start, to
from triage.history.sentences import read_history
from triage.models import Conversation
from triage.services.bulk import preparing
from triage.services.decisions import tagging
from triage.states import Outcome, Stage, Visibility

pytestmark = pytest.mark.django_db


def test_assigning_keeps_what_was_decided(owner, care):
    press = DepartmentFactory(slug="press")
    decided = ConversationFactory(assigned=True, department=care, priority=1, tags=["leak"])
    ConversationFactory()

    run = start(prepare(owner, Act.ASSIGN), {"department": press.pk, "offered_to": None, "note": ""})

    assert counts(run) == ("done", 2, 1, 1)
    assert refusals(run) == [("undecided", "This conversation needs a decision first.")]
    decided.refresh_from_db()
    assert (decided.department, decided.priority, decided.tags, decided.visibility) == (
        press,
        1,
        ["leak"],
        Visibility.PUBLIC,
    )


def test_tags_change_without_a_decision(agent, care):
    mine = ConversationFactory(claimed=True, department=care, holder=agent, tags=["old", "kept"])
    same = ConversationFactory(assigned=True, department=care, tags=["new"])
    ConversationFactory(claimed=True, department=care, holder__name="Maja")

    run = start(prepare(agent, Act.TAG), {"add": ["new"], "remove": ["old"]})

    assert counts(run) == ("done", 3, 2, 1)
    mine.refresh_from_db()
    assert (mine.tags, mine.fence) == (["kept", "new"], 2)
    event = mine.events.get()
    assert (event.kind, event.data) == ("tagged", {"added": ["new"], "removed": ["old"]})
    assert not same.events.exists()


def test_closing_keeps_to_the_department_and_the_holder(agent, care):
    ConversationFactory(assigned=True, department=care)
    ConversationFactory(claimed=True, department=care, holder=agent)
    ConversationFactory(claimed=True, department=care, holder__name="Maja")
    # It concerns care, but lies with others.
    elsewhere = ConversationFactory(assigned=True)
    elsewhere.concerns.create(department=care, because="decided")
    prepared = prepare(agent, Act.CLOSE)
    assert prepared.foreseen == {"": 2, "held": 1, "not_allowed": 1}

    run = start(prepared, {"outcome": Outcome.RESOLVED.value})

    assert counts(run) == ("done", 4, 2, 2)
    assert refusals(run) == [
        ("not_allowed", "You may not do this here."),
        ("not_the_holder", "Maja holds this conversation."),
    ]


@pytest.mark.parametrize("act", [Act.DECIDE, Act.TAG, Act.CLOSE])
def test_a_run_is_taken_back_where_nobody_has_gone_on(owner, care, act):
    conversations = ConversationFactory.create_batch(3, tags=["old"])
    how = {
        Act.DECIDE: to(care, tags=["new"]),
        Act.TAG: {"add": ["new"], "remove": ["old"]},
        Act.CLOSE: {"outcome": Outcome.THANKED.value},
    }[act]
    run = start(prepare(owner, act), how)
    assert counts(run) == ("done", 3, 3, 0)
    gone_on_with(conversations[2], owner, act)

    undo = start(preparing.prepare_undo(run_id=run.pk, person=owner, at=SOON), {})

    assert counts(undo) == ("done", 3, 2, 1)
    assert [code for code, _sentence in refusals(undo)] == ["not_undoable"]
    for conversation in conversations[:2]:
        conversation.refresh_from_db()
        assert conversation.stage == Stage.NEW
        assert conversation.tags == ([] if act == Act.DECIDE else ["old"])
    with pytest.raises(preparing.NotUndoable):
        preparing.prepare_undo(run_id=undo.pk, person=owner, at=SOON)


def gone_on_with(conversation: Conversation, owner: User, act: str) -> None:
    conversation.refresh_from_db()
    if act == Act.TAG:
        tagging.change_tags(conversation_id=conversation.pk, actor=owner, add=["more"], remove=[], at=SOON)
        return
    Conversation.objects.filter(pk=conversation.pk).update(fence=9)


def test_a_run_is_taken_back_within_an_hour_and_once(owner, care):
    ConversationFactory.create_batch(2)
    run = start(prepare(owner), to(care))
    late = SOON + timedelta(hours=1, seconds=1)

    with pytest.raises(preparing.NotUndoable):
        preparing.prepare_undo(run_id=run.pk, person=owner, at=late)
    start(preparing.prepare_undo(run_id=run.pk, person=owner, at=SOON), {}, at=SOON)
    with pytest.raises(preparing.NotUndoable):
        preparing.prepare_undo(run_id=run.pk, person=owner, at=SOON)

    assert Conversation.objects.filter(stage=Stage.NEW).count() == 2


def test_the_history_tells_of_tags(agent, care):
    conversation = ConversationFactory(assigned=True, department=care, tags=["old"])
    start(prepare(agent, Act.TAG), {"add": ["new"], "remove": ["old"]})

    assert read_history(conversation).lines[0].text == "Anna Alm added tags: new, and took away: old."
