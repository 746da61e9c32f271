"""The pictures beside what was said, as the thread shows them: our copies, never another server's."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from listening.models import Picture

# Every three seconds; by then it has come, or its server is slow.
MOST_ASKED = 6


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """One picture; without an ``url`` there is no copy, and ``told`` says why; ``again_url`` tells how it stands."""

    key: int
    name: str
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


def shown(picture: Picture, *, asked: int = 0) -> ShownPicture:
    """Return one picture as it stands; a page that has ``asked`` so often asks no more."""
    name = _("Picture %(number)d") % {"number": picture.position}
    one = ShownPicture(picture.pk, name, picture.alt, picture.url)
    if picture.state == Picture.State.KEPT:
        url = reverse("triage:picture", args=[picture.pk])
        return replace(one, url=url, width=picture.width or 0, height=picture.height or 0)
    if picture.state == Picture.State.FAILED:
        return replace(one, told=str(picture.problem))
    if picture.failure or asked >= MOST_ASKED:
        return replace(one, told=_("It could not be fetched yet."))
    again_url = f"{reverse('triage:picture_again', args=[picture.pk])}?asked={asked + 1}"
    return replace(one, told=_("It is being fetched."), again_url=again_url)
