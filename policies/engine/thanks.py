"""Whether a message is only a word of thanks at the end: short, without a question, and with nothing else in it.

It errs on one side. Every word has to be known as one of thanks or of parting, so that
“thanks, but it still does not work” and “thanks for nothing” are heard as what they are.
"""

import re
import unicodedata

MOST_WORDS = 14


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Saying thanks, in the languages that are told apart, in small letters.
_THANKS = _listed(
    """
    thanks thank thx ty tysm cheers
    danke dank dankeschön merci vergelts
    tak tusind takker
    tack takk tusen tackar kiitos kiitoksia
    bedankt dankjewel dankuwel dank
    gracias grazie obrigado obrigada obrigadão merci
    dziękuję dzięki dzieki dziekuje děkuji díky dekuji ďakujem ďakujem
    köszönöm köszi mulțumesc multumesc mersi hvala хвала спасибо дякую благодаря
    teşekkürler teşekkür sağolun ευχαριστώ ευχαριστω
    ありがとう ありがとうございます ありがとうございました 谢谢 謝謝 多谢 감사합니다 고마워요 고맙습니다
    شكرا شكراً תודה dhanyavaad धन्यवाद
    """
)
# What goes with it.
_ALONG = _listed(
    """
    you u so very much many a lot lots and all your youre the for that this it now works
    help helping support reply replying answer answering response responding quick quickly fast prompt info
    information great perfect super awesome brilliant excellent wonderful amazing lovely good nice cool
    ok okay fine alright got appreciated appreciate really kind kindly of have day weekend evening bye
    regards best wishes team everyone solved sorted done fixed resolved cleared up yes
    vielen lieben herzlichen besten schönen schön sehr für die den deine ihre eure hilfe antwort schnelle
    rasche info auskunft und ihnen euch dir jetzt alles klar gut prima toll super klasse passt funktioniert
    geht wieder tag abend wochenende noch einen gruß grüße liebe viele freundliche mfg lg ja
    mange tusinde for hjælpen hjælp svar svaret hurtige det var så sødt af jer dig god dag weekend fint virker nu
    hjälpen hjälp svaret snabba mycket ha bra helg hjelpen hjelpen hyggelig avusta paljon
    hartelijk voor de hulp snelle reactie antwoord u je jullie fijne dag heel erg
    muchas mil por su tu la ayuda respuesta rápida todo bien perfecto genial buen día saludos
    mille beaucoup pour votre ton ta aide réponse rapide c est parfait bonne journée à vous cordialement bien
    tante mille per il vostro tuo aiuto la risposta rapida perfetto buona giornata tutto bene
    muito pela por sua ajuda resposta rápida tudo bem bom dia
    bardzo za pomoc odpowiedź szybką odpowiedz miłego dnia
    большое за помощь ответ быстрый хорошего дня
    """
)
# Signs that say the same without a word.
_SIGNS = frozenset("👍🙏❤️💙💚💛🧡💜🤍♥😊🙂😀😃😄😁🥰😍👏🎉🙌👌✅☺😉🤗✨💪🌟⭐")
_SKIN_AND_JOINERS = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff]")
_QUESTION = re.compile(r"[?\uFF1F\u061F\u037E]")
# Whom it is said to, and where something is to be seen, say nothing themselves; a link does.
_ADDRESS = re.compile(r"(?<!\w)@[\w.@-]+")
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def is_closing_remark(text: str) -> bool:
    """Say whether ``text`` only thanks and parts."""
    if _QUESTION.search(text) or _LINK.search(text) or len(text) > 200:
        return False
    said = _ADDRESS.sub(" ", text.replace("’", "").replace("'", ""))
    words = _WORD.findall(said.casefold())
    # What is left beside words and punctuation are pictures.
    rest = _SKIN_AND_JOINERS.sub("", _WORD.sub("", said))
    signs = {sign for sign in rest if unicodedata.category(sign) == "So" or sign in _SIGNS}
    if len(words) > MOST_WORDS or not all(word in _THANKS or word in _ALONG for word in words):
        return False
    return signs <= _SIGNS and (any(word in _THANKS for word in words) if words else bool(signs))
