from datetime import timedelta

import pytest

from socialhub.lib.errors import Invalid
from teams.models import User
from teams.roles import Role
from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.pen import NoteFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory, ReplyFactory
from triage.finding import planning, searching, sources
from triage.finding.elsewhere import people_found
from triage.finding.excerpts import Part, excerpts_of, marked
from triage.finding.language import read
from triage.finding.places import Best, Newest, read_place, write_place
from triage.finding.searching import Ranking, search
from triage.models import Conversation, ThreadEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


def said(conversation: Conversation, text: str, *, at=NOON, **fields):
    mention = MentionFactory(text=text, published_at=at, **fields)
    ThreadEntry.objects.create(mention=mention, conversation=conversation)
    return mention


def found(text, reader, **fields):
    return [each.pk for each in search(read(text), reader=reader, at=NOON, **fields).conversations]


@pytest.mark.parametrize(
    ("language", "text", "sought"),
    [
        ("en", "The parcels were delivered late", "parcel delivering"),
        ("de", "Die Häuser standen leer", "Haus"),
        ("de", "Wir haben bestellt", '"haben bestellt"'),
        ("fr", "Les colis sont arrivés", "arrivé"),
        ("es", "Las entregas tardaron", "entrega"),
        ("xx", "Zorp blixt", "zorp"),
        ("", "Zorp blixt", "BLIXT"),
    ],
)
def test_words_are_found_in_the_forms_of_their_language(owner, language, text, sought):
    conversation = ConversationFactory()
    said(conversation, text, language=language)
    said(ConversationFactory(), "Something else", language=language)

    assert found(sought, owner) == [conversation.pk]


def test_messages_notes_and_answers_are_found_together(owner):
    message, note, answer, other = (ConversationFactory(claimed=True) for _ in range(4))
    said(message, "A zebrafish in the tank")
    NoteFactory(conversation=note, body="They mean a zebrafish")
    ReplyFactory(conversation=answer, body="Zebrafishes are blue", failed=True)
    said(other, "A goldfish")

    page = search(read("zebrafish"), reader=owner, at=NOON)

    kinds = {each.pk: [hit.source for hit in each.hits] for each in page.conversations}
    assert kinds == {message.pk: [sources.MESSAGE], note.pk: [sources.NOTE], answer.pk: [sources.ANSWER]}
    assert (page.total, page.after, page.ranking) == (3, None, Ranking.BEST)


@pytest.mark.parametrize("is_common", [False, True])
def test_nothing_is_found_that_may_not_be_seen(monkeypatch, owner, policy, is_common):
    if is_common:
        monkeypatch.setattr(planning, "few", lambda *_args, **_fields: None)
    care = DepartmentFactory()
    reader = MembershipFactory(department=care, role=Role.RESPONDER).user
    ours, theirs = ConversationFactory(), ConversationFactory()
    ConcernFactory(conversation=ours, department=care)
    for conversation in (ours, theirs):
        said(conversation, "zebrafish", profile=ProfileFactory(name="Zebrafish Fan"))
        NoteFactory(conversation=conversation, body="zebrafish", author=owner)
        ReplyFactory(conversation=conversation, author=owner, body="zebrafish", failed=True, policy_version=policy)

    assert found("zebrafish", reader) == [ours.pk]
    assert sorted(found("zebrafish", owner)) == [ours.pk, theirs.pk]
    assert found("has:note", reader) == [ours.pk]
    assert len(people_found(read("zebrafish"), reader=reader)) == 1
    assert len(people_found(read("zebrafish"), reader=owner)) == 2


def test_the_newer_of_two_equal_matches_comes_first_and_the_better_before_the_newer(owner):
    old, new, better = (ConversationFactory() for _ in range(3))
    said(old, "late", at=NOON - timedelta(days=200))
    said(new, "late", at=NOON)
    said(better, "late parcel", at=NOON - timedelta(days=1))

    assert found("late OR parcel", owner) == [better.pk, new.pk, old.pk]
    assert found("late OR parcel", owner, ranking=Ranking.NEWEST) == [new.pk, better.pk, old.pk]


@pytest.mark.parametrize("ranking", [Ranking.BEST, Ranking.NEWEST])
def test_pages_show_every_conversation_once(monkeypatch, owner, ranking):
    monkeypatch.setattr(searching, "PAGE_SIZE", 2)
    monkeypatch.setattr(sources, "MOST_READ", 3)
    conversations = [ConversationFactory() for _ in range(5)]
    for number in range(15):
        said(conversations[number % 5], f"late {number}", at=NOON - timedelta(hours=number))
    NoteFactory(conversation=conversations[0], author=owner, body="late", written_at=NOON - timedelta(hours=4))

    seen, place = [], None
    for _page in range(30):
        page = search(read("late"), reader=owner, at=NOON, after=place, ranking=ranking)
        seen += [each.pk for each in page.conversations]
        if page.after is None:
            break
        place = read_place(write_place(page.after))

    assert sorted(seen) == sorted(each.pk for each in conversations)
    assert page.after is None


def test_a_common_word_is_looked_for_back_to_a_moment_that_is_told(monkeypatch, owner):
    monkeypatch.setattr(planning, "few", lambda *_args, **_fields: None)
    monkeypatch.setattr(sources, "WINDOWS", (1, 2))
    conversation = ConversationFactory()
    said(conversation, "late", at=NOON - timedelta(days=9))
    for number in range(5):
        said(conversation, "soon", at=NOON - timedelta(days=number))

    page = search(read("late"), reader=owner, at=NOON)

    assert (page.conversations, page.back_to, page.total) == ([], NOON - timedelta(days=1), None)
    monkeypatch.setattr(sources, "WINDOWS", (10,))
    further = search(read("late"), reader=owner, at=NOON, after=page.after)
    assert [each.pk for each in further.conversations] == [conversation.pk]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("late", 2),
        ("late -parcel", 1),
        ("late -parcels", 1),
        ("-late", 1),
        ('"late parcel"', 1),
        ('"parcel late"', 0),
        ("parcel OR soon", 2),
        ("late stage:new", 1),
        ("late -stage:new", 1),
        ("stage:new OR soon", 2),
        ("the", 0),
        ("the late", 2),
        ("late before:2020-01-01", 0),
        ("late after:2020-01-01", 2),
        ("...", 0),
        ("xx", 0),
    ],
)
def test_words_and_fields_narrow_each_other(owner, text, count):
    said(ConversationFactory(), "The late parcel", language="en")
    said(ConversationFactory(closed=True), "The late bill", language="en")
    said(ConversationFactory(closed=True), "The soon", language="en")

    assert len(found(text, owner)) == count if read(text) else not found(text, owner)[3:]


def test_what_is_in_almost_every_text_is_told(owner):
    assert search(read("the"), reader=owner, at=NOON).stems.is_common
    assert not search(read("parcel"), reader=owner, at=NOON).stems.is_common


def test_a_match_is_marked_and_nothing_of_the_text_is_trusted(owner):
    mention = said(ConversationFactory(), "<b>\x02late\x03</b> & <script>late</script>", language="en")
    page = search(read("late"), reader=owner, at=NOON)

    excerpts = excerpts_of(page.conversations[0].hits, page.stems)

    parts = excerpts[sources.MESSAGE, mention.pk].parts
    assert {part.text for part in parts if part.is_match} == {"late"}
    assert not set("".join(part.text for part in parts)) & {"\x02", "\x03"}


def test_marks_that_do_not_fit_mark_nothing():
    assert marked("a\x02b\x02c\x03d\x03") == [Part("ab"), Part("c", is_match=True), Part("d")]


@pytest.mark.parametrize("place", [Newest(NOON, 2, 7), Best(NOON, 0.25, 9)])
def test_a_place_is_read_as_it_was_written(place):
    assert read_place(write_place(place)) == place


@pytest.mark.parametrize("text", ["x", "é", "W10", "WyJuIl0", "a" * 300, write_place(Newest(NOON, -1, 7)), "bnVsbA"])
def test_a_place_that_nobody_wrote_is_refused(text):
    with pytest.raises(Invalid):
        read_place(text)
