"""Forms as a browser without JavaScript sends them, and what a page says is wrong."""

from html.parser import HTMLParser

from django.http import HttpResponse


class Page(HTMLParser):
    """One page: ``fields`` of the form with an id, and the texts of its errors by their ids."""

    def __init__(self, response: HttpResponse, *, form: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}
        self._form, self._is_inside = form, False
        self._select = self._area = self._error = ""
        self._has_error = 0
        self._chosen: list[str] = []
        self._first: str | None = None
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = given.get("id") == self._form
        if (tag == "ul" and "errorlist" in given.get("class", "")) or given.get("role") == "alert":
            self._error, self._has_error = given.get("id", ""), 1
            self.errors.setdefault(self._error, "")
        if not self._is_inside or ("name" not in given and tag != "option"):
            return
        if tag == "select":
            self._select, self._chosen, self._first = given["name"], [], None
        elif tag == "option":
            value = given.get("value", "")
            self._first = value if self._first is None else self._first
            if "selected" in given:
                self._chosen.append(value)
        elif tag == "textarea":
            self._area = given["name"]
            self.fields.setdefault(self._area, []).append("")
        elif tag == "input":
            is_tick = given.get("type") in ("checkbox", "radio")
            if not is_tick or "checked" in given:
                self.fields.setdefault(given["name"], []).append(given.get("value", "on" if is_tick else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select" and self._select:
            self.fields.setdefault(self._select, []).extend(self._chosen or [self._first or ""])
            self._select = ""
        elif tag == "textarea" and self._area:
            text = self.fields[self._area][-1].removeprefix("\n")
            self.fields[self._area][-1] = text.replace("\n", "\r\n")
            self._area = ""
        elif tag in ("ul", "div"):
            self._has_error = 0

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][-1] += data
        elif self._has_error:
            self.errors[self._error] += data
