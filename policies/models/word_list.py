"""Words that several rules look for."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from policies.models.version import PolicyVersion


class WordList(models.Model):
    """A named list of words and phrases of one version; rules name it by its slug."""

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="word_lists")
    slug = models.SlugField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    words = ArrayField(models.CharField(max_length=100), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "slug"], name="policies_wordlist_slug_once")]

    def __str__(self) -> str:
        return self.name
