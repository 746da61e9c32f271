import pytest

from policies.engine.thanks import is_closing_remark


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you so much for your quick help 🙏",
        "@nordlys thanks, works now!",
        "Perfect, thank you. Have a nice day",
        "👍",
        "❤️ 🙏🏽",
        "Vielen Dank für die schnelle Hilfe!",
        "Danke, alles klar. Schönen Tag noch",
        "Tusind tak for hjælpen",
        "Tack så mycket!",
        "Hartelijk dank voor de snelle reactie",
        "¡Muchas gracias!",
        "Merci beaucoup, bonne journée",
        "Grazie mille",
        "Muito obrigada pela ajuda",
        "Dziękuję bardzo za pomoc",
        "спасибо большое за помощь",
        "Mange tak 😊",
        "ありがとうございます",
        "谢谢！",
    ],
)
def test_a_word_of_thanks_at_the_end_is_known(text):
    assert is_closing_remark(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "Thanks for nothing",
        "Thanks, but it still does not work",
        "Thanks. When will it be there?",
        "Thanks？",
        "Thank you, see https://example.org/proof",
        "Danke, aber die Rechnung stimmt nicht",
        "Thanks, order 4711 is still missing",
        "Thanks 👎",
        "👍👎",
        "Merci, mais non",
        "No thanks",
        "thanks " * 15,
        "!!!",
        "@nordlys",
    ],
)
def test_whatever_says_more_is_heard(text):
    assert not is_closing_remark(text)
