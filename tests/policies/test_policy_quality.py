"""What the policy that ships does to real conversations; docs/policy-quality.md tells what the numbers mean."""

import os
from pathlib import Path

import pytest

from bench import policy_quality as quality

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def folder():
    return Path(os.environ["SOCIALHUB_REALDATA"])


@pytest.fixture(scope="module")
def said(folder):
    return {name: quality.suggest(heard) for name, heard in quality.read_sets(folder).items()}


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("brands", 0.70),
        ("airlines", 0.70),
        ("airlines 2015", 0.63),
        ("German railway", 0.32),
        ("bank questions", 0.80),
    ],
)
def test_most_that_is_said_to_a_company_gets_a_suggestion(said, name, least):
    dispositions = quality.shares(suggestion.disposition for _one, suggestion in said[name])

    assert 1 - dispositions["none"] >= least


def test_few_conversations_are_urgent_and_most_are_ordinary(said):
    for name in ("brands", "airlines", "airlines 2015", "bank questions"):
        priorities = quality.shares(suggestion.priority for _one, suggestion in said[name])
        assert priorities.get("1", 0) <= 0.005
        assert priorities.get("2", 0) <= 0.36
        assert priorities["3"] >= 0.6


def test_talk_that_asks_nothing_of_a_company_raises_few_alarms(said):
    priorities = quality.shares(suggestion.priority for _one, suggestion in said["talk about anything"])

    assert priorities.get("1", 0) <= 0.005


def test_nothing_that_brands_answered_is_closed_without_a_person(said):
    for found in said.values():
        assert [one for one, suggestion in found if suggestion.decided_by is not None] == []


def test_what_brands_answered_is_hardly_ever_left_unanswered(said):
    for name in ("brands", "airlines", "airlines 2015"):
        dispositions = quality.shares(suggestion.disposition for _one, suggestion in said[name])
        assert dispositions.get("no_response", 0) <= 0.002


def test_public_and_private_agree_with_brands_as_often_as_the_page_says(said):
    found = quality.agreement(said["brands"])

    assert found["agreed"] >= 0.65
    assert found["private where suggested private"] >= found["private where suggested public"] + 0.10
    assert found["private or elsewhere where suggested private"] >= 0.48


def test_moods_agree_with_what_people_labelled(said):
    found = quality.moods(said["airlines 2015"])

    assert found["“Praise” is positive"] >= 0.80
    assert found["“Praise” is negative"] <= 0.10
    assert found["“Unhappy” is negative"] >= 0.90
    assert found["negative goes to customer service"] >= 0.70
    assert found["negative is not to be answered"] <= 0.002


@pytest.mark.parametrize("name", ["brands", "airlines"])
def test_answers_of_real_brands_are_seldom_held_up(said, name):
    found = quality.conduct([one for one, _suggestion in said[name]])

    assert sum(share for rule, share in found.items() if rule != "answers") <= 0.01
