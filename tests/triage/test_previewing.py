import pytest

from triage.showing.previewing import Part, parts_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Just words.", [Part("Just words.")]),
        (
            "See https://a.example/x?y=1, @anna and #repair!",
            [
                Part("See "),
                Part("https://a.example/x?y=1", "link"),
                Part(", "),
                Part("@anna", "mention"),
                Part(" and "),
                Part("#repair", "tag"),
                Part("!"),
            ],
        ),
        ("@anna@far.example.", [Part("@anna@far.example", "mention"), Part(".")]),
        ("mail ida@tavolund.example or #1", [Part("mail ida@tavolund.example or #1")]),
        ("<b>\n@a", [Part("<b>\n"), Part("@a", "mention")]),
    ],
)
def test_a_text_is_cut_where_networks_mark_it(text, expected):
    assert parts_of(text) == expected
    assert "".join(part.text for part in parts_of(text)) == text
