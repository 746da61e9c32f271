"""The pictures beside what was said, as the thread shows them: our copies, never another server's."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from listening.models import Picture


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """One picture; without an ``url`` there is no copy, and ``told`` says why; ``again_url`` tells how it stands."""

    alt: str
    original: str
    url: str = ""
    width: int = 0
    height: int = 0
    told: str = ""
    again_url: str = ""


def read_pictures(mention_ids: Iterable[int]) -> dict[int, tuple[ShownPicture, ...]]:
    """Return the pictures of mentions, by the mention's id."""
    found: dict[int, tuple[ShownPicture, ...]] = {}
    for picture in Picture.objects.filter(mention__in=list(mention_ids)).order_by("mention", "position"):
        found[picture.mention_id] = (*found.get(picture.mention_id, ()), shown(picture))
    return found


def shown(picture: Picture) -> ShownPicture:
    """Return one picture as it stands."""
    if picture.state == Picture.State.KEPT:
        url = reverse("triage:picture", args=[picture.pk])
        return ShownPicture(picture.alt, picture.url, url, picture.width or 0, picture.height or 0)
    if picture.state == Picture.State.FAILED:
        return ShownPicture(picture.alt, picture.url, told=str(picture.problem))
    if picture.tries:
        return ShownPicture(picture.alt, picture.url, told=_("It could not be fetched yet."))
    return ShownPicture(
        picture.alt,
        picture.url,
        told=_("It is being fetched."),
        again_url=reverse("triage:picture_again", args=[picture.pk]),
    )
