import pytest

from listening.connectors.mastodon.text import text_of_post

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


@pytest.mark.parametrize("html", ["<" * 100_000, "<!" * 100_000, "<a href=" * 20_000, "<p>" * 50_000, "&" * 100_000])
@pytest.mark.timeout(20)
def test_text_of_post_reads_what_no_browser_would_write(html):
    assert isinstance(text_of_post(html), str)
