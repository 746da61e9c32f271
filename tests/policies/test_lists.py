import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError

from policies import comparing
from policies.models import PolicyVersion, WordList
from policies.parts.lists import read_words
from policies.services import drafting, lists, publishing, reading
from socialhub.lib.errors import Invalid
from tests.factories.policies import ClauseFactory, RuleFactory, WordListFactory
from tests.factories.teams import NOON
from tests.support.visiting import browser, get

ADDRESS = "/policy/draft/lists/"


@pytest.fixture
def draft(in_force, editor) -> PolicyVersion:
    return drafting.start_draft(editor=editor, at=NOON)


def upload(words: str | bytes, name: str = "promises.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, words if isinstance(words, bytes) else words.encode(), content_type="text/csv")


def test_a_list_is_added_by_hand_and_rules_know_it_by_a_short_name(draft, editor):
    response = browser(editor).post(
        ADDRESS, {"name": "Empty promises", "typed": "guarantee\n always  free \nGuarantee"}
    )

    assert response.status_code == 302
    added = WordList.objects.get()
    assert (added.version, added.slug, added.name) == (draft, "empty-promises", "Empty promises")
    assert added.words == ["guarantee", "always free"]


def test_a_list_is_taken_from_the_first_column_of_a_file(draft, editor):
    file = upload('\ufeff"guarantee, forever",why\nalways free,who\n\nALWAYS FREE,again\n')

    browser(editor).post(ADDRESS, {"name": "Promises", "typed": "", "file": file})

    assert WordList.objects.get().words == ["guarantee, forever", "always free"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("ok\n" + "x" * 101, "Line 2 of promises.csv is longer than 100 characters."),
        ("ok\n!!!\n", "Line 2 of promises.csv has nothing in it to look for."),
        ("ok\n\xe9".encode("latin-1"), "promises.csv is no text in UTF-8. Save it as “CSV UTF-8”."),
        ("ok\n" * 1_400_000, "promises.csv is larger than 4 MB."),
        (b"ok\0", "promises.csv is no text in UTF-8. Save it as “CSV UTF-8”."),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_its_reason(draft, editor, file, reason):
    response = browser(editor).post(ADDRESS, {"name": "Promises", "typed": "", "file": upload(file)})

    assert response.status_code == 422
    assert reason in response.content.decode()
    assert not WordList.objects.exists()


def test_a_list_takes_a_hundred_thousand_words_and_not_one_more(draft, editor):
    most = "".join(f"word{number}\n" for number in range(100_000))
    client = browser(editor)

    refused = client.post(ADDRESS, {"name": "Million", "typed": "", "file": upload(f"{most}more\n")})
    taken = client.post(ADDRESS, {"name": "Most", "typed": "", "file": upload(most)})

    assert refused.status_code == 422
    assert "promises.csv has more than 100,000 words: a list takes at most so many." in refused.content.decode()
    assert taken.status_code == 302
    added = WordList.objects.get()
    assert len(added.words) == 100_000
    page = get(editor, f"{ADDRESS}{added.pk}/")
    assert 'name="typed"' not in page
    assert "word199" in page
    assert "word200" not in page


def test_a_name_is_taken_once(draft, editor):
    WordListFactory(version=draft, slug="promises")

    response = browser(editor).post(ADDRESS, {"name": "Promises!", "typed": "guarantee"})

    assert response.status_code == 422
    assert "There is a list of that name already." in response.content.decode()
    assert WordList.objects.count() == 1


def test_a_list_is_renamed_and_filled_anew_under_its_short_name(draft, editor):
    words = WordListFactory(version=draft, slug="promises")
    seen = lists.fingerprint_of_list(words)

    browser(editor).post(f"{ADDRESS}{words.pk}/", {"name": "Vows", "typed": "forever", "seen": seen})

    words.refresh_from_db()
    assert (words.slug, words.name, words.words) == ("promises", "Vows", ["forever"])


def test_two_who_change_a_list_do_not_lose_each_others_words(draft, editor):
    words = WordListFactory(version=draft, slug="promises")
    seen = lists.fingerprint_of_list(words)
    lists.change_list(list_id=words.pk, version_id=draft.pk, name="Vows", words=["theirs"], seen=seen)

    response = browser(editor).post(f"{ADDRESS}{words.pk}/", {"name": "Oaths", "typed": "mine", "seen": seen})

    words.refresh_from_db()
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else changed this list a moment ago." in page
    assert "mine" in page
    assert (words.name, words.words) == ("Vows", ["theirs"])


def test_a_list_that_a_rule_looks_into_is_not_deleted(draft, editor):
    words = WordListFactory(version=draft, slug="promises")
    clause = ClauseFactory(version=draft, number=9, label="9")
    RuleFactory(clause=clause, name="Vows", kind="routing", condition={"not": {"list": ["promises"]}})

    response = browser(editor).post(f"{ADDRESS}{words.pk}/delete/")

    assert response.status_code == 409
    assert "The rule “Vows” of clause 9 looks into this list. Change the rule first." in response.content.decode()
    assert WordList.objects.exists()


def test_a_list_that_nothing_uses_is_deleted_and_twice_is_no_trouble(draft, editor):
    words = WordListFactory(version=draft)

    assert browser(editor).post(f"{ADDRESS}{words.pk}/delete/").status_code == 302
    lists.delete_list(list_id=words.pk, version_id=draft.pk)

    assert not WordList.objects.exists()


def test_a_list_is_handed_out_as_it_can_be_brought_back(draft, editor):
    words = WordListFactory(version=draft, words=["guarantee, forever", "“free”"])

    response = browser(editor).get(f"{ADDRESS}{words.pk}/file/")

    assert response["Content-Disposition"] == f'attachment; filename="{words.slug}.csv"'
    assert read_words(response.content.decode(), path="x") == words.words


def test_lists_of_a_version_in_force_stand_as_they_are(draft, editor):
    words = WordListFactory(version=draft)
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="Now.")
    given = {"list_id": words.pk, "version_id": draft.pk}

    with pytest.raises(publishing.NotADraft):
        lists.change_list(**given, name="Vows", words=["x"], seen=lists.fingerprint_of_list(words))
    with pytest.raises(publishing.NotADraft):
        lists.delete_list(**given)
    with pytest.raises(DatabaseError, match="immutable"):
        WordList.objects.update(words=[])


def test_the_next_draft_has_the_lists_of_the_one_before(draft, editor):
    WordListFactory(version=draft, slug="promises")
    publishing.publish_version(version_id=draft.pk, publisher=editor, at=NOON, reason="Now.")

    following = drafting.start_draft(editor=editor, at=NOON)

    assert list(following.word_lists.values_list("slug", "words")) == [("promises", ["guarantee", "always free"])]
    assert reading.policy_in_force().lists["promises"] == ["guarantee", "always free"]


def test_a_list_without_a_name_to_make_is_refused(draft):
    with pytest.raises(Invalid):
        lists.add_list(version_id=draft.pk, name="!!!", words=["x"])

    assert not WordList.objects.exists()


def test_long_lists_are_compared_by_what_came_and_went():
    old = [f"word {number}" for number in range(100_000)]
    new = [*old[1:50_000], *old[50_001:], "one more"]

    pieces = comparing.compare_lines(old, new)

    assert [(piece.change.value, piece.text) for piece in pieces] == [
        ("removed", "word 0"),
        ("removed", "word 50000"),
        ("added", "one more"),
    ]
    assert comparing.compare_lines(old, list(old)) == []
    assert comparing.compare_lines([], old)[-1].text == "… and 98,000 more lines."
