"""Find out which standing queries a text answers: all of them together, each text read once.

A word or phrase is found as whole words, whatever its case and punctuation; accents
count. ``#name`` is found as exactly that hashtag. Where words are not set apart by
spaces (Chinese, Japanese, Thai, …) or carry their endings without one (Korean), a term
is found anywhere in the text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)


def _marks() -> str:
    """Return the signs that belong to the letter before them; ``\\w`` leaves them out and would cut words in two."""
    found: list[str] = []
    begin = None
    for code in range(0x300, 0x11FFF):
        # What says how an emoji is drawn is no part of a word.
        is_mark = unicodedata.category(chr(code))[0] == "M" and not 0xFE00 <= code <= 0xFE0F
        if is_mark and begin is None:
            begin = code
        elif not is_mark and begin is not None:
            found.append(f"{chr(begin)}-{chr(code - 1)}")
            begin = None
    return "".join(found)


_MARKS = _marks()
_LETTER = rf"(?:(?![{_UNSPACED}])[\w{_MARKS}])"
# A run of signs without spaces is one token, so that no phrase reaches across it.
_TOKEN = re.compile(rf"[{_UNSPACED}]+|{_LETTER}+")
_SPACED_TOKEN = re.compile(r"\w+", re.ASCII)
_HASHTAG = re.compile(rf"(?<![\w/&#])#([\w{_MARKS}]+)")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_BEGINS_SPACED = re.compile(_LETTER)
_ENDS_SPACED = re.compile(_LETTER + r"\Z")
_NOT_BEFORE = rf"(?<!(?![{_UNSPACED}])[\w{_MARKS}])"
_NOT_AFTER = rf"(?!{_LETTER})"
# Full-width signs are written as narrow ones; what cannot be seen does not cut a word in two.
_ODD = re.compile("[\u00ad\u200b\u2060\ufeff\uff01-\uff5e]")
_EVEN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))


@dataclass(frozen=True, slots=True)
class Query:
    """A standing query: one of ``any_terms`` (if there are some), all of ``all_terms``, none of ``no_terms``.

    ``languages`` and ``channels`` are where it holds; empty means everywhere.
    """

    key: int
    any_terms: Sequence[str] = ()
    all_terms: Sequence[str] = ()
    no_terms: Sequence[str] = ()
    languages: Collection[str] = field(default=frozenset())
    channels: Collection[int] = field(default=frozenset())


class QueryIndex:
    """Many queries, of which a text is asked only those that one of its words calls up."""

    __slots__ = ("_by_piece", "_by_token", "_pieces", "_tokens")

    def __init__(self, queries: Iterable[Query]) -> None:
        compiled = [_Compiled(query) for query in queries]
        uses = Counter(
            token for query in compiled for needle in query.calling for token in needle.tokens if not needle.is_piece
        )
        by_token: dict[str, list[tuple[_Needle, _Compiled]]] = {}
        by_piece: dict[str, list[tuple[_Needle, _Compiled]]] = {}
        for query in compiled:
            for needle in query.calling:
                if needle.is_piece:
                    # There is one: a piece of ASCII signs alone is a word or nothing.
                    foreign = next(sign for sign in needle.text if not sign.isascii())
                    by_piece.setdefault(foreign, []).append((needle, query))
                else:
                    # The word that fewest queries share, and of those the longest, is likely the rarest in texts too.
                    rarest = min(needle.tokens, key=lambda token: (uses[token], -len(token)))
                    by_token.setdefault(rarest, []).append((needle, query))
        self._by_token, self._tokens = by_token, frozenset(by_token)
        self._by_piece, self._pieces = by_piece, frozenset(by_piece)

    def __bool__(self) -> bool:
        return bool(self._by_token or self._by_piece)

    def match(self, text: str, *, language: str = "", channel: int = 0) -> list[int]:
        """Return the keys of the queries that ``text`` answers, in rising order."""
        prepared = _Text(text)
        found: set[int] = set()
        for needle, query in self._called_up(prepared):
            if query.key in found or not (needle.is_certain or needle.is_in(prepared)):
                continue
            if query.holds(prepared, language, channel):
                found.add(query.key)
        return sorted(found)

    def _called_up(self, text: "_Text") -> "Iterator[tuple[_Needle, _Compiled]]":
        for token in self._tokens & text.tokens:
            yield from self._by_token[token]
        if self._pieces and not text.is_ascii:
            for sign in self._pieces.intersection(text.plain):
                yield from self._by_piece[sign]


def is_usable_term(term: str) -> bool:
    """Say whether there is something in a term to look for."""
    return bool(_Needle(term).text)


class _Text:
    """A text prepared once for all needles."""

    __slots__ = ("_joined", "is_ascii", "plain", "tokens", "words")

    def __init__(self, text: str) -> None:
        self.plain = _evened(text)
        self.is_ascii = self.plain.isascii()
        self.words = _tokens(self.plain, is_ascii=self.is_ascii)
        self.tokens = set(self.words)
        if "#" in self.plain:
            self.tokens.update(f"#{name}" for name in _HASHTAG.findall(self.plain))
        self._joined = ""

    @property
    def joined(self) -> str:
        if not self._joined:
            self._joined = f" {' '.join(self.words)} "
        return self._joined


class _Needle:
    """One term; ``text`` is empty when there is nothing in it to look for.

    One that is called up by the only word it has is there: ``is_certain``.
    """

    __slots__ = ("_between", "is_certain", "is_piece", "text", "tokens")

    def __init__(self, term: str) -> None:
        plain = _evened(term).strip()
        self.is_piece = self.is_certain = False
        self._between: re.Pattern[str] | None = None
        hashtag = _HASHTAG.fullmatch(plain)
        self.tokens: tuple[str, ...]
        if hashtag:
            self.text = plain
            self.tokens = (plain,)
            self.is_certain = True
            return
        self.tokens = tuple(_tokens(plain, is_ascii=plain.isascii()))
        if _HAS_UNSPACED.search(plain) or (not self.tokens and not plain.isascii()):
            self.is_piece = True
            self.text = plain
            begins, ends = _BEGINS_SPACED.match(plain), _ENDS_SPACED.search(plain)
            if begins or ends:
                before, after = (_NOT_BEFORE if begins else ""), (_NOT_AFTER if ends else "")
                self._between = re.compile(f"{before}{re.escape(plain)}{after}")
        else:
            self.text = " ".join(self.tokens)
            self.is_certain = len(self.tokens) == 1

    def is_in(self, text: _Text) -> bool:
        if self.is_piece:
            return bool(self._between.search(text.plain)) if self._between else self.text in text.plain
        if len(self.tokens) == 1:
            return self.text in text.tokens
        return f" {self.text} " in text.joined


class _Compiled:
    """A query whose terms are ready; ``calling`` are those of which one must be there."""

    __slots__ = ("_all", "_channels", "_languages", "_none", "calling", "key")

    def __init__(self, query: Query) -> None:
        self.key = query.key
        demanded = _needles(query.all_terms)
        self.calling = _needles(query.any_terms)
        if not query.any_terms and demanded:
            self.calling = (max(demanded, key=lambda needle: len(needle.text)),)
        self._all = demanded
        self._none = _needles(query.no_terms)
        self._languages = frozenset(query.languages)
        self._channels = frozenset(query.channels)

    def holds(self, text: _Text, language: str, channel: int) -> bool:
        """Say whether everything but ``calling`` holds."""
        if self._languages and language not in self._languages:
            return False
        if self._channels and channel not in self._channels:
            return False
        if self._all and not all(needle.is_in(text) for needle in self._all):
            return False
        return not self._none or not any(needle.is_in(text) for needle in self._none)


def _needles(terms: Iterable[str]) -> tuple[_Needle, ...]:
    return tuple(needle for needle in map(_Needle, terms) if needle.text)


def _evened(text: str) -> str:
    """Return the text in one case and one way of writing each letter; the accents stay."""
    plain = text.casefold()
    if plain.isascii():
        return plain
    # The dot of the Turkish capital İ, which its small letter has anyway.
    plain = unicodedata.normalize("NFC", plain.replace("i\u0307", "i"))
    return plain.translate(_EVEN) if _ODD.search(plain) else plain


def _tokens(plain: str, *, is_ascii: bool) -> list[str]:
    return (_SPACED_TOKEN if is_ascii else _TOKEN).findall(plain)
