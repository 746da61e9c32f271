"""Every route of the product and who may use it. A route without an entry here fails the build."""

from tests.access import routes_accounts, routes_api, routes_pages

ROUTES = routes_api.ROUTES | routes_pages.INBOX | routes_accounts.ROUTES
