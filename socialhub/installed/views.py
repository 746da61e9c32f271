"""What a browser asks for to install the product. None of it tells who looks."""

import hashlib
import json
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# The pages' panel in light and dark: the bar of the window continues the head of the page.
LIGHT, DARK = "#ffffff", "#15181e"
ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"))
MASKABLE = ("icon-maskable-512.png", "512x512", "maskable")
# What the page without a connection is made of; everything else is kept as it comes by.
OFFLINE_FILES = (
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/components/actions.css",
    "css/pages/entrance.css",
    "img/favicon.svg",
)


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """Say how the product is installed."""
    organisation = getattr(request, "organisation", None)
    name = f"Socialhub · {organisation.name}" if organisation is not None else "Socialhub"
    icons = [
        {"src": static(f"img/{file}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for file, sizes, purpose in (*ICONS, MASKABLE)
    ]
    shortcuts = [
        {"name": _("Inbox"), "url": reverse("triage:inbox")},
        {"name": _("Search"), "url": reverse("triage:search")},
        {"name": _("Notifications"), "url": reverse("teams:notifications")},
    ]
    described = {
        "id": "/",
        "name": name,
        "short_name": "Socialhub",
        "description": _("Everything that is said about us, and who answers it."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": LIGHT,
        "theme_color": LIGHT,
        "icons": icons,
        "shortcuts": shortcuts,
    }
    return JsonResponse(described, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Hand out the script that stands between the browser and the network."""
    files = [reverse("offline"), *(static(name) for name in OFFLINE_FILES)]
    known: dict[str, str | list[str]] = {
        "version": _version(),
        "offline": reverse("offline"),
        "static": settings.STATIC_URL,
        "icon": static("img/icon-192.png"),
    }
    known["files"] = files
    script = render_to_string("installed/service-worker.js", {"known": json.dumps(known)})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """Show what stands in for every page while there is no connection."""
    return render(request, "installed/offline.html")


@cache
def _version() -> str:
    """Name what is kept, so that another edition of any of it replaces all."""
    shown = render_to_string("installed/offline.html") + render_to_string("installed/service-worker.js")
    named = ",".join(static(name) for name in OFFLINE_FILES)
    return hashlib.sha256(f"{shown}{named}".encode()).hexdigest()[:12]
