"""The first policy of a new company."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies import starter
from policies.models import PolicyVersion
from policies.services import importing, publishing
from teams.models import User


def publish_starter(*, author: User, departments: Mapping[str, str], at: datetime) -> PolicyVersion:
    """Write the policy that ships and put it in force; ``departments`` maps kinds to the slugs that there are."""
    document = starter.fitted(starter.starter_document(), departments)
    with transaction.atomic():
        version = PolicyVersion.objects.create(number=1, title=document.title, created_by=author, created_at=at)
        importing.replace_text(version, document)
        return publishing.publish_version(
            version_id=version.pk, publisher=author, at=at, reason=_("It is the first policy of the company.")
        )
