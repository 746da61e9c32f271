"""Every route of the product and who may use it. A route without an entry here fails the build."""

from tests.access import (
    routes_accounts,
    routes_answers,
    routes_api,
    routes_approvals,
    routes_attachments,
    routes_attesting,
    routes_bulk,
    routes_changes,
    routes_course,
    routes_devices,
    routes_flow,
    routes_govern,
    routes_guide,
    routes_incidents,
    routes_listen,
    routes_merging,
    routes_pages,
    routes_pen,
    routes_retention,
    routes_streams,
    routes_trials,
    routes_views,
    routes_writing,
)

ROUTES = (
    routes_api.ROUTES
    | routes_pages.INBOX
    | routes_approvals.ROUTES
    | routes_attachments.ROUTES
    | routes_attesting.ROUTES
    | routes_guide.ROUTES
    | routes_incidents.ROUTES
    | routes_bulk.ROUTES
    | routes_changes.ROUTES
    | routes_course.ROUTES
    | routes_devices.ROUTES
    | routes_flow.ROUTES
    | routes_pen.ROUTES
    | routes_retention.ROUTES
    | routes_writing.ROUTES
    | routes_govern.ROUTES
    | routes_listen.ROUTES
    | routes_merging.ROUTES
    | routes_streams.ROUTES
    | routes_trials.ROUTES
    | routes_views.ROUTES
    | routes_answers.ROUTES
    | routes_accounts.ROUTES
)
