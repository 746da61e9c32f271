"""The capability table: what each role may do. The only place where roles are compared."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is here. The first four hold everywhere, the others in one department."""

    ADMINISTRATOR = "administrator", _("Administrator")
    POLICY_EDITOR = "policy_editor", _("Policy editor")
    MANAGER = "manager", _("Manager")
    TRIAGE_OWNER = "triage_owner", _("Triage owner")
    LEAD = "lead", _("Lead")
    RESPONDER = "responder", _("Responder")
    LISTENER = "listener", _("Listener")


COMPANY_ROLES = frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.MANAGER, Role.TRIAGE_OWNER})
DEPARTMENT_ROLES = frozenset({Role.LEAD, Role.RESPONDER, Role.LISTENER})
EVERYBODY = COMPANY_ROLES | DEPARTMENT_ROLES

# Those who answer for their department.
ANSWERING = frozenset({Role.LEAD, Role.RESPONDER})

# A company role allows the action everywhere; a department role allows it on what
# belongs to that department (for ``conversation.view`` also on what concerns it).
CAN: dict[str, frozenset[Role]] = {
    "conversation.view": frozenset(
        {Role.ADMINISTRATOR, Role.MANAGER, Role.TRIAGE_OWNER, Role.LEAD, Role.RESPONDER, Role.LISTENER}
    ),
    "conversation.decide": frozenset({Role.TRIAGE_OWNER}),
    "conversation.claim": frozenset({Role.LEAD, Role.RESPONDER}),
    "conversation.answer": frozenset({Role.LEAD, Role.RESPONDER}),
    "conversation.close": frozenset({Role.LEAD, Role.RESPONDER, Role.TRIAGE_OWNER}),
    "conversation.reopen": frozenset({Role.LEAD, Role.RESPONDER, Role.TRIAGE_OWNER}),
    # To say what a conversation is about without deciding anew.
    "conversation.tag": frozenset({Role.LEAD, Role.RESPONDER, Role.TRIAGE_OWNER}),
    # To make conversations one, and to take one apart.
    "conversation.merge": frozenset({Role.LEAD, Role.RESPONDER, Role.TRIAGE_OWNER}),
    # To put one aside until later; the holder of a conversation alone where there is one.
    "conversation.snooze": frozenset({Role.LEAD, Role.RESPONDER, Role.TRIAGE_OWNER}),
    "conversation.take_over": frozenset({Role.LEAD, Role.TRIAGE_OWNER}),
    # What the holder of a conversation may do to its answers without it.
    "reply.change": frozenset({Role.LEAD, Role.TRIAGE_OWNER}),
    "reply.approve": frozenset(EVERYBODY - {Role.LISTENER}),
    "reply.skip_approval": frozenset({Role.LEAD}),
    # What is put before approvers they see, whatever else they may; its door decides.
    "attachment.view": EVERYBODY,
    "sending.stop": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.TRIAGE_OWNER}),
    # To say that there is a crisis, under which other rules hold.
    "incident.declare": frozenset({Role.POLICY_EDITOR, Role.MANAGER, Role.TRIAGE_OWNER}),
    # To say of one conversation that it belongs to a crisis, or not; not for whoever answers under its rules.
    "incident.attach": frozenset({Role.MANAGER, Role.TRIAGE_OWNER}),
    # Whether rules may decide without a person.
    "deciding.stop": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.TRIAGE_OWNER}),
    # Views of the inbox that a whole department has in its menu.
    "view.share": frozenset({Role.TRIAGE_OWNER, Role.LEAD}),
    "note.write": frozenset(EVERYBODY - {Role.POLICY_EDITOR}),
    "saved_answer.view": frozenset(
        {Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.TRIAGE_OWNER, Role.LEAD, Role.RESPONDER}
    ),
    "saved_answer.edit": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.LEAD, Role.RESPONDER}),
    # Department by department would mean that one could erase what another is sued for.
    "hold.place": frozenset({Role.ADMINISTRATOR, Role.MANAGER}),
    # What will be erased; whoever places holds has to know it beforehand.
    "retention.view": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.MANAGER}),
    # To stop the erasing on the way.
    "retention.manage": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR}),
    "mention.write": frozenset({Role.TRIAGE_OWNER, Role.LEAD, Role.RESPONDER, Role.LISTENER}),
    "takeaway.write": frozenset({Role.LEAD, Role.RESPONDER, Role.LISTENER}),
    "report.view": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.TRIAGE_OWNER}),
    "policy.view": EVERYBODY,
    "policy.edit": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR}),
    "attestation.view": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR, Role.MANAGER}),
    "policy.publish": frozenset({Role.ADMINISTRATOR, Role.POLICY_EDITOR}),
    "team.view": EVERYBODY,
    "team.manage": frozenset({Role.ADMINISTRATOR}),
    "channel.view": frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.TRIAGE_OWNER}),
    "channel.manage": frozenset({Role.ADMINISTRATOR}),
    "stream.view": frozenset(
        {Role.ADMINISTRATOR, Role.MANAGER, Role.TRIAGE_OWNER, Role.LEAD, Role.RESPONDER, Role.LISTENER}
    ),
    "stream.manage": frozenset({Role.ADMINISTRATOR, Role.TRIAGE_OWNER}),
}
