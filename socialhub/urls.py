"""Every address of the product."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from socialhub import going, views
from socialhub.installed import views as installed
from socialhub.setup.views import set_up
from socialhub.styleguide import views as styleguide

handler400 = "socialhub.views.bad_request"
handler403 = "socialhub.views.permission_denied"
handler404 = "socialhub.views.not_found"
handler500 = "socialhub.views.server_error"

# Everybody signs in on the page that limits the tries; the admin's own does not.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# What others put there may be written there: groups that nothing asks, and addresses by which passwords are made anew.
admin.site.unregister([Group, EmailAddress])

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("service-worker.js", installed.service_worker, name="service_worker"),
    path("offline/", installed.offline, name="offline"),
    path("setup/", set_up, name="setup"),
    path("language/", require_POST(set_language), name="set_language"),
    path("", include("teams.urls")),
    path("policy/", include("policies.urls")),
    path("", include("listening.webhooks.urls")),
    path("", include("listening.websub.urls")),
    path("channels/", include("listening.urls")),
    path("streams/", include("listening.streams.urls")),
    path("", include("triage.urls")),
    path("", include("insights.urls")),
    path("api/", include("socialhub.api_urls")),
    path("accounts/", include("allauth.account.urls")),
    path("go/", going.go, name="go"),
    path("styleguide/", styleguide.basics, name="styleguide"),
    path("styleguide/<slug:slug>/", styleguide.part, name="styleguide_part"),
    path("admin/", admin.site.urls),
]
