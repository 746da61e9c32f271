import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories.listening import MentionFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from triage.models import Conversation, Merge, ThreadEntry
from triage.services.threads import merging_by_hand
from triage.states import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pair(owner) -> tuple[Conversation, Conversation]:
    first = ConversationFactory(snippet="The heating is cold.")
    return first, ConversationFactory(profile=first.profile, snippet="It is still cold!")


@pytest.fixture(autouse=True)
def _signed_in(client, owner):
    client.force_login(owner)


def merge_url(conversation: Conversation) -> str:
    return reverse("triage:merge", args=[conversation.pk])


def test_the_page_offers_the_persons_other_conversations(client, owner, pair):
    first, second = pair

    page = client.get(merge_url(first)).content.decode()

    assert f'value="{second.pk}"' in page
    assert "It is still cold!" in page


def test_the_page_says_who_else_holds_what(client, owner, pair):
    first, second = pair
    nadia = UserFactory(name="Nadia Nor")
    department = DepartmentFactory()
    held = {"stage": Stage.CLAIMED, "department": department, "claimed_at": NOON}
    Conversation.objects.filter(pk=second.pk).update(holder=nadia, **held)

    page = client.get(merge_url(first)).content.decode()

    assert "held by Nadia Nor" in page
    assert "Nadia Nor holds this one" not in page
    assert "Nadia Nor holds this one" in client.get(merge_url(second)).content.decode()
    Conversation.objects.filter(pk=second.pk).update(holder=owner)
    assert "held by" not in client.get(merge_url(first)).content.decode()


@pytest.mark.parametrize("text", ["{pk}", "#{pk}", "https://hub.example/inbox/mine/{pk}/?q=x", "wobbles"])
def test_another_is_found_by_words_number_and_address(text, client, owner, pair):
    other = ConversationFactory(profile__channel=pair[0].channel, snippet="My table wobbles.")

    page = client.get(merge_url(pair[0]), {"find": text.format(pk=other.pk)}).content.decode()

    assert f'name="others" value="{other.pk}"' in page


def test_conversations_on_other_channels_are_not_offered(client, owner, pair):
    other = ConversationFactory()

    page = client.get(merge_url(pair[0]), {"find": str(other.pk)}).content.decode()

    assert f'name="others" value="{other.pk}"' not in page
    assert "Nothing that you may merge with this conversation." in page


@pytest.mark.parametrize(("direction", "kept"), [("here", 0), ("there", 1)])
def test_what_is_chosen_is_merged_and_the_merge_is_undone(direction, kept, client, owner, pair):
    first, second = pair

    answer = client.post(merge_url(first), {"others": [second.pk], "direction": direction})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("triage:conversation", args=[pair[kept].pk])
    made = Merge.objects.get()
    assert (made.target, made.source) == (pair[kept], pair[1 - kept])
    page = client.get(merge_url(pair[kept])).content.decode()
    assert reverse("triage:undo_merge", args=[made.pk]) in page
    closed = client.get(reverse("triage:open", args=["closed", pair[1 - kept].pk])).content.decode()
    assert "What was said here goes on in another conversation." in closed

    assert client.post(reverse("triage:undo_merge", args=[made.pk])).status_code == 302
    assert set(Conversation.objects.values_list("stage", flat=True)) == {Stage.NEW}
    assert client.post(reverse("triage:undo_merge", args=[made.pk])).status_code == 409


def test_whoever_merges_agrees_who_reads_it_then(client, owner, pair):
    first, second = pair
    legal = DepartmentFactory(name="Legal")
    ConcernFactory(conversation=second, department=legal)

    refused = client.post(merge_url(first), {"others": [second.pk], "direction": "here"})

    assert refused.status_code == 409
    assert "All of it could then also be read by: Legal." in refused.content.decode()
    assert f'name="readers" value="{legal.pk}"' in refused.content.decode()
    assert not Merge.objects.exists()
    agreed = {"others": [second.pk], "direction": "here", "readers": [legal.pk]}
    assert client.post(merge_url(first), agreed).status_code == 302


@pytest.mark.parametrize("sent", [{}, {"others": ["x"]}, {"others": ["9" * 30]}, {"others": [1], "direction": "up"}])
def test_nothing_that_can_be_read_merges_nothing(sent, client, owner, pair):
    answer = client.post(merge_url(pair[0]), sent)

    assert answer.status_code == 422
    assert "Choose at least one conversation." in answer.content.decode()
    assert not Merge.objects.exists()


def test_nobody_merges_what_is_not_for_them(client, pair):
    member = MembershipFactory().user
    mine = ConversationFactory(assigned=True, department=member.memberships.get().department)
    client.force_login(member)

    assert client.get(merge_url(pair[0])).status_code == 404
    assert client.post(merge_url(mine), {"others": [pair[0].pk], "direction": "here"}).status_code == 404
    assert not Merge.objects.exists()


def test_a_merge_of_others_is_not_told_of(client, owner, pair):
    (made,) = merging_by_hand.merge_conversations(target_id=pair[0].pk, source_ids=[pair[1].pk], actor=owner, at=NOON)
    client.force_login(MembershipFactory().user)

    assert client.post(reverse("triage:undo_merge", args=[made.pk])).status_code == 404
    made.refresh_from_db()
    assert made.undone_at is None


def test_messages_are_taken_out_from_their_page(client, owner, pair):
    first, _second = pair
    mention = MentionFactory(profile=first.profile, text="My table wobbles.", published_at=NOON + timedelta(minutes=5))
    ThreadEntry.objects.create(mention=mention, conversation=first)
    Conversation.objects.filter(pk=first.pk).update(mention_count=2)
    url = reverse("triage:split_off", args=[first.pk])
    assert "My table wobbles." in client.get(url).content.decode()

    answer = client.post(url, {"mentions": [mention.pk], "stays": ""})

    opened = ThreadEntry.objects.get(mention=mention).conversation
    assert opened != first
    assert answer["Location"] == reverse("triage:conversation", args=[opened.pk])
    assert client.post(url, {"mentions": [mention.pk], "stays": ""}).status_code == 409


def offered(client, answer) -> str:
    """Follow a redirect, and return where the page that it leads to undoes what was done."""
    page = client.get(answer["Location"], follow=True).content.decode()
    return re.search(r'<form class="undo" method="post" action="([^"]+)"', page)[1]


def test_who_merges_the_other_way_round_second_is_led_to_where_it_goes_on(client, owner, pair):
    first, second = pair
    client.post(merge_url(first), {"others": [second.pk], "direction": "here"})

    refused = client.post(merge_url(second), {"others": [first.pk], "direction": "here"})

    assert refused.status_code == 409
    assert f'href="{reverse("triage:conversation", args=[first.pk])}"' in refused.content.decode()
    assert Merge.objects.count() == 1
    for name in ("merge", "split_off"):
        opened = client.get(reverse(f"triage:{name}", args=[second.pk]))
        assert opened["Location"] == reverse("triage:conversation", args=[second.pk])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_merged_in_one_go_is_undone_in_one_go(headers, client, owner, pair):
    first, second = pair
    third = ConversationFactory(profile=first.profile)
    merged = client.post(merge_url(first), {"others": [second.pk, third.pk], "direction": "here"})
    url = offered(client, merged)

    answer = client.post(url, {"undo": "1"}, headers=headers)

    assert answer.status_code == (200 if headers else 302)
    assert not Merge.objects.filter(undone_at=None).exists()
    assert set(Conversation.objects.values_list("stage", flat=True)) == {Stage.NEW}


def test_one_of_several_merges_is_undone_alone(client, owner, pair):
    first, second = pair
    third = ConversationFactory(profile=first.profile)
    client.post(merge_url(first), {"others": [second.pk], "direction": "here"}, follow=True)
    url = offered(client, client.post(merge_url(first), {"others": [third.pk], "direction": "here"}))

    assert client.post(url, headers=HTMX).status_code == 200

    assert Merge.objects.get(undone_at=None).source == second


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_messages_that_were_taken_out_are_put_back(headers, client, owner, pair):
    first, _second = pair
    mention = MentionFactory(profile=first.profile, text="My table wobbles.", published_at=NOON + timedelta(minutes=5))
    ThreadEntry.objects.create(mention=mention, conversation=first)
    Conversation.objects.filter(pk=first.pk).update(mention_count=2)
    split = client.post(reverse("triage:split_off", args=[first.pk]), {"mentions": [mention.pk], "stays": ""})
    url = offered(client, split)

    answer = client.post(url, {"undo": "1"}, headers=headers)

    assert answer.status_code == (200 if headers else 302)
    assert ThreadEntry.objects.get(mention=mention).conversation == first
    assert client.post(url, headers=headers).status_code == 409


def test_everything_cannot_be_taken_out(client, owner, pair):
    only = ThreadEntry.objects.get(conversation=pair[0]).pk
    url = reverse("triage:split_off", args=[pair[0].pk])

    answer = client.post(url, {"mentions": [only], "stays": ""})

    assert answer.status_code == 409
    assert "Leave at least one message" in answer.content.decode()
    assert client.post(url, {}).status_code == 422
    assert Conversation.objects.count() == 2


def test_a_conversation_is_snoozed_and_brought_back_from_its_page(client, owner, pair):
    first = pair[0]
    url = reverse("triage:snooze", args=[first.pk]) + "?from=needs-decision"
    form = client.get(url, headers=HTMX).content.decode()
    assert "In the morning, 5 Mar, 08:00" in form
    assert "Next week, 9 Mar, 08:00" in form

    shown = client.post(url, {"fence": 0, "when": "tomorrow"}, headers=HTMX).content.decode()

    assert "Snoozed until 5 March, 08:00, or until a new message." in shown
    assert "Its clock runs on: the deadline stays 4 March, 16:00." in shown
    assert first.snippet not in client.get(reverse("triage:queue", args=["needs-decision"])).content.decode()
    assert first.snippet in client.get(reverse("triage:queue", args=["snoozed"])).content.decode()
    wake = reverse("triage:wake", args=[first.pk])
    assert client.post(wake, headers=HTMX).status_code == 200
    assert client.post(wake, headers=HTMX).status_code == 409


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"when": "moment"}, "Choose a date and a time."),
        ({"when": "moment", "moment": "2020-01-01T10:00"}, "Choose a moment within the next 90 days."),
        ({"when": "never"}, "not one of the available choices"),
        ({"when": "hour", "reach": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_snooze_that_makes_no_sense_is_refused(sent, sentence, client, owner, pair):
    url = reverse("triage:snooze", args=[pair[0].pk])

    for headers in ({}, HTMX):
        answer = client.post(url, {"fence": 0, **sent}, headers=headers)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert not Conversation.objects.filter(snoozed_at__isnull=False).exists()


def test_on_a_sunday_the_morning_and_the_next_week_are_one_choice(client, pair, time_machine):
    time_machine.move_to(NOON + timedelta(days=4), tick=False)

    form = client.get(reverse("triage:snooze", args=[pair[0].pk]), headers=HTMX).content.decode()

    assert "In the morning, 9 Mar, 08:00" in form
    assert "Next week" not in form


@pytest.mark.parametrize("number", ["²", "1" * 5000, "0", "-1", "x"])
def test_what_is_no_number_of_a_row_is_refused(number, client, pair):
    first, _second = pair

    merged = client.post(merge_url(first), {"others": number, "direction": "here"})
    split = client.post(reverse("triage:split_off", args=[first.pk]), {"mentions": number})

    assert (merged.status_code, split.status_code) == (422, 422)
    assert not Merge.objects.exists()
