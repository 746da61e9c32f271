"""The pictures beside what was said, for those who may see the conversation."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from teams.http import may, signed_in
from triage.access import get_picture_for
from triage.showing.handing_out import picture_response
from triage.showing.pictures import MOST_ASKED, shown


@may("attachment.view")
@require_safe
def picture(request: HttpRequest, picture_id: int) -> HttpResponseBase:
    """Hand out our copy of a picture."""
    return picture_response(get_picture_for(signed_in(request), picture_id))


@may("attachment.view")
@require_safe
def again(request: HttpRequest, picture_id: int) -> HttpResponse:
    """Show how it stands with a picture that was being fetched."""
    found = get_picture_for(signed_in(request), picture_id, is_kept=False)
    said = request.GET.get("asked", "")
    asked = int(said) if said.isdecimal() and len(said) == 1 else MOST_ASKED
    return render(request, "triage/_picture.html", {"one": shown(found, asked=asked)})
