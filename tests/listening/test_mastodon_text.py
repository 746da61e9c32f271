import time

import pytest

from listening.connectors.html_cost import Budget
from listening.connectors.mastodon.text import MAX_HTML, text_of_post

MASTODON = (
    '<p><span class="h-card" translate="no"><a href="https://far.example/@acme" class="u-url mention">'
    "@<span>acme</span></a></span> see "
    '<a href="https://blog.example/posts/2026/a-long-title" rel="nofollow" target="_blank">'
    '<span class="invisible">https://</span><span class="ellipsis">blog.example/posts/2026/a-lon</span>'
    '<span class="invisible">g-title</span></a><br />second line</p><p>And '
    '<a href="https://far.example/tags/AcmeFail" class="mention hashtag" rel="tag">#<span>AcmeFail</span></a></p>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (MASTODON, "@acme see https://blog.example/posts/2026/a-long-title\nsecond line\n\nAnd #AcmeFail"),
        ("one<br><br>two<br>", "one\n\ntwo"),
        ("<p>1 &lt; 2 &amp;&amp; 3 &gt; 2</p>", "1 < 2 && 3 > 2"),
        ('<p><a href="https://x.example/">our page</a></p>', "our page (https://x.example/)"),
        ('<p><a href="https://x.example/">x.example</a></p>', "https://x.example/"),
        ('<p><a href="https://x.example/long/path">x.example/long…</a></p>', "https://x.example/long/path"),
        ('<p><a href="javascript:alert(1)">click</a></p>', "click"),
        ("<script>alert(1)</script><style>p{}</style><p>seen</p>", "seen"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<pre><code>a\n  b</code></pre>", "a\nb"),
        ("<p>broken\nby the server</p>", "broken by the server"),
        ("<blockquote><p>quoted</p></blockquote><p>said</p>", "quoted\n\nsaid"),
        ("<p>never closed <a href='https://x.example/'>link", "never closed link (https://x.example/)"),
        ("", ""),
        ("plain & simple", "plain & simple"),
    ],
)
def test_text_of_post_is_what_its_readers_see(html, text):
    assert text_of_post(html) == text


MOST = Budget()
# Each of them would take seconds, or all memory, if it were understood.
HOSTILE = {
    "tags inside tags": "<div>" * 40_000,
    "as deep as is understood": "<div>" * MOST.tags,
    "formatting that is opened anew in each paragraph": "".join(f"<b a={n}><p>" for n in range(13_000)),
    "as much formatting as is understood": "".join(f"<b a={n}><p>" for n in range(MOST.growing)),
    "formatting that differs": "".join(f"<i a={n}>" for n in range(15_000)),
    "lists in lists": "<ul><li>" * 25_000,
    "paragraphs that were never opened": "<b>" * 20_000 + "</p>" * 20_000,
    "attributes of the page": "".join(f"<html a{n}=1>" for n in range(14_000)),
    "references": "&" * MAX_HTML,
    "as many references as are understood": "&" * MOST.references,
    "brackets": "<" * MAX_HTML,
    "declarations": "<!" * 100_000,
    "links that never end": "<a href=" * 20_000,
}


def cpu_of(html: str) -> float:
    def once() -> float:
        before = time.process_time()
        text_of_post(html)
        return time.process_time() - before

    return min(once() for _ in range(3))


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(20)
def test_text_of_post_costs_little_more_for_what_no_browser_would_write(html):
    honest = "<p>" + "The street is dark and nobody answers the phone.<br>" * (MOST.tags // 2) + "</p>"

    assert cpu_of(html) < 20 * cpu_of(honest)


def test_text_of_post_that_is_costly_keeps_its_words_and_paragraphs():
    html = f'<p>Our &amp; street<br/>is dark</p><p>{"<b>very</b> " * (MOST.growing + 1)}</p><div class="x">Help!</div>'

    text = text_of_post(html)

    assert text == f"Our & street\nis dark\n\n{' '.join(['very'] * (MOST.growing + 1))}\n\nHelp!"
