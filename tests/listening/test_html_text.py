import pytest

from listening.connectors.html_text import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("One &amp; two", "One & two"),
        ("One<p>Two<br>three</p>  four", "One\nTwo\nthree\nfour"),
        ("<script>alert(1)</script>Seen<style>b{}</style>", "Seen"),
        ("a <b>bold</b>   word", "a bold word"),
        ('<a href="https://example.com/long/way">https://example.com/l...</a>!', "https://example.com/long/way!"),
        ('<a href="https://example.com/long/way">https://example.com/l…</a>', "https://example.com/long/way"),
        ('<a href="https://evil.example/">https://example.com/...</a>', "https://example.com/..."),
        ('<a href="https://example.com/"><i>read</i> on</a>', "read on"),
        ("<a>no address</a> <a href>none</a>", "no address none"),
        ('<a href="https://example.com/x">https://<b>example</b>.com/...</a>', "https://example.com/x"),
        ("</script></p>unopened", "unopened"),
    ],
)
def test_html_is_read_as_a_reader_sees_it(html, text):
    assert text_of_html(html) == text
