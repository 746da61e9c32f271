"""The one shape in which the API says no."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

from socialhub.lib.errors import Conflict, Forbidden, Invalid, Refusal

WHOLE = "whole"


class ProblemSerializer(serializers.Serializer[Any]):
    """Why nothing was done."""

    code = serializers.CharField(help_text="What a program can compare, for example `conversation_not_free`.")
    detail = serializers.CharField(help_text="A sentence for people.")
    fields = serializers.DictField(  # type: ignore[assignment]  # DRF keeps its declared fields under this name
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Sentences by the name of the field; `whole` holds what concerns no single field.",
    )


def answer_refusal(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn whatever a view raised into the answer that a program gets; None lets the error be an error."""
    if isinstance(error, Invalid):
        return Response(_invalid({error.field or WHOLE: [str(error)]}, error.code), status=400)
    if isinstance(error, Forbidden):
        return Response({"code": error.code, "detail": str(error)}, status=403)
    if isinstance(error, Conflict):
        return Response({"code": error.code, "detail": str(error)}, status=409)
    if isinstance(error, Refusal):
        return Response({"code": error.code, "detail": str(error)}, status=400)
    if isinstance(error, RequestDataTooBig):
        sentence = _("This is more than the API reads in one request.")
        return Response({"code": "too_large", "detail": sentence}, status=413)
    if isinstance(error, Http404):
        # The message of Django's shortcut names a model, which is nobody's business.
        error = exceptions.NotFound(_("There is nothing at this address that you may see."))
    response = exception_handler(error, dict(context))
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = _invalid(_by_field(error.detail), "invalid")
    elif isinstance(response.data, Mapping):
        detail = response.data["detail"]
        response.data = {"code": getattr(detail, "code", "error"), "detail": str(detail)}
    return response


def _invalid(fields: dict[str, list[str]], code: str) -> dict[str, Any]:
    sentences = [sentence for field in fields.values() for sentence in field]
    detail = sentences[0] if set(fields) == {WHOLE} else _("Some of what was sent cannot be used.")
    return {"code": code, "detail": detail, "fields": fields}


def _by_field(detail: object) -> dict[str, list[str]]:
    if not isinstance(detail, Mapping):
        return {WHOLE: list(_sentences(detail))}
    return {
        WHOLE if name == "non_field_errors" else str(name): list(_sentences(value)) for name, value in detail.items()
    }


def _sentences(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _sentences(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _sentences(inner)
    else:
        # Some sentences repeat what was sent, which may be half a character that no answer can carry.
        yield str(value).encode("utf-8", "replace").decode()
