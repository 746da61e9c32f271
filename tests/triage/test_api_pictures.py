import pytest

from teams.roles import Role
from tests.factories.listening import MentionFactory, PictureFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.api import Program
from triage.models import ThreadEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    OrganisationFactory()
    return Program(AppointmentFactory(role=Role.MANAGER).user)


@pytest.fixture
def conversation():
    return ConversationFactory()


def told(picture, **about):
    nothing = {"url": "", "width": None, "height": None, "error": ""}
    return {"id": picture.pk, "state": picture.state, "alt": picture.alt, "original": picture.url, **nothing, **about}


def test_pictures_are_told_with_what_they_stand_beside(program, conversation):
    mention = last_heard(conversation)
    kept = PictureFactory(mention=mention, kept=True)
    waiting = PictureFactory(mention=mention, position=2, alt="")
    failed = PictureFactory(mention=mention, position=3, state="failed", failure="It could not be fetched.")
    address = f"/api/pictures/{kept.pk}/file/"
    expected = [
        told(kept, url=address, width=400, height=300),
        told(waiting),
        told(failed, error="It could not be fetched."),
    ]

    (in_thread,) = program.get(f"conversations/{conversation.pk}/").json()["mentions"]
    (in_list,) = program.get("mentions/").json()["results"]
    file = program.get(f"pictures/{kept.pk}/file/")

    assert [in_thread["pictures"], in_list["pictures"]] == [expected, expected]
    assert program.get(f"mentions/{mention.pk}/").json()["pictures"] == expected
    assert (b"".join(file.streaming_content), file["Content-Type"]) == (b"a small picture", "image/webp")
    assert program.get(f"pictures/{waiting.pk}/file/").status_code == 404


@pytest.mark.parametrize("mention_count", [1, 5])
def test_pictures_of_a_whole_thread_cost_one_query(
    program, conversation, mention_count, django_assert_num_queries, django_assert_max_num_queries
):
    for _number in range(mention_count - 1):
        said = MentionFactory(profile=conversation.profile)
        ThreadEntry.objects.create(mention=said, conversation=conversation)
        PictureFactory(mention=said)
        PictureFactory(mention=said, position=2)
    program.get("me/")
    with django_assert_max_num_queries(20) as thread:
        assert len(program.get(f"conversations/{conversation.pk}/").json()["mentions"]) == mention_count
    with django_assert_max_num_queries(20) as mentions:
        assert len(program.get("mentions/").json()["results"]) == mention_count
    with django_assert_max_num_queries(20) as conversations:
        program.get("conversations/")

    asked = [
        sum("listening_picture" in query["sql"] for query in queries.captured_queries)
        for queries in (thread, mentions, conversations)
    ]
    assert asked == [1, 1, 0]
