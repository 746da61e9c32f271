import pytest
from django.core import mail
from django.utils import translation

from policies.models import PolicyVersion
from policies.services.publishing import name_of
from socialhub.lib.told import Told
from teams import invitations
from teams.changes import Verb, sentence_of_change
from teams.mail import send_notification
from teams.models import AuditEntry, Notification
from teams.roles import Role
from teams.services import audit, notifications
from tests.factories.teams import NOON, OrganisationFactory, UserFactory
from tests.support.catalogue import speak

pytestmark = pytest.mark.django_db


@pytest.fixture
def german(settings, tmp_path):
    speak(
        settings,
        tmp_path,
        "de",
        {
            "%(actor)s made %(subject)s %(role)s.": "%(actor)s machte %(subject)s zu: %(role)s.",
            "Triage owner": "Triage-Verantwortung",
            "version %(number)s": "Fassung %(number)s",
            "%(actor)s scheduled %(subject)s of the policy for %(moment)s.": "%(actor)s, %(subject)s: %(moment)s.",
            "%(actor)s put %(subject)s of the policy in force %(without)s (“%(reason)s”).": "%(subject)s %(without)s",
            "without a review": "ohne Durchsicht",
            "without what a later version changed": "ohne Späteres",
            "and": "und",
            "Many deadlines are near or have passed: look into the inbox.": "Viele Fristen.",
            "You can turn these mails off in your account.": "Abschaltbar.",
            "%(stream)s is full.": "%(stream)s ist voll.",
            "Your account in the Socialhub of %(organisation)s": "Ihr Konto bei %(organisation)s",
        },
    )


def told(language):
    with translation.override(language):
        return sentence_of_change(AuditEntry.objects.get())


def test_a_role_in_the_record_is_told_to_each_in_their_language(german):
    ada = UserFactory(name="Ada")
    with translation.override("de"):
        audit.note(actor=ada, verb=Verb.ROLE_GIVEN, subject="Bo", at=NOON, role=Role.TRIAGE_OWNER.label)

    assert AuditEntry.objects.get().detail == {"role": "Triage owner"}
    assert told("en") == "Ada made Bo Triage owner."
    assert told("de") == "Ada machte Bo zu: Triage-Verantwortung."


def test_a_version_and_a_moment_in_the_record_are_told_to_each_in_their_language(german):
    ada = UserFactory(name="Ada")
    with translation.override("de"):
        audit.note(
            actor=ada,
            verb=Verb.POLICY_SCHEDULED,
            subject=name_of(PolicyVersion(number=7)),
            at=NOON,
            moment=NOON.isoformat(),
        )

    assert AuditEntry.objects.get().subject == "version 7"
    assert told("en") == "Ada scheduled version 7 of the policy for 4 March 2026, 12:00."
    assert told("de") == "Ada, Fassung 7: 4. März 2026, 12:00."


def test_what_a_version_lacked_is_told_to_each_in_their_language(german):
    lacks = ["without a review", "without what a later version changed"]
    audit.note(
        actor=UserFactory(name="Ada"),
        verb=Verb.POLICY_PUBLISHED_ANYWAY,
        subject=name_of(PolicyVersion(number=7)),
        at=NOON,
        lacks=lacks,
        reason="Now.",
    )

    assert told("en") == (
        "Ada put version 7 of the policy in force without a review and without what a later version changed (“Now.”)."
    )
    assert told("de") == "Fassung 7 ohne Durchsicht und ohne Späteres"


def test_an_entry_from_before_tells_what_it_kept(german):
    AuditEntry.objects.create(
        actor=UserFactory(name="Ada"),
        verb=Verb.POLICY_SCHEDULED,
        subject="version 7",
        detail={"moment": "4 March 2026, 12:00"},
        at=NOON,
    )

    assert told("en") == "Ada scheduled version 7 of the policy for 4 March 2026, 12:00."


def test_each_is_told_in_their_own_language_whoever_acts(german):
    OrganisationFactory()
    people = [UserFactory(language="de"), UserFactory(language="fr"), UserFactory()]
    with translation.override("de"):
        notifications.notify(
            people=people,
            kind=Notification.Kind.STREAM_LIMIT,
            subject=Told("%(stream)s is full.", {"stream": "Brand"}),
            actor=None,
            at=NOON,
            path="/streams/",
        )

    subjects = {(row.user_id, row.subject) for row in Notification.objects.all()}
    assert subjects == {
        (people[0].pk, "Brand ist voll."),
        (people[1].pk, "Brand is full."),
        (people[2].pk, "Brand is full."),
    }


def test_a_mail_is_in_the_language_of_its_receiver(german):
    OrganisationFactory()
    notification = Notification(
        user=UserFactory(language="de"), kind=Notification.Kind.DEADLINE_NEAR, path="/inbox/", subject="Cy: Help"
    )

    send_notification(notification)

    assert translation.get_language() == "en"
    assert mail.outbox[0].subject == "Viele Fristen."
    assert mail.outbox[0].body == "Viele Fristen.\n\nCy: Help\n\nhttp://localhost:8000/inbox/\n\nAbschaltbar."


def test_an_invitation_is_in_the_language_of_the_company_until_its_receiver_chose(german):
    company = OrganisationFactory(name="Nordlys", language="de")

    sent = invitations.send_link(UserFactory(), "https://hub.example/x", organisation=company, inviter=UserFactory())

    assert sent
    assert mail.outbox[0].subject == "Ihr Konto bei Nordlys"
