"""The addresses of the inbox."""

from django.urls import path

from triage.views import acts, by_hand, inbox, persons

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
    path("conversations/<int:conversation_id>/wait/", acts.wait, name="wait"),
    path("conversations/<int:conversation_id>/close/", acts.close, name="close"),
    path("conversations/<int:conversation_id>/reopen/", acts.reopen, name="reopen"),
    path("conversations/<int:conversation_id>/draft/", acts.draft, name="draft"),
    path("conversations/<int:conversation_id>/send/", acts.send, name="send"),
    path("conversations/<int:conversation_id>/copies/<int:mention_id>/split/", acts.split, name="split"),
    path("conversations/<int:conversation_id>/author/", persons.author, name="author"),
    path("persons/<int:person_id>/", persons.person, name="person"),
    path("replies/<int:reply_id>/retry/", acts.retry, name="retry"),
    path("replies/<int:reply_id>/settle/", acts.settle, name="settle"),
]
