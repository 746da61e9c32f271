"""Every address of the API."""

from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from insights.api.takeaways import ConversationTakeaways, Takeaways
from listening.api.author_lists import AuthorEntries, AuthorLists
from listening.api.channels import ChannelGaps, Channels
from listening.api.streams import Streams
from policies.api.policy import PolicyChanges, PolicyInForce, PolicyVersions
from policies.api.quizzes import Quiz
from policies.api.register import Register
from policies.api.waivers import Waivers
from socialhub import api_docs
from teams.api.departments import Departments
from teams.api.me import Me
from teams.api.permissions import HasScope
from triage.api import (
    acts,
    approvals,
    attachments,
    back_tests,
    bulk,
    changes,
    conversations,
    draft_versions,
    finding,
    guide,
    holds,
    incidents,
    mentions,
    merging,
    notes,
    pen,
    pictures,
    replies,
    rule_decisions,
    saved_answers,
    saved_views,
    sending,
    stops,
)

Methods = dict[str, Any]
LIST: Methods = {"get": "list"}
READ: Methods = {"get": "retrieve"}
DO: Methods = {"post": "create"}
CHANGE: Methods = {"patch": "partial_update"}
SAVE: Methods = {"put": "update"}
UNDO: Methods = {"delete": "destroy"}


@extend_schema(exclude=True)
class Schema(SpectacularAPIView):
    """This API as OpenAPI 3."""

    permission_classes = [HasScope]


@extend_schema(exclude=True)
class Nothing(APIView):
    """Every other address: no, in the shape of the API and not as a page."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def get(self, request: Request, rest: str) -> Response:
        """Answer 404."""
        raise Http404

    post = put = patch = delete = get


app_name = "api"

urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", api_docs.docs, name="docs"),
    path("me/", Me.as_view(READ), name="me"),
    path("search/", finding.Search.as_view(LIST), name="search"),
    path("conversations/", conversations.Conversations.as_view(LIST), name="conversations"),
    path("conversations/<int:conversation_id>/", conversations.Conversations.as_view(READ), name="conversation"),
    path("conversations/<int:conversation_id>/decisions/", acts.Decisions.as_view(LIST | DO | UNDO), name="decisions"),
    path("conversations/<int:conversation_id>/guide/", guide.WalkEndpoint.as_view(READ), name="conversation-guide"),
    path("conversations/<int:conversation_id>/claim/", acts.Claim.as_view(DO | UNDO), name="claim"),
    path("conversations/<int:conversation_id>/notes/", notes.Notes.as_view(LIST | DO), name="conversation-notes"),
    path("conversations/<int:conversation_id>/draft/", replies.Drafts.as_view(READ | SAVE), name="draft"),
    path(
        "conversations/<int:conversation_id>/draft/attachments/",
        attachments.DraftAttachments.as_view(READ | DO),
        name="draft-attachments",
    ),
    path("attachments/<int:attachment_id>/", attachments.AttachmentEndpoint.as_view(CHANGE | UNDO), name="attachment"),
    path("attachments/<int:attachment_id>/file/", attachments.AttachmentFile.as_view(READ), name="attachment-file"),
    path("pictures/<int:picture_id>/file/", pictures.PictureFile.as_view(READ), name="picture-file"),
    path(
        "conversations/<int:conversation_id>/draft/versions/",
        draft_versions.DraftVersions.as_view(LIST),
        name="draft-versions",
    ),
    path(
        "conversations/<int:conversation_id>/draft/versions/<int:version_id>/restore/",
        draft_versions.Restoring.as_view(DO),
        name="restore-draft",
    ),
    path(
        "conversations/<int:conversation_id>/replies/",
        replies.ConversationReplies.as_view(LIST | DO),
        name="conversation-replies",
    ),
    path("conversations/<int:conversation_id>/hand-overs/", pen.HandOvers.as_view(LIST | DO), name="hand-overs"),
    path("conversations/<int:conversation_id>/take-over/", pen.TakingOver.as_view(DO), name="take-over"),
    path("hand-overs/<int:hand_over_id>/accept/", pen.Acceptance.as_view(DO), name="accept-hand-over"),
    path("hand-overs/<int:hand_over_id>/decline/", pen.Refusal.as_view(DO), name="decline-hand-over"),
    path("hand-overs/<int:hand_over_id>/withdraw/", pen.Withdrawal.as_view(DO), name="withdraw-hand-over"),
    path("conversations/<int:conversation_id>/wait/", acts.Waiting.as_view(DO | UNDO), name="wait"),
    path("conversations/<int:conversation_id>/close/", acts.Closing.as_view(DO | UNDO), name="close"),
    path("conversations/<int:conversation_id>/reopen/", acts.Reopening.as_view(DO), name="reopen"),
    path(
        "conversations/<int:conversation_id>/takeaways/",
        ConversationTakeaways.as_view(LIST | DO),
        name="conversation-takeaways",
    ),
    path(
        "conversations/<int:conversation_id>/approvals/",
        approvals.ConversationApprovals.as_view(LIST | DO),
        name="conversation-approvals",
    ),
    path("approvals/", approvals.Approvals.as_view(LIST), name="approvals"),
    path("approvals/<int:approval_id>/", approvals.Approvals.as_view(READ), name="approval"),
    path("approvals/<int:approval_id>/verdict/", approvals.Verdicts.as_view(DO), name="verdict"),
    path("approvals/<int:approval_id>/take/", approvals.Taking.as_view(DO), name="take-approval"),
    path("approvals/<int:approval_id>/withdraw/", approvals.Withdrawal.as_view(DO), name="withdraw-approval"),
    path("replies/<int:reply_id>/", replies.Replies.as_view(READ), name="reply"),
    path("replies/<int:reply_id>/changes/", changes.Changes.as_view(LIST | DO), name="changes"),
    path("replies/<int:reply_id>/changes/approvals/", changes.ChangeApprovals.as_view(DO), name="change-approvals"),
    path("replies/<int:reply_id>/retry/", replies.Retry.as_view(DO), name="retry"),
    path("replies/<int:reply_id>/withdraw/", sending.Withdrawal.as_view(DO), name="withdraw"),
    path("replies/<int:reply_id>/anyway/", sending.Anyway.as_view(DO), name="anyway"),
    path("rule-decisions/", rule_decisions.RuleDecisions.as_view(LIST), name="rule_decisions"),
    path("rule-decisions/<int:pk>/", rule_decisions.RuleDecisions.as_view(DO), name="rule_decision"),
    path("conversations/<int:conversation_id>/merges/", merging.Merges.as_view(LIST | DO), name="merges"),
    path(
        "conversations/<int:conversation_id>/incidents/",
        incidents.ConversationIncidents.as_view(LIST | DO),
        name="conversation-incidents",
    ),
    path(
        "conversations/<int:conversation_id>/incidents/<int:pk>/",
        incidents.ConversationIncidents.as_view(UNDO),
        name="conversation-incident",
    ),
    path("merges/<int:pk>/undo/", merging.MergeUndoing.as_view(DO), name="undo-merge"),
    path("conversations/<int:conversation_id>/splits/", merging.Splits.as_view(DO), name="splits"),
    path("conversations/<int:conversation_id>/tags/", merging.Tagging.as_view(DO), name="tags"),
    path("conversations/<int:conversation_id>/snooze/", merging.Snoozing.as_view(DO | UNDO), name="snooze"),
    path("conversations/<int:conversation_id>/snooze/again/", merging.SnoozingAgain.as_view(DO), name="snooze_again"),
    path("holds/", holds.Holds.as_view(LIST | DO), name="holds"),
    path("holds/<int:pk>/", holds.Holds.as_view(READ), name="hold"),
    path("holds/<int:pk>/lift/", holds.Lifting.as_view(DO), name="lift-hold"),
    path("stops/", stops.Stops.as_view(LIST | DO), name="stops"),
    path("stops/<int:pk>/", stops.Stops.as_view(READ | UNDO), name="stop"),
    path("replies/<int:reply_id>/settle/", replies.Settlement.as_view(DO), name="settle"),
    path("replies/<int:reply_id>/look/", replies.Look.as_view(DO), name="look"),
    path(
        "conversations/<int:conversation_id>/answers/",
        saved_answers.SuggestedAnswers.as_view(LIST),
        name="suggested-answers",
    ),
    path("bulk-runs/", bulk.BulkRuns.as_view(LIST | DO), name="bulk-runs"),
    path("bulk-runs/<int:pk>/", bulk.OneBulkRun.as_view(READ | UNDO), name="bulk-run"),
    path("bulk-runs/<int:pk>/start/", bulk.StartingRuns.as_view(DO), name="start-bulk-run"),
    path("bulk-runs/<int:pk>/undo/", bulk.UndoingRuns.as_view(DO), name="undo-bulk-run"),
    path("bulk-runs/<int:pk>/refusals/", bulk.Refusals.as_view(LIST), name="bulk-run-refusals"),
    path("views/", saved_views.SavedViews.as_view(LIST | DO), name="saved-views"),
    path("views/<int:pk>/", saved_views.SavedViews.as_view(READ | SAVE | UNDO), name="saved-view"),
    path("views/<int:pk>/move/", saved_views.MovingViews.as_view(DO), name="move-saved-view"),
    path("answers/", saved_answers.SavedAnswers.as_view(LIST | DO), name="answers"),
    path("answers/<int:pk>/", saved_answers.SavedAnswers.as_view(READ | SAVE | UNDO), name="answer"),
    path("mentions/", mentions.Mentions.as_view(LIST | DO), name="mentions"),
    path("mentions/<int:pk>/", mentions.Mentions.as_view(READ), name="mention"),
    path("takeaways/", Takeaways.as_view(LIST), name="takeaways"),
    path("departments/", Departments.as_view(LIST), name="departments"),
    path("departments/<int:pk>/", Departments.as_view(READ), name="department"),
    path("channels/", Channels.as_view(LIST), name="channels"),
    path("channels/<int:pk>/", Channels.as_view(READ), name="channel"),
    path("channels/<int:channel_id>/gaps/", ChannelGaps.as_view(LIST), name="channel_gaps"),
    path("streams/", Streams.as_view(LIST | DO), name="streams"),
    path("streams/<int:pk>/", Streams.as_view(READ | SAVE | UNDO), name="stream"),
    path("author-lists/", AuthorLists.as_view(LIST | DO), name="author_lists"),
    path("author-lists/<int:pk>/", AuthorLists.as_view(READ | UNDO), name="author_list"),
    path("author-lists/<int:list_id>/entries/", AuthorEntries.as_view(DO), name="author_entries"),
    path("policy/", PolicyInForce.as_view(READ), name="policy"),
    path("policy/versions/", PolicyVersions.as_view(LIST), name="versions"),
    path("policy/versions/<int:pk>/", PolicyVersions.as_view(READ), name="version"),
    path("policy/versions/<int:pk>/attestations/", Register.as_view(READ), name="version-attestations"),
    path("policy/versions/<int:pk>/quiz/", Quiz.as_view(READ | DO), name="version-quiz"),
    path("incidents/", incidents.Incidents.as_view(LIST | DO), name="incidents"),
    path("incidents/<int:pk>/", incidents.Incidents.as_view(READ | CHANGE | UNDO), name="incident"),
    path("policy/waivers/", Waivers.as_view(LIST | DO), name="waivers"),
    path("policy/waivers/<int:pk>/", Waivers.as_view(READ | UNDO), name="waiver"),
    path("policy/versions/<int:pk>/trials/", back_tests.VersionBackTests.as_view(LIST | DO), name="version-trials"),
    path("policy/trials/<int:pk>/", back_tests.BackTests.as_view(READ | UNDO), name="trial"),
    path("policy/versions/<int:pk>/changes/<int:since>/", PolicyChanges.as_view(READ), name="version_changes"),
    path("<path:rest>", Nothing.as_view(), name="nothing"),
]
