import pytest

from policies.models import PolicyVersion
from teams.models import Notification, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import last_heard
from tests.support.approving import TEXT, needs
from tests.support.visiting import get
from triage.models import Approval, Conversation
from triage.services.approving import asks
from triage.services.seen import Seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

SILENT = "Has to attest the policy in force before approving anything"
MUST = "You have not attested the policy in force."


@pytest.fixture
def boss() -> User:
    return AppointmentFactory(role=Role.MANAGER, user__name="Bo Boss", user__wants_email=False).user


def ask(held: Conversation, policy: PolicyVersion) -> Approval:
    seen = Seen(held.fence, last_heard(held).pk, policy.pk)
    return asks.ask_approval(conversation_id=held.pk, author=held.holder, body=TEXT, seen=seen, at=NOON)


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_the_author_sees_whose_word_cannot_come_yet(held, manager, boss):
    needs(held, {"person": manager.pk}, {"person": boss.pk}, mode="all")

    page = get(held.holder, f"/inbox/everything/{held.pk}/")

    assert f"{SILENT}: Bo Boss." in page


def test_of_a_department_one_who_has_attested_is_enough(held, policy):
    legal = DepartmentFactory(name="Legal")
    first = MembershipFactory(department=legal).user
    MembershipFactory(department=legal)
    needs(held, {"department": legal.pk})
    assert f"{SILENT}: Legal." in get(held.holder, f"/inbox/everything/{held.pk}/")

    AttestationFactory(user=first, version=policy)
    assert SILENT not in get(held.holder, f"/inbox/everything/{held.pk}/")


def test_an_approver_is_told_with_the_question(held, policy, manager, boss):
    needs(held, {"person": manager.pk}, {"person": boss.pk}, mode="all")
    approval = ask(held, policy)

    assert told(boss) == ["approval_asked", "policy_attest"]
    assert told(manager) == ["approval_asked"]
    for address in ("/approvals/", f"/approvals/{approval.pk}/"):
        page = get(boss, address)
        assert MUST in page
        assert 'href="/policy/attest/"' in page
        assert MUST not in get(manager, address)


def test_who_has_attested_meanwhile_is_told_nothing_more(held, policy, boss):
    needs(held, {"person": boss.pk})
    approval = ask(held, policy)
    AttestationFactory(user=boss, version=policy)

    assert MUST not in get(boss, f"/approvals/{approval.pk}/")


def test_nobody_is_told_twice_to_attest(held, policy, boss):
    Notification.objects.create(
        user=boss,
        kind=Notification.Kind.POLICY_ATTEST,
        medium=Notification.Medium.PAGE,
        state=Notification.State.SENT,
        subject="Policy",
        path="/policy/",
        created_at=held.opened_at,
        not_before_at=held.opened_at,
        sent_at=held.opened_at,
    )
    needs(held, {"person": boss.pk})
    ask(held, policy)

    assert told(boss) == ["policy_attest", "approval_asked"]
