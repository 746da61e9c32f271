"""How the API cuts long lists into pages."""

from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param


class NewestFirst(CursorPagination):
    """Pages from the newest row to the oldest. A row that arrives while somebody pages moves nothing.

    A cursor is signed for the list that gave it, so one that was changed or that
    belongs to another list is refused and never reaches the database.
    """

    ordering = "-pk"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    cursor_query_description = "Where to go on: take the whole address from `next` or `previous`."
    page_size_query_description = "How many rows a page has: 50, and at most 200."

    def get_page_size(self, request: Request) -> int:
        """Return how many rows were asked for.

        :raises ValidationError: that is not a positive number.
        """
        asked = request.query_params.get("page_size")
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and asked.strip("0")):
            raise ValidationError({"page_size": [_("The page size is a whole number from 1 to 200.")]})
        return min(int(asked[:9]), self.max_page_size)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Read the cursor of a request.

        :raises ValidationError: this list never gave such a cursor.
        """
        given = request.query_params.get(self.cursor_query_param)
        if given is None:
            return None
        try:
            offset, reverse, position = signing.loads(given, salt=self._salt(request.path))
        except (signing.BadSignature, UnicodeError) as error:
            sentence = _("This list gave no such cursor. Begin again without one.")
            raise ValidationError({"cursor": [sentence]}) from error
        return Cursor(offset, reverse, position)

    def encode_cursor(self, cursor: Cursor) -> str:
        """Return the address of the page at ``cursor``."""
        request = self.request
        token = signing.dumps([cursor.offset, cursor.reverse, cursor.position], salt=self._salt(request.path))
        address: str = replace_query_param(request.build_absolute_uri(), self.cursor_query_param, token)
        return address

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Cut out one page."""
        self.request = request
        rows: list[Any] | None = super().paginate_queryset(queryset, request, view)
        return rows

    @staticmethod
    def _salt(path: str) -> str:
        return f"cursor of {path}"


class HighestNumberFirst(NewestFirst):
    """Pages of rows that carry a number of their own."""

    ordering = "-number"
