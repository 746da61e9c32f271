import pytest

from policies.engine.conditions import read_condition
from policies.models import PolicyVersion
from policies.services import drafting
from teams.models import User
from teams.roles import Role
from tests.factories.policies import RuleFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory
from triage.models import Concern
from triage.services.decisions import rule_preview
from triage.services.decisions.rule_preview import preview_condition

WORDS = {"name": "Money", "c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "refund", "o-priority": "2"}


@pytest.fixture
def clause(policy, care):
    OrganisationFactory()
    draft: PolicyVersion = drafting.start_draft(editor=AppointmentFactory(role=Role.POLICY_EDITOR).user, at=NOON)
    return draft.clauses.get(number=2)


def editor_with(role: Role | None) -> User:
    user = AppointmentFactory(role=Role.POLICY_EDITOR).user
    if role is not None:
        AppointmentFactory(user=user, role=role)
    return user


def say(text, **fields):
    conversation = ConversationFactory(snippet=text, **fields)
    mention = conversation.entries.get().mention
    type(mention).objects.filter(pk=mention.pk).update(text=text)
    return conversation


def test_the_latest_that_match_are_counted_and_some_shown(policy, monkeypatch):
    monkeypatch.setattr(rule_preview, "BATCH", 2)
    found = [say(f"A refund {number}") for number in range(12)]
    say("Hello")

    preview = preview_condition(
        read_condition({"words": ["refund"], "priority": [3]}), lists={}, viewer=editor_with(Role.MANAGER)
    )

    assert (preview.read_count, preview.match_count, preview.hidden_count) == (13, 12, 0)
    assert [example.conversation for example in preview.examples] == found[:1:-1]
    assert preview.examples[0].evidence == (("words", "refund"), ("priority", "3"))
    assert not preview.is_cut_short


def test_what_is_shown_is_where_the_words_were_said_and_not_what_came_last(policy):
    mention = say("All good, thank you.").entries.get().mention
    text = "Hello. " * 40 + "I want a refund, please. " + "Bye. " * 40
    type(mention).objects.filter(pk=mention.pk).update(text=text)

    preview = preview_condition(read_condition({"words": ["refund"]}), lists={}, viewer=editor_with(Role.MANAGER))

    (example,) = preview.examples
    assert "Hello. I want a refund, please. Bye." in example.said
    assert (example.said[0], example.said[-1], len(example.said) <= 2 * rule_preview.AROUND + 2) == ("…", "…", True)


def test_what_is_shown_is_not_where_the_name_of_a_language_stands_by_chance(policy):
    mention = say("Hello.", language="en").entries.get().mention
    text = "Then " + "we waited, " * 40 + "and want a refund."
    type(mention).objects.filter(pk=mention.pk).update(text=text)

    condition = read_condition({"all": [{"language": ["en"]}, {"words": ["refund"]}]})
    preview = preview_condition(condition, lists={}, viewer=editor_with(Role.MANAGER))

    (example,) = preview.examples
    assert example.evidence == (("language", "en"), ("words", "refund"))
    assert example.said.endswith("and want a refund.")


def test_it_ends_when_its_time_is_up(policy, monkeypatch):
    monkeypatch.setattr(rule_preview, "BATCH", 2)
    for number in range(5):
        say(f"A refund {number}")

    preview = preview_condition(read_condition({"words": ["refund"]}), lists={}, viewer=editor_with(None), seconds=0)

    assert (preview.read_count, preview.match_count, preview.is_cut_short) == (2, 2, True)


def test_an_editor_sees_how_many_but_only_what_they_may(client, clause, care):
    hidden, seen = say("My refund, says nobody"), say("My refund, says Jo")
    Concern.objects.create(conversation=seen, department=care)
    stranger, insider = editor_with(None), editor_with(None)
    MembershipFactory(user=insider, department=care, role=Role.LISTENER)

    pages = []
    for viewer in (stranger, insider):
        client.force_login(viewer)
        response = client.post(f"/policy/clauses/{clause.pk}/preview/", WORDS, headers={"HX-Request": "true"})
        pages.append(response.content.decode())

    assert "2 of the latest 2 conversations" in pages[0]
    assert "2 of the latest 2 conversations" in pages[1]
    assert [seen.snippet in page for page in pages] == [False, True]
    assert [hidden.snippet in page for page in pages] == [False, False]
    assert ["2 of them are not for you to see." in page for page in pages] == [True, False]
    assert "1 of them is not for you to see." in pages[1]


def test_what_is_wrong_and_what_is_in_its_way_is_told_while_writing(client, clause, care):
    rule = RuleFactory(clause=clause, position=1, name="Wide", condition={"words": ["refund"]}, outcome={"priority": 1})
    client.force_login(editor_with(None))
    address = f"/policy/clauses/{clause.pk}/preview/"

    new = client.post(address, WORDS).content.decode()
    same = client.post(f"{address}?rule={rule.pk}", WORDS).content.decode()
    broken = client.post(address, {**WORDS, "c.1.1.lines": "!"}).content.decode()
    answer = client.post(address, {**WORDS, "c.1.1.is": "answer_words"}).content.decode()

    assert "It never gives anything: 2 “Wide” always comes before it." in new
    assert "<html" in new
    assert "always comes before it" not in same
    assert "has nothing in it to look for" in broken
    assert "past mentions cannot show" in answer
    assert client.post(f"{address}?rule=99999", WORDS).status_code == 404
    assert client.post(f"{address}?rule=x", WORDS).status_code == 200


@pytest.mark.parametrize(("may_decide", "is_told"), [(["customer_service"], True), (["no_response"], False)])
def test_a_rule_that_decides_what_its_clause_does_not_allow_is_told_so_in_the_editor(
    client, clause, may_decide, is_told
):
    clause.may_decide = may_decide
    clause.save(update_fields=["may_decide"])
    client.force_login(editor_with(None))
    typed = {"name": "Leave it", "c.1.is": "all", "c.1.1.is": "words", "c.1.1.lines": "spam"}
    typed |= {"o-disposition": "no_response", "o-decides": "on"}

    pages = [client.post(f"/policy/clauses/{clause.pk}/preview/", typed)]
    client.post(f"/policy/draft/clauses/{clause.pk}/rules/add/", typed)
    rule = clause.rules.get(name="Leave it")
    pages.append(client.post(f"/policy/clauses/{clause.pk}/preview/?rule={rule.pk}", typed))
    pages += [client.get(address) for address in ("/policy/draft/", f"/policy/draft/rules/{rule.pk}/")]

    sentence = "Its clause does not let its rules decide this by themselves."
    assert [sentence in page.content.decode() for page in pages] == [is_told] * 4
