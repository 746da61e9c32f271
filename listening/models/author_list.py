"""Authors whom rules know: the press, our customers, our employees."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class AuthorList(models.Model):
    """A named list of authors; rules name it, or its kind."""

    class Kind(models.TextChoices):
        """Who stands on it."""

        CUSTOMER = "customer", _("Customers")
        EMPLOYEE = "employee", _("Employees")
        PRESS = "press", _("Press")
        PARTNER = "partner", _("Partners")
        OTHER = "other", _("Others")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("who stands on it"), max_length=10, choices=Kind.choices, default=Kind.OTHER)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="listening_authorlist_name_once")]

    def __str__(self) -> str:
        return self.name


class AuthorListEntry(models.Model):
    """One author: a handle or an address without its ``@`` in front, or ``@domain`` for all of a domain."""

    author_list = models.ForeignKey(AuthorList, models.CASCADE, related_name="entries", db_index=False)
    value = models.CharField(max_length=255)

    class Meta:
        verbose_name_plural = "author list entries"
        constraints = [models.UniqueConstraint(fields=["author_list", "value"], name="listening_authorlistentry_once")]
        # Asked for with the authors of what was just heard.
        indexes = [models.Index(fields=["value"], name="listening_authorlist_value")]

    def __str__(self) -> str:
        return self.value
