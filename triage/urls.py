"""The addresses of the inbox."""

from django.urls import path

from triage.views import acts, by_hand, drafts, inbox, pen, persons, sending, stops

app_name = "triage"

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("write-down/", by_hand.write_down, name="write_down"),
    path("inbox/<slug:slug>/", inbox.queue, name="queue"),
    path("inbox/<slug:slug>/<int:conversation_id>/", inbox.queue, name="open"),
    path("inbox/<slug:slug>/<int:conversation_id>/row/", inbox.row, name="row"),
    path("conversations/<int:conversation_id>/", inbox.conversation, name="conversation"),
    path("conversations/<int:conversation_id>/decide/", acts.decide, name="decide"),
    path("conversations/<int:conversation_id>/claim/", acts.claim, name="claim"),
    path("conversations/<int:conversation_id>/release/", acts.release, name="release"),
    path("conversations/<int:conversation_id>/hand-over/", pen.hand_over, name="hand_over"),
    path("conversations/<int:conversation_id>/take-over/", pen.take_over, name="take_over"),
    path("hand-overs/<int:hand_over_id>/accept/", pen.accept, name="accept_hand_over"),
    path("hand-overs/<int:hand_over_id>/decline/", pen.decline, name="decline_hand_over"),
    path("hand-overs/<int:hand_over_id>/withdraw/", pen.withdraw, name="withdraw_hand_over"),
    path("conversations/<int:conversation_id>/wait/", acts.wait, name="wait"),
    path("conversations/<int:conversation_id>/close/", acts.close, name="close"),
    path("conversations/<int:conversation_id>/reopen/", acts.reopen, name="reopen"),
    path("conversations/<int:conversation_id>/draft/", drafts.draft, name="draft"),
    path("conversations/<int:conversation_id>/draft/versions/", drafts.versions, name="draft_versions"),
    path(
        "conversations/<int:conversation_id>/draft/versions/<int:version_id>/restore/", drafts.restore, name="restore"
    ),
    path("conversations/<int:conversation_id>/drafts/<int:draft_id>/use/", drafts.use, name="use_draft"),
    path("conversations/<int:conversation_id>/send/", acts.send, name="send"),
    path("conversations/<int:conversation_id>/copies/<int:mention_id>/split/", acts.split, name="split"),
    path("conversations/<int:conversation_id>/author/", persons.author, name="author"),
    path("persons/<int:person_id>/", persons.person, name="person"),
    path("replies/<int:reply_id>/withdraw/", sending.withdraw, name="withdraw"),
    path("replies/<int:reply_id>/anyway/", sending.send_anyway, name="send_anyway"),
    path("sending/", stops.stops, name="stops"),
    path("sending/<int:stop_id>/lift/", stops.lift, name="lift_stop"),
    path("replies/<int:reply_id>/retry/", acts.retry, name="retry"),
    path("replies/<int:reply_id>/settle/", acts.settle, name="settle"),
]
