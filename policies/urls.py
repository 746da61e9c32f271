"""Addresses of the policy."""

from django.urls import path

from policies.views import clauses, drafting, folders, lists, publishing, reading, reviewing, rules

app_name = "policies"

urlpatterns = [
    path("", reading.in_force, name="in_force"),
    path("attest/", reading.attest, name="attest"),
    path("versions/", reading.versions, name="versions"),
    path("versions/<int:number>/", reading.version, name="version"),
    path("versions/<int:number>/compare/<int:other>/", reading.compare, name="compare"),
    path("versions/<int:number>/print/", reading.printed, name="print"),
    path("versions/<int:number>/folder/", folders.export, name="export"),
    path("versions/<int:number>/publish/", publishing.publish, name="publish"),
    path("versions/<int:number>/schedule/", publishing.schedule, name="schedule"),
    path("versions/<int:number>/unschedule/", publishing.unschedule, name="unschedule"),
    path("versions/<int:number>/review/", reviewing.review, name="review"),
    path("versions/<int:number>/review/say/", reviewing.say, name="say"),
    path("versions/<int:number>/review/pull-back/", reviewing.pull_back, name="pull_back"),
    path("versions/<int:number>/reviewers/", reviewing.add_reviewer, name="add_reviewer"),
    path("versions/<int:number>/reviewers/<int:review_id>/remove/", reviewing.remove_reviewer, name="remove_reviewer"),
    path("versions/<int:number>/comments/", reviewing.comment, name="comment"),
    path("versions/<int:number>/comments/<int:comment_id>/resolve/", reviewing.resolve, name="resolve_comment"),
    path("compare/", reading.choose, name="choose"),
    path("draft/", drafting.draft, name="draft"),
    path("draft/send/", reviewing.send, name="send_to_review"),
    path("draft/folder/", folders.bring, name="bring"),
    path("draft/folder/look/", folders.brought, name="brought"),
    path("draft/folder/take/", folders.take, name="take_brought"),
    path("draft/start/", drafting.start, name="start_draft"),
    path("draft/about/", drafting.describe, name="describe_draft"),
    path("draft/targets/", drafting.targets, name="targets"),
    path("draft/lists/", lists.word_lists, name="lists"),
    path("draft/lists/<int:list_id>/", lists.word_list, name="list"),
    path("draft/lists/<int:list_id>/file/", lists.list_file, name="list_file"),
    path("draft/lists/<int:list_id>/delete/", lists.delete_list, name="delete_list"),
    path("draft/discard/", drafting.discard, name="discard_draft"),
    path("draft/clauses/add/", clauses.add_clause, name="add_clause"),
    path("draft/clauses/<int:clause_id>/", clauses.clause, name="clause"),
    path("draft/clauses/<int:clause_id>/move/", clauses.move_clause, name="move_clause"),
    path("draft/clauses/<int:clause_id>/delete/", clauses.delete_clause, name="delete_clause"),
    path("draft/clauses/<int:clause_id>/rules/add/", rules.add_rule, name="add_rule"),
    path("draft/rules/<int:rule_id>/", rules.rule, name="rule"),
    path("draft/rules/<int:rule_id>/delete/", rules.delete_rule, name="delete_rule"),
    path("draft/rules/<int:rule_id>/move/", rules.move_rule, name="move_rule"),
]
