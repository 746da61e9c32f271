import csv
import io
from uuid import uuid4

import pytest

from insights.models import Takeaway
from policies.models import PolicyVersion, QuizTry
from teams.models import User
from teams.roles import Role
from teams.services import people
from tests.factories.policies import AttestationFactory, ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory
from tests.support.visiting import HTMX, answer_form, browser, get
from triage.models import Conversation
from triage.services import notes
from triage.services.practising import pieces_of, start_practising
from triage.services.sending import outbox
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

COURSE = "/course/"


@pytest.fixture
def newcomer(care) -> User:
    return MembershipFactory(department=care, user__name="Nia New").user


@pytest.fixture
def suggesting(policy) -> PolicyVersion:
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=NOON)
    version = PolicyVersionFactory(number=2)
    clause = ClauseFactory(version=version, number=1, label="4.5", title="Advertising")
    outcome = {"disposition": "no_response", "priority": 4}
    RuleFactory(clause=clause, name="Spam", condition={"words": ["bitcoin"]}, outcome=outcome)
    said = ClauseFactory(version=version, number=2, label="6.2", title="Tone")
    conduct = {"verdict": "warn", "message": "You promise something."}
    RuleFactory(clause=said, kind="conduct", name="Promise", condition={"answer_words": ["promise"]}, outcome=conduct)
    for priority in range(1, 5):
        TargetFactory(version=version, priority=priority)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON, binds_from=NOON)
    return version


def waiting(user: User, slug: str) -> Conversation:
    return next(piece.conversation for piece in pieces_of(user) if piece.post.slug == slug)


def decision(conversation: Conversation, **change: object) -> dict[str, object]:
    return {"fence": conversation.fence, "disposition": "no_response", "reason": "spam", "priority": 4, **change}


def test_the_course_leads_from_step_to_step(policy, newcomer):
    page = get(newcomer, COURSE)
    assert "0 of 3 done" in page
    assert page.count("button-primary") == 1
    assert "Answer a practice conversation" in page
    assert "Decide three" not in page

    assert "It asks no questions." in page
    assert "Read it first; then say so here." in get(newcomer, "/policy/attest/")

    QuizTry.objects.create(user=newcomer, version=policy, right_count=0, question_count=2, at=NOON)
    page = get(newcomer, COURSE)
    assert "1 of 3 done" in page
    assert 'class="button button-primary" href="/policy/attest/"' in page

    AttestationFactory(user=newcomer, version=policy)
    page = get(newcomer, COURSE)
    assert "2 of 3 done" in page
    assert 'action="/course/start/"' in page


def test_somebody_starts_practising_and_is_led_to_it(agent):
    answer = browser(agent).post("/course/start/")

    assert answer["Location"] == COURSE
    page = get(agent, COURSE)
    conversation = waiting(agent, "broken")
    assert f'href="/inbox/practice/{conversation.pk}/"' in page
    assert "Start practising" not in page
    again = browser(agent).post("/course/start/", follow=True).content.decode()
    assert "What you practise on waits for you already." in again
    assert Conversation.objects.count() == 2


def test_an_answer_is_practised_on_the_real_pages(policy, agent):
    start_practising(learner=agent, at=NOON)
    conversation = waiting(agent, "broken")
    client = browser(agent)
    page = get(agent, f"/inbox/practice/{conversation.pk}/")
    assert "Practice: nobody else sees this, and it counts nowhere." in page

    assert client.post(f"/conversations/{conversation.pk}/claim/?from=practice").status_code == 302
    conversation.refresh_from_db()
    form = answer_form(conversation, policy, body="We are sorry. Please write to us.")
    sent = client.post(f"/conversations/{conversation.pk}/send/?from=practice", form)
    assert sent["Location"] == f"/inbox/practice/{conversation.pk}/"
    outbox.deliver(reply_id=conversation.replies.get().pk, at=conversation.replies.get().not_before_at)

    page = get(agent, COURSE)
    assert "You are through." in page
    assert "No rule of the policy objects" in page
    assert "We are sorry. Please write to us." in page


def test_an_answer_is_told_what_the_policy_says_of_it(suggesting, agent):
    AttestationFactory(user=agent, version=suggesting)
    start_practising(learner=agent, at=NOON)
    conversation = waiting(agent, "broken")
    client = browser(agent)
    client.post(f"/conversations/{conversation.pk}/claim/?from=practice")
    conversation.refresh_from_db()
    client.post(
        f"/conversations/{conversation.pk}/send/", answer_form(conversation, suggesting, body="I promise a new one.")
    )
    outbox.deliver(reply_id=conversation.replies.get().pk, at=conversation.replies.get().not_before_at)

    page = get(agent, COURSE)
    assert "The policy has something to say" in page
    assert "You promise something." in page
    assert "Clause 6.2" in page


def test_a_decision_is_compared_with_what_the_policy_suggests(suggesting, care, owner):
    AttestationFactory(user=owner, version=suggesting)
    start_practising(learner=owner, at=NOON)
    spam, furious = waiting(owner, "advertising"), waiting(owner, "furious")
    client = browser(owner)
    before = get(owner, f"/inbox/practice/{spam.pk}/")
    assert "clause-4.5" not in before
    assert "What the policy suggests is told when you are done." in before

    wrong = decision(spam, disposition="customer_service", reason="", department=care.pk, visibility="public")
    after = client.post(f"/conversations/{spam.pk}/decide/?from=practice", wrong, headers=HTMX).content.decode()
    client.post(f"/conversations/{furious.pk}/decide/?from=practice", decision(furious))

    assert "Differs in what is done" in after
    assert "clause-4.5" in after
    page = get(owner, COURSE)
    assert "2 of 3" in page
    assert "The policy suggests: low priority, do not respond." in page
    assert "The policy has no rule for this" in page
    assert "The course would say: respond as customer service." in page
    spam.refresh_from_db()
    assert (spam.stage, spam.department) == (Stage.ASSIGNED, care)


def test_nobody_else_sees_what_somebody_practises_on(owner, agent, manager):
    start_practising(learner=owner, at=NOON)
    conversation = waiting(owner, "advertising")

    for stranger in (agent, manager, AppointmentFactory(role=Role.TRIAGE_OWNER).user):
        client = browser(stranger)
        for address in (f"/conversations/{conversation.pk}/", f"/inbox/practice/{conversation.pk}/"):
            assert client.get(address).status_code == 404
        assert client.get(f"/api/conversations/{conversation.pk}/").status_code == 404
    stranger_decides = browser(AppointmentFactory(role=Role.TRIAGE_OWNER).user)
    assert stranger_decides.post(f"/conversations/{conversation.pk}/decide/", decision(conversation)).status_code == 404
    assert not conversation.decisions.exists()
    assert browser(owner).get("/api/mentions/").json()["results"] == []


def test_what_is_practised_on_goes_to_its_own_list(owner):
    start_practising(learner=owner, at=NOON)
    conversation = waiting(owner, "wish")

    moved = browser(owner).get(f"/conversations/{conversation.pk}/")

    assert moved["Location"] == f"/inbox/practice/{conversation.pk}/"
    assert "Course" not in get(owner, "/inbox/needs-decision/").partition("Channels")[2].partition("</nav>")[0]


def test_takeaways_are_not_written_from_practice(owner, agent):
    start_practising(learner=agent, at=NOON)
    conversation = waiting(agent, "broken")

    page = get(agent, f"/inbox/practice/{conversation.pk}/")
    refused = browser(agent).post(
        f"/conversations/{conversation.pk}/takeaways/",
        {"department": agent.memberships.get().department_id, "kind": "idea", "text": "Maps."},
    )

    assert "takeaways" not in page
    assert refused.status_code == 422
    assert not Takeaway.objects.exists()


def test_who_is_new_is_led_to_the_course_until_they_are_through(policy, manager, care):
    newcomer = people.add_person(name="Nia New", email="nia@example.com", actor=manager, at=NOON)
    MembershipFactory(user=newcomer, department=care, role=Role.LISTENER)
    assert "You are new here." in get(newcomer, "/policy/")
    assert "You are new here." not in get(newcomer, COURSE)
    assert "You are new here." not in get(manager, "/policy/")

    AttestationFactory(user=newcomer, version=policy)
    start_practising(learner=newcomer, at=NOON)
    notes.write_note(
        conversation_id=waiting(newcomer, "left").pk, author=newcomer, body="Tell them.", key=uuid4(), at=NOON
    )
    assert "You are through." in get(newcomer, COURSE)
    assert "You are new here." not in get(newcomer, "/policy/")


def test_the_hint_is_put_away(policy, newcomer):
    User.objects.filter(pk=newcomer.pk).update(is_led_to_course=True)

    assert browser(newcomer).post("/course/put-away/").status_code == 302

    assert "You are new here." not in get(newcomer, "/policy/")
    assert "0 of 3 done" in get(newcomer, COURSE)


def test_managers_see_who_is_through(policy, care, manager, newcomer):
    listener = MembershipFactory(department=care, role=Role.LISTENER, user__name="Lil Listener").user
    AttestationFactory(user=listener, version=policy)
    start_practising(learner=listener, at=NOON)
    notes.write_note(
        conversation_id=waiting(listener, "left").pk, author=listener, body="Tell them.", key=uuid4(), at=NOON
    )

    page = get(manager, "/course/people/")
    assert "2 people are not through with what their roles ask." in page
    assert page.index("Nia New") < page.index("Lil Listener")
    answer = browser(manager).get("/course/people/file/")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0][2:] == ["Attested", "Decided", "Answered", "Noted", "Finished"]
    assert rows[-1] == ["Lil Listener", listener.email, "yes", "", "", "1", "yes"]
    assert [row[0] for row in rows[1:3]] == ["Mia Manager", "Nia New"]
    assert rows[2][2:] == ["no", "", "0", "", "no"]


def test_the_list_of_learners_costs_the_same_for_any_number(care, manager, django_assert_num_queries):
    client = browser(manager)
    client.get("/course/people/")
    with django_assert_num_queries(8) as few:
        client.get("/course/people/")
    MembershipFactory.create_batch(5, department=care)
    with django_assert_num_queries(len(few.captured_queries)):
        client.get("/course/people/")


def test_a_policy_editor_reads_and_attests_only(policy):
    editor = AppointmentFactory(role=Role.POLICY_EDITOR).user
    AttestationFactory(user=editor, version=policy)

    page = get(editor, COURSE)

    assert "You are through." in page
    assert "/course/start/" not in page
    browser(editor).post("/course/start/")
    assert not Conversation.objects.exists()


def test_without_a_policy_the_course_says_so(policy, newcomer):
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=NOON)

    assert "No policy is in force" in get(newcomer, COURSE)
    assert browser(newcomer).post("/course/start/").status_code == 409
