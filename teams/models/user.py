"""People."""

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.rights import Rights


class _PeopleManager(BaseUserManager["User"]):
    """Make people; an e-mail address is the name they sign in with."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save a new person."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save a person who may use Django's admin; they hold no role of the product by that."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class UserQuerySet(models.QuerySet["User"]):
    """Reads that more than one caller needs."""

    def active(self) -> "UserQuerySet":
        """Keep the people who can sign in."""
        return self.filter(is_active=True)

    def by_name(self) -> "UserQuerySet":
        """Order as people look each other up."""
        return self.order_by("name", "pk")


UserManager = _PeopleManager.from_queryset(UserQuerySet)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the company or its agency. What they may do stands in appointments and memberships."""

    class Theme(models.TextChoices):
        """How pages look."""

        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # Empty: what their browser asks for, else that of the company.
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, blank=True, db_default="", default=""
    )
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    wants_email = models.BooleanField(_("notifications by e-mail"), default=True)
    # What any of their browsers takes, worked out from their subscriptions.
    push_groups = models.JSONField(default=list, blank=True, db_default=[], editable=False)
    # How many conversations they hold at most; no number is no limit.
    capacity = models.PositiveSmallIntegerField(_("holds at most"), null=True, blank=True)
    # How pages lay things out for them, as they chose it there; each page knows its own words.
    choices = models.JSONField(default=dict, blank=True, db_default={}, editable=False)
    # Whether pages lead to the course: from when they are added until they finish it or put it away.
    is_led_to_course = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("can sign in"), default=True)
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="teams_user_email_lower_case")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        return initials_of(self.name)

    @cached_property
    def rights(self) -> Rights:
        """What this person may do: one query, then kept for the life of this instance."""
        if not self.is_active:
            return Rights()
        company = self.appointments.order_by().values_list("role", models.Value(None, models.BigIntegerField()))
        departments = self.memberships.order_by().values_list("role", "department_id")
        return Rights.from_rows(company.union(departments, all=True))


def initials_of(name: str) -> str:
    """Return one or two capital letters for ``name``."""
    words = [word for word in name.replace("@", " ").replace("_", " ").replace(".", " ").split() if word]
    if not words:
        return "?"
    letters = words[0][0] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()
