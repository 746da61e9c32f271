import csv
import gzip
import os
from pathlib import Path

import pytest

from listening.language import guess_language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My order has not arrived and nobody answers the phone.", "en"),
        ("Warum ist die Lieferung noch nicht da?", "de"),
        ("Bonjour, je ne peux plus accéder à mon compte depuis hier.", "fr"),
        ("Hola, no puedo entrar en mi cuenta desde ayer.", "es"),
        ("Non riesco ad accedere al mio account da ieri, perché?", "it"),
        ("Não consigo entrar na minha conta, o que faço?", "pt"),
        ("Waarom kan ik niet inloggen op mijn account?", "nl"),
        ("Hvorfor kan jeg ikke logge ind på min konto?", "da"),
        ("Varför kan jag inte logga in på mitt konto?", "sv"),
        ("Dlaczego nie mogę się zalogować do mojego konta?", "pl"),
        ("Neden bu kadar geç geldi, çok kötü bir hizmet", "tr"),
        ("yeh bahut accha hai bhai, kya baat hai", "hi"),
        ("Где мой заказ? Никто не отвечает.", "ru"),
        ("Де моє замовлення? Ніхто не відповідає.", "uk"),
        ("أين طلبي؟ لا أحد يجيب", "ar"),
        ("سفارش من کجاست؟ چرا جواب نمی‌دهید", "fa"),
        ("注文した商品がまだ届きません", "ja"),
        ("我的订单还没有到", "zh"),
        ("주문한 상품이 아직 안 왔어요", "ko"),
        ("איפה ההזמנה שלי", "he"),
        ("Πού είναι η παραγγελία μου;", "el"),
        ("मेरा ऑर्डर कहाँ है", "hi"),
        ("สินค้าของฉันอยู่ที่ไหน", "th"),
    ],
)
def test_guess_language_names_the_language(text, expected):
    assert guess_language(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀😀😀",
        "Thanks",
        "@you_and_the_others #notThis https://the.and.example",
        "Xyzzy plugh",
        "12 34 56",
        "привет",
        "円",
        "s a t",
    ],
)
def test_guess_language_names_none_on_less_than_two_words(text):
    assert guess_language(text) == ""


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
def test_guess_language_is_as_good_as_it_says():
    codes = {"arabic": "ar", "english": "en", "german": "de", "hindi": "hi", "italian": "it", "portuguese": "pt"}
    path = Path(os.environ["SOCIALHUB_REALDATA"]) / "umsab_sentiment_multilingual.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        guesses = [(codes[row["language"]], guess_language(row["text"])) for row in csv.DictReader(file)]

    assert len(guesses) == 12_976
    assert round(sum(right == guess for right, guess in guesses) / len(guesses), 2) == 0.81
    assert round(sum(guess == "" for _right, guess in guesses) / len(guesses), 2) == 0.13
