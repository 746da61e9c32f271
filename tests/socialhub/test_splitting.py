import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialhub.lib.splitting import Unsplittable, split


def up_to(most):
    return lambda part: len(part) <= most


def spaced(text):
    """Return a text of words that are not too long for a part."""
    return "".join(" " if place % 9 == 8 else letter for place, letter in enumerate(text))


def test_what_fits_is_one_part_without_a_number():
    assert split("We are on our way.", up_to(20), is_numbered=True) == ["We are on our way."]


def test_parts_end_where_a_sentence_ends():
    text = "The power is out in your street. A crew is on its way. It is back at nine."

    assert split(text, up_to(60)) == ["The power is out in your street. A crew is on its way.", "It is back at nine."]


def test_parts_end_with_a_paragraph_before_a_sentence():
    text = "First this. And this.\n\nThen that. And that."

    assert split(text, up_to(35)) == ["First this. And this.", "Then that. And that."]


def test_a_border_far_from_the_end_is_not_worth_it():
    assert split("No. We cannot bring it back before nine", up_to(25)) == ["No. We cannot bring it", "back before nine"]


def test_the_writers_own_borders_come_first():
    text = "Hello.\n---\nThe power is back.\n  ---  \nGood night."

    assert split(text, up_to(100)) == ["Hello.", "The power is back.", "Good night."]
    assert split("a --- b", up_to(100)) == ["a --- b"]


def test_numbers_have_their_room_and_say_how_many_there_are():
    parts = split("one two three four five six", up_to(13), is_numbered=True)

    assert parts == ["one two 1/4", "three 2/4", "four five 3/4", "six 4/4"]


def test_more_than_nine_parts_leave_room_for_two_figures():
    parts = split("abcde " * 12, up_to(11), is_numbered=True)

    assert [len(part) <= 11 for part in parts] == [True] * 12
    assert (parts[0], parts[-1]) == ("abcde 1/12", "abcde 12/12")


def test_a_link_is_never_cut():
    link = "https://nordlys.example/a/very/long/address"

    assert split(f"Read {link} for more", up_to(len(link))) == ["Read", link, "for more"]


def test_a_word_longer_than_a_part_is_named():
    with pytest.raises(Unsplittable) as refusal:
        split("Look: https://nordlys.example/outage", up_to(10))

    assert refusal.value.word == "https://nordlys.example/outage"


def test_scripts_without_spaces_are_cut_between_signs_and_best_after_a_sentence():
    assert split("停電しています。今夜直ります。", up_to(10)) == ["停電しています。", "今夜直ります。"]
    assert split("停電しています今夜直ります", up_to(8)) == ["停電しています今", "夜直ります"]
    assert split("停電 https://nordlys.example/停電停電", up_to(30)) == ["停電", "https://nordlys.example/停電停電"]


@given(st.text(alphabet="ab .,!?\n-–", max_size=200).map(spaced), st.integers(20, 60), st.booleans())
def test_no_word_is_lost_and_every_part_fits(text, most, is_numbered):
    parts = split(text, up_to(most), is_numbered=is_numbered)

    assert all(len(part) <= most for part in parts)
    bare = [re.sub(r" \d+/\d+\Z", "", part) for part in parts] if is_numbered and len(parts) > 1 else parts
    assert " ".join(bare).split() == re.sub(r"(?m)^[ \t]*---[ \t]*$", "", text).split()
