"""Addresses of the policy."""

from django.urls import path

from policies.views import clauses, drafting, reading

app_name = "policies"

urlpatterns = [
    path("", reading.in_force, name="in_force"),
    path("attest/", reading.attest, name="attest"),
    path("versions/", reading.versions, name="versions"),
    path("versions/<int:number>/", reading.version, name="version"),
    path("versions/<int:number>/compare/<int:other>/", reading.compare, name="compare"),
    path("draft/", drafting.draft, name="draft"),
    path("draft/start/", drafting.start, name="start_draft"),
    path("draft/about/", drafting.describe, name="describe_draft"),
    path("draft/targets/", drafting.targets, name="targets"),
    path("draft/publish/", drafting.publish, name="publish"),
    path("draft/discard/", drafting.discard, name="discard_draft"),
    path("draft/clauses/add/", clauses.add_clause, name="add_clause"),
    path("draft/clauses/<int:clause_id>/", clauses.clause, name="clause"),
    path("draft/clauses/<int:clause_id>/move/", clauses.move_clause, name="move_clause"),
    path("draft/clauses/<int:clause_id>/delete/", clauses.delete_clause, name="delete_clause"),
    path("draft/clauses/<int:clause_id>/rules/add/", clauses.add_rule, name="add_rule"),
    path("draft/rules/<int:rule_id>/", clauses.rule, name="rule"),
    path("draft/rules/<int:rule_id>/delete/", clauses.delete_rule, name="delete_rule"),
]
