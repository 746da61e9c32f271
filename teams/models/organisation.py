"""The company and its departments."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class KeepsHours(models.Model):
    """Whoever is there at some hours and not at others; see ``teams.hours`` for what is stored.

    Without a ``week`` a company is there around the clock, and a department when the company is.
    """

    # Periods by day of the week: {"mon": [["09:00", "12:00"], ["13:00", "17:00"]]}.
    week = models.JSONField(default=dict, blank=True, editable=False)
    # Closed and half days: [{"date": "2026-12-24", "name": "Christmas Eve", "hours": [["09:00", "12:00"]]}].
    own_days = models.JSONField(default=list, blank=True, editable=False)
    # Codes of ISO 3166 whose public holidays are closed.
    holiday_country = models.CharField(max_length=2, blank=True, editable=False)
    holiday_region = models.CharField(max_length=10, blank=True, editable=False)

    class Meta:
        abstract = True


class Organisation(KeepsHours):
    """The company that runs this installation: exactly one row, made by the set-up page."""

    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en", db_default="en")
    is_demo = models.BooleanField(default=False, editable=False)
    set_up_at = models.DateTimeField()
    # Every page reads this row, so it says whether there is more to read; written with the stops themselves.
    is_sending_stopped = models.BooleanField(default=False, editable=False)
    is_incident_open = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="teams_organisation_one_row")]

    def __str__(self) -> str:
        return self.name


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Reads that more than one caller needs."""

    def active(self) -> "DepartmentQuerySet":
        """Keep the departments that take conversations."""
        return self.filter(is_active=True)

    def by_name(self) -> "DepartmentQuerySet":
        """Order as menus show them."""
        return self.order_by("name", "pk")


class Department(KeepsHours):
    """A part of the company that can be handed a conversation and listens to the rest.

    ``listens_for`` are the words that make a conversation concern the department:
    its members then see it, whoever answers.
    """

    class Kind(models.TextChoices):
        """What the template called it; the name is free."""

        MARKETING = "marketing", _("Marketing")
        PUBLIC_RELATIONS = "public_relations", _("Public relations")
        CUSTOMER_SERVICE = "customer_service", _("Customer service")
        IT = "it", _("IT")
        HR = "hr", _("Human resources")
        LEGAL = "legal", _("Legal")
        PRODUCT = "product", _("Product")
        SALES = "sales", _("Sales")
        AGENCY = "agency", _("Agency")
        OTHER = "other", _("Other")

    class Offering(models.TextChoices):
        """How conversations are offered to the department's people; they may always claim by themselves."""

        NOBODY = "", _("Nobody: whoever claims it first")
        IN_TURN = "in_turn", _("Everybody in turn")
        LEAST_LOADED = "least_loaded", _("Whoever holds the fewest")

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    listens_for = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_active = models.BooleanField(_("takes conversations"), default=True)
    offering = models.CharField(
        _("who is offered the next one"), max_length=12, choices=Offering.choices, blank=True, default=Offering.NOBODY
    )

    # Of its own hours; empty: that of the company.
    hours_time_zone = models.CharField(max_length=64, blank=True, editable=False)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [models.UniqueConstraint(models.functions.Lower("name"), name="teams_department_name_once")]

    def __str__(self) -> str:
        return self.name
