import re

from socialhub.translating.catalogues import ROOT

SIDES = re.compile(
    r"(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b"
    r"|border-(?:top|bottom)-(?:left|right)-radius"
    r"|(?:text-align|float|clear):\s*(?:left|right)"
    r"|^\s*(?:left|right):"
    # Top, right, bottom, left: both sides have to be the same.
    r"|(?:margin|padding|inset): *[^\s;]+ +(?P<right>[^\s;]+) +[^\s;]+ +(?!(?P=right);)[^\s;]+;",
    re.MULTILINE,
)


def test_styles_speak_of_start_and_end_so_that_they_follow_the_script():
    found = [
        f"{path.relative_to(ROOT)}: {match[0].strip()}"
        for path in sorted((ROOT / "static" / "css").rglob("*.css"))
        for match in SIDES.finditer(path.read_text())
    ]

    assert found == []


FORWARD_OR_BACK = re.compile(r"[→←]|heroicon_\w+ \"arrow-(?:left|right)\"")
TURNED = re.compile(
    r"<span class=\"arrow\" aria-hidden=\"true\">[→←]</span>"
    r"|heroicon_\w+ \"arrow-(?:left|right)\" size=\d+ class=\"arrow\""
)


def test_arrows_that_mean_forward_or_back_follow_the_script():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in FORWARD_OR_BACK.finditer(TURNED.sub("", path.read_text()))
    ]

    assert found == []
