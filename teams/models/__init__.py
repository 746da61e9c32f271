"""The rows of this app."""

from teams.models.api_key import ApiKey
from teams.models.audit import AuditEntry
from teams.models.membership import Appointment, Membership, Seat
from teams.models.notification import Notification
from teams.models.organisation import Department, Organisation
from teams.models.push import PushKey, PushSubscription
from teams.models.sent_form import SentForm
from teams.models.user import User

__all__ = [
    "ApiKey",
    "Appointment",
    "AuditEntry",
    "Department",
    "Membership",
    "Notification",
    "Organisation",
    "PushKey",
    "PushSubscription",
    "Seat",
    "SentForm",
    "User",
]
