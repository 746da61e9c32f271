"""The bytes of an attachment, so that a browser shows a picture, saves the rest, and runs nothing."""

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.http import content_disposition_header

from listening.models import Picture
from socialhub.lib import media_types
from triage.models import Attachment

NO_SCRIPTS = "default-src 'none'; sandbox"


def file_response(found: Attachment) -> FileResponse:
    """Return an attachment to somebody who may see it."""
    file = found.file
    is_shown = file.media_type in media_types.PICTURES
    response = FileResponse(file.file.open("rb"), content_type=file.media_type if is_shown else media_types.UNKNOWN)
    response["Content-Disposition"] = content_disposition_header(not is_shown, file.name) or "attachment"
    return _guarded(response)


def picture_response(picture: Picture) -> FileResponse:
    """Return our copy of a picture to somebody who may see what it stands beside."""
    response = FileResponse(default_storage.open(picture.stored_as), content_type="image/webp")
    response["Content-Disposition"] = "inline"
    return _guarded(response)


def _guarded(response: FileResponse) -> FileResponse:
    response["Content-Security-Policy"] = NO_SCRIPTS
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # It never changes, but who may see it does.
    response["Cache-Control"] = "private, max-age=60"
    return response
