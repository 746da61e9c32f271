"""Plain text of the small pieces of HTML that networks send."""

from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "br", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "tr", "hr"})
_UNSEEN = frozenset({"script", "style", "template", "head", "iframe"})


def text_of_html(html: str) -> str:
    """Return what a reader would see, one line per block; an address that was cut for display is told in full."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen_depth = 0
        self._href = ""
        self._shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen_depth += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a":
            self._href, self._shown = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen_depth = max(0, self._unseen_depth - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a" and self._href:
            shown = "".join(self._shown)
            whole = shown.removesuffix("...").removesuffix("…")
            if whole != shown and self._href.startswith(whole):
                self.parts[-len(self._shown) :] = [self._href]
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._unseen_depth:
            return
        self.parts.append(data)
        if self._href:
            self._shown.append(data)
