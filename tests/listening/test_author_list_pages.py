import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from listening.models import AuthorList, AuthorListEntry
from listening.services import author_list_keeping as keeping
from listening.services.author_lists import lists_of
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry
from teams.roles import Role
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory


@pytest.fixture
def owner(db):
    OrganisationFactory()
    return AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Olga").user


@pytest.fixture
def press(owner) -> AuthorList:
    return keeping.add_list(name="Press", kind="press", actor=owner, at=NOON)


def values(author_list):
    return sorted(author_list.entries.values_list("value", flat=True))


def test_a_list_is_made_filled_and_found_by_rules(client, owner):
    client.force_login(owner)

    made = client.post("/streams/authors/add/", {"name": "Press", "kind": "press"}).headers["Location"]
    client.post(f"{made}put/", {"entries": "@Jo\r\n\r\n ann@Example.com \n@daily.dk\nlee@example.social\njo"})
    page = client.get(made).content.decode()

    assert values(AuthorList.objects.get()) == ["@daily.dk", "ann@example.com", "jo", "lee@example.social"]
    assert "4 authors" in page
    assert "ann@example.com" in page
    assert "ann@example.com" not in client.get(made, {"q": "JO"}).content.decode()
    assert lists_of({1: ("@jo", ""), 2: ("", "x@daily.dk"), 3: ("joe", "")}) == {
        1: frozenset({"press"}),
        2: frozenset({"press"}),
    }
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", "detail")) == [
        ("author_list.added", {}),
        ("author_list.filled", {"count": 4}),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"name,email\nJo,JO@example.com\nAnn,ann@example.com\n",
        b"\xef\xbb\xbfjo@example.com\r\nann@example.com\r\n",
        b"ann@example.com;Ann\njo@example.com;Jo\njo@example.com;Jo\n",
        b'handle\n"@jo@example.com"\n\nann@example.com\n',
    ],
)
def test_a_file_fills_a_list(client, owner, press, data):
    client.force_login(owner)

    response = client.post(f"/streams/authors/{press.pk}/put/", {"file": SimpleUploadedFile("a.csv", data)})

    assert response.status_code == 302
    assert values(press) == ["ann@example.com", "jo@example.com"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n", "There is no author in it."),
        (b"jo\nann\n\xff\n", "Line 3: the file is not in UTF-8."),
        (b"jo\nann lee\n", "Line 2: “ann lee” is neither a handle nor an address."),
        (b"jo\n" + b"x" * 256, "Line 2: “xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…” is too long."),
        (b'jo\n"ann\n', "Line 2: this is no CSV"),
        (b"jo\nann\x00\n", "Line 2: "),
    ],
)
def test_a_file_that_cannot_be_is_refused_at_its_line(client, owner, press, data, sentence):
    client.force_login(owner)

    response = client.post(f"/streams/authors/{press.pk}/put/", {"file": SimpleUploadedFile("a.csv", data)})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert values(press) == []


def test_a_list_takes_no_more_than_it_may(owner, press, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_ENTRIES", 3)
    monkeypatch.setattr(keeping, "BATCH", 2)
    assert keeping.add_entries(list_id=press.pk, values=["a", "b"], actor=owner, at=NOON) == keeping.Filled(2, 0)

    with pytest.raises(Invalid, match="at most 3 authors; this would make it 4"):
        keeping.add_entries(list_id=press.pk, values=["b", "c", "d"], actor=owner, at=NOON)
    with pytest.raises(Invalid, match="At most 3 authors can be added at once"):
        keeping.read_values("abcd")

    assert values(press) == ["a", "b"]
    assert keeping.add_entries(list_id=press.pk, values=["b", "c"], actor=owner, at=NOON) == keeping.Filled(1, 1)


def test_a_list_is_renamed_once_for_a_name(client, owner, press):
    other = keeping.add_list(name="Ours", kind="employee", actor=owner, at=NOON)
    client.force_login(owner)

    taken = client.post(f"/streams/authors/{other.pk}/change/", {"name": "PRESS", "kind": "employee"})
    done = client.post(f"/streams/authors/{other.pk}/change/", {"name": "Staff", "kind": "other"})

    assert taken.status_code == 422
    assert "Another list has this name." in taken.content.decode()
    assert done.status_code == 302
    assert list(AuthorList.objects.order_by("name").values_list("name", "kind")) == [
        ("Press", "press"),
        ("Staff", "other"),
    ]
    assert client.post("/streams/authors/add/", {"name": "staff", "kind": "press"}).status_code == 422


def test_authors_are_taken_off_and_lists_deleted(client, owner, press):
    keeping.add_entries(list_id=press.pk, values=["a", "b"], actor=owner, at=NOON)
    client.force_login(owner)

    for _twice in range(2):
        client.post(f"/streams/authors/{press.pk}/take/", {"value": "a"})
    assert values(press) == ["b"]
    assert "Press" in client.get(f"/streams/authors/{press.pk}/delete/").content.decode()
    assert client.post(f"/streams/authors/{press.pk}/delete/").headers["Location"] == "/streams/authors/"

    assert not AuthorListEntry.objects.exists()
    assert client.get(f"/streams/authors/{press.pk}/").status_code == 404
    keeping.delete_list(list_id=press.pk, actor=owner, at=NOON)
    for act in (
        lambda: keeping.add_entries(list_id=press.pk, values=["a"], actor=owner, at=NOON),
        lambda: keeping.remove_entries(list_id=press.pk, values=["a"], actor=owner, at=NOON),
        lambda: keeping.change_list(list_id=press.pk, name="x", kind="press", actor=owner, at=NOON),
    ):
        with pytest.raises(keeping.AuthorListGone):
            act()
    assert AuditEntry.objects.filter(verb="author_list.deleted").count() == 1
