"""What a page asks that was opened before its conversation was merged away: it is refused, and says where to go."""

import re
from dataclasses import replace
from http import HTTPStatus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from tests.access.asking import ask, checksum, client_for
from tests.access.routes import ROUTES

pytestmark = pytest.mark.django_db

PAGE, API = "conversations/<int:conversation_id>/", "api/conversations/<int:conversation_id>/"
# Of who wrote it, of the law, of who is here, and a look ahead: all that is no work on the thread.
ELSEWHERE = {PAGE + "author/", PAGE + "hold/", PAGE + "here/", PAGE + "decision-needs/"}
CASES = [
    (route, method)
    for route, uses in sorted(ROUTES.items())
    for method in uses
    if PAGE in route and route not in ELSEWHERE and method != "GET"
]
# These name what has moved along, ask for the pen first, or send nothing that could be taken.
NEVER_COME_SO_FAR = {
    PAGE + "answers/<int:answer_id>/insert/": HTTPStatus.FORBIDDEN,
    PAGE + "holding-text/<int:incident_id>/insert/": HTTPStatus.FORBIDDEN,
    PAGE + "preview/": HTTPStatus.FORBIDDEN,
    PAGE + "draft/versions/<int:version_id>/restore/": HTTPStatus.NOT_FOUND,
    API + "draft/versions/<int:version_id>/restore/": HTTPStatus.NOT_FOUND,
    PAGE + "drafts/<int:draft_id>/use/": HTTPStatus.NOT_FOUND,
    PAGE + "tags/<int:event_id>/undo/": HTTPStatus.NOT_FOUND,
    PAGE + "undo-split/": HTTPStatus.NOT_FOUND,
    API + "draft/attachments/": HTTPStatus.BAD_REQUEST,
    PAGE + "follow/": HTTPStatus.UNPROCESSABLE_ENTITY,
}
ALSO_SENT = {
    PAGE + "draft/": {"fence": 1},
    PAGE + "notes/": {"answers": ""},
    PAGE + "attach/": {"file": SimpleUploadedFile("map.png", b"\x89PNG")},
}
# What was typed is kept, where its writer finds it; a list that is shown beside is remembered.
KEPT = {"triage_draft", "triage_savedview"}


@pytest.mark.parametrize(("route", "method"), CASES)
def test_an_act_on_what_was_merged_away_is_refused_with_where_it_goes_on(world, able, route, method):
    used = ROUTES[route][method]
    at = re.sub(r"conversations/\{\w+\}", "conversations/{merged}", used.at)
    used = replace(used, at=at, send=used.send | ALSO_SENT.get(route, {}))
    client = client_for(world, able)
    before = checksum()

    with transaction.atomic():
        answer = ask(client, method, used, world)
        changed = {row[0] for row, was in zip(checksum(), before, strict=True) if row != was}
        transaction.set_rollback(True)

    assert answer.status_code == NEVER_COME_SO_FAR.get(route, HTTPStatus.CONFLICT)
    assert changed <= KEPT
    if answer.status_code == HTTPStatus.CONFLICT:
        assert "This conversation was merged into the one with" in answer.content.decode()


def test_the_record_of_what_was_merged_away_leads_on_and_offers_nothing_else(world, able):
    client = client_for(world, able)

    page = client.get(reverse("triage:open", args=["closed", world.ids["merged"]])).content.decode()

    assert reverse("triage:conversation", args=[world.ids["merged_into"]]) in page
    for name in ("reopen", "notes", "tags", "merge"):
        assert reverse(f"triage:{name}", args=[world.ids["merged"]]) not in page


def test_a_note_that_is_refused_leads_to_where_it_goes_on(world, able):
    url = reverse("triage:notes", args=[world.ids["merged"]])
    sent = {"body": "Who knows?", "key": "7f0a35ce-52f4-4d9c-8f33-2f9a5f5f3d11"}

    answer = client_for(world, able).post(url, sent, headers={"HX-Request": "true"})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert f'href="{reverse("triage:conversation", args=[world.ids["merged_into"]])}"' in answer.content.decode()


def test_programs_are_told_where_it_goes_on(world, able):
    url = f"/api/conversations/{world.ids['merged']}/reopen/"

    answer = client_for(world, able).post(url, content_type="application/json")

    told = answer.json()
    assert (told["code"], told["merged_into"]) == ("merged_away", world.ids["merged_into"])
    assert told["conversation"]["outcome"] == "merged"
