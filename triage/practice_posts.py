"""What is practised on: invented posts, what each teaches, and what would be right where the policy is silent."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from triage.states import Disposition, Visibility


class Task(StrEnum):
    """What somebody practises."""

    DECIDE = "decide"
    ANSWER = "answer"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Post:
    """One post. ``lesson`` is told afterwards; ``disposition`` and ``visibility`` fit, whatever a policy says."""

    slug: str
    task: Task
    author: str | Promise
    reach: int
    text: str | Promise
    lesson: str | Promise
    disposition: Disposition
    visibility: Visibility | None = None


POSTS: Final = (
    Post(
        "advertising",
        Task.DECIDE,
        _("Easy Income Daily"),
        120,
        _("Crypto giveaway! Double your bitcoin in one day, guaranteed profit. Only today: https://example.com/win"),
        _("Nobody asked us anything. An answer would only show the post to more people."),
        Disposition.NO_RESPONSE,
    ),
    Post(
        "telephone",
        Task.DECIDE,
        _("Maren Holt"),
        210,
        _("My order 4471-2093 has still not arrived. Please call me: my phone number is 0151 555 0147. Thank you!"),
        _(
            "The customer has put personal data where everybody reads it. "
            "Whoever answers says nothing of it in public and goes on in private."
        ),
        Disposition.CUSTOMER_SERVICE,
        Visibility.PRIVATE,
    ),
    Post(
        "furious",
        Task.DECIDE,
        _("Tobias Reuter"),
        340,
        _("Worst service ever. I waited at home for the third time and nobody came. Absolutely unacceptable!"),
        _("Anger that names what went wrong is a customer who needs something done, not a troll."),
        Disposition.CUSTOMER_SERVICE,
        Visibility.PUBLIC,
    ),
    Post(
        "reporter",
        Task.DECIDE,
        _("Ines Calvo"),
        18_000,
        _("I'm a reporter with the Northern Post, working on a story about your returns. Who is the spokesperson?"),
        _("The press is urgent and is answered by those who speak for the company, and by nobody else."),
        Disposition.PUBLIC_RESPONSE,
        Visibility.PRIVATE,
    ),
    Post(
        "applicant",
        Task.DECIDE,
        _("Yusuf Demir"),
        95,
        _("I finish school in summer. Are you hiring, or do you offer internships? Where can I apply?"),
        _("A question that has a short public answer. The department that hires gives it."),
        Disposition.PUBLIC_RESPONSE,
        Visibility.PUBLIC,
    ),
    Post(
        "wish",
        Task.DECIDE,
        _("Clara Jensen"),
        480,
        _("Feature request: please add a dark mode to your app. My eyes would thank you every evening."),
        _("An idea for the product: whoever builds it should read it, and a word of thanks costs little."),
        Disposition.PUBLIC_RESPONSE,
        Visibility.PUBLIC,
    ),
    Post(
        "broken",
        Task.ANSWER,
        _("Sofia Lindqvist"),
        260,
        _("Unpacked my lamp today and it is broken. What do I do now? I wanted to give it to my sister on Sunday."),
        _(
            "A good answer says sorry once, says what happens next and by when, promises nothing for others, "
            "and asks for order and address in private."
        ),
        Disposition.CUSTOMER_SERVICE,
        Visibility.PUBLIC,
    ),
    Post(
        "hours",
        Task.ANSWER,
        _("Piet de Vries"),
        75,
        _("Are you open on the holiday next week? Your page says nothing about it."),
        _("A short question gets a short answer, with a link to where it stands, and a thank you for the hint."),
        Disposition.CUSTOMER_SERVICE,
        Visibility.PUBLIC,
    ),
    Post(
        "left",
        Task.NOTE,
        _("Amira Said"),
        900,
        _("Used their app for years, but since the last update it loses my list. My neighbour showed me another one."),
        _("A note says what colleagues cannot see in the post: what is behind it, and who should hear it."),
        Disposition.CUSTOMER_SERVICE,
        Visibility.PUBLIC,
    ),
)

BY_SLUG: Final = {post.slug: post for post in POSTS}


def posts_for(task: Task) -> list[Post]:
    """Return what is posted for one who practises a task."""
    return [post for post in POSTS if post.task == task]
