"""The small words by which a language gives itself away, as they are written in posts."""

from collections.abc import Mapping

# Shared words are meant to be in every list that has them: they count less
# there. Romanised Hindi is how most Hindi posts are written.
FUNCTION_WORDS: Mapping[str, str] = {
    "en": """the and you that was for are with this have not your but from they what when how can will would there
        their been has had were my me we he she it's i'm don't can't i've is it of to on be at or if
        so just get out about which who why did does do any all as an by our please thanks thank us no
        need got like now more then than them his her its still after because over only could should
        doesn't didn't isn't won't you're i'll never always really very good great love today going
        want know think make some new one in where while being into back before again every way too
        here let say said see look help work works working time day days week month months ago since
        also though may might must off down much many most first last next same other another own such
        both few lot hi hello hey sorry cheers yes yeah ok okay sure right well best better bad worst
        man people phone app account email service customer order call wait waiting tell told getting
        gone went come came try trying tried use using used issue problem update fix fixed add added
        send sent""",
    "de": """der die das und ist nicht ich du sie wir ihr es ein eine einen einem einer mit auf für von zu zum zur
        im dem den des auch noch nur aber oder wenn wie was wer wo warum dass daß sich bei nach aus
        über schon mehr sehr mir mich dir dich uns euch kein keine keinen hat habe haben hatte wird
        werden wurde sind war bin bist kann man mal so da doch ja nein jetzt heute hier dann denn
        immer wieder alle alles als am an um bis durch gegen ohne vom beim diese dieser dieses mein
        meine dein seine ihre bitte danke gut gutes guten einfach nichts etwas in hab habs gibt geht
        machen macht kommt sagt eben gerade viel viele hallo morgen abend tag jahr jahre leute
        menschen deutschland drauf rein raus ganz neue neuen neuer unter zwei drei seit soll sollte
        würde könnte müssen muss will wollen lassen eigentlich vielleicht endlich leider klar stunden
        minuten euro uhr folgen perfekt kleine genau""",
    "fr": """le la les des et est pas je tu il elle nous vous ils une un du de dans sur pour avec que qui ne plus
        ce cette ces mon ma mes ton ta ses son sa leur au aux par mais ou où donc car si tout tous
        très bien c'est j'ai n'est qu'il d'un d'une fait faire être avoir suis êtes sont était même
        quand comme sans bonjour merci svp votre vos notre encore toujours rien aussi chez depuis toi
        moi lui ça y a à été l'ai en on se me""",
    "es": """el la los las de del que y en un una es no por con para su se lo le al como más pero sus este esta
        esto ya muy todo todos cuando hay donde quien desde está están estoy ser son fue ha han sin
        sobre también me mi tu te nos yo él ella ellos nosotros porque qué cómo si sí o a bien hoy
        hola gracias favor tengo tiene hacer puede puedo nada mejor así ese esa eso días siempre ahora
        les unos""",
    "it": """il lo la i gli le di del della dei delle dello che e è un una uno in nel nella con per non si sono ho
        hai ha abbiamo hanno mi ti ci vi al alla ai alle dal dalla da su sul sulla come anche più ma
        se questo questa questi quando dove chi cosa perché perche già solo tutto tutti molto bene
        oggi grazie ciao sei era essere fare fatto io tu lui lei noi voi mio mia tuo sua suo quello
        quella a o ora poi sempre ancora niente ne governo amore puoi puo può fa va stai sta stanno
        mai cose bella bello buon buona giorno anni dopo prima domani vita tanto così dice detto fosse
        siamo siete nostro nostra tutta""",
    "pt": """o a os as de do da dos das que e é um uma não nao em no na nos nas com por para pra pro se mais mas
        como eu você voce vc ele ela nós eles isso isto esse essa este esta está estou tá são ser foi
        tem tenho ter meu minha seu sua muito muita já ja também tambem só quando onde quem porque pq
        ao à às até sem sobre hoje bem obrigado obrigada bom boa dia me te lhe gente todo todos tudo
        agora aqui vai vou fazer nem linda lindo show amo amor ainda mesmo cada vez coisa pode podia
        dar né ne pois assim então depois volta ver sabe quero queria adoro melhor hein gosto programa
        cara mãe nossa parabéns""",
    "nl": """de het een en van ik je jij hij zij we wij niet is dat die dit op te in met voor aan er maar ook om
        als zijn was heb hebben heeft had bij naar uit nog wel geen meer dan zo kan kunnen wat wie
        waar waarom hoe mijn jullie hun ons onze deze door over tot al moet worden wordt gaat ga doen
        echt gewoon heel veel nu weer mij me bedankt graag goed niks iets alleen altijd""",
    "da": """og i er det at en den til på for de som med jeg ikke af har et han hun vi du kan var men om sig så der
        fra hvad hvor hvorfor hvordan mig dig os jer min din sin mit dit være blev bliver nu også
        meget efter ved skal vil kunne skulle havde mange noget nogen ingen ind ud op når end eller
        kun her hej tak godt lige""",
    "sv": """och i är det att en den till på för de som med jag inte av har ett han hon vi du kan var men om sig så
        där från vad när varför hur mig dig oss er min din sin mitt ditt vara blev blir nu också
        mycket efter vid ska vill kunde skulle hade många något någon ingen in ut upp än eller bara
        här hej tack bra alla""",
    "no": """og i er det at en den til på for de som med jeg ikke av har et han hun vi du kan var men om seg så der
        fra hva hvor hvorfor hvordan meg deg oss dere min din sin mitt ditt være ble blir nå også mye
        etter ved skal vil kunne skulle hadde mange noe noen ingen inn ut opp når enn eller bare her
        hei takk bra""",
    "fi": """ja on ei se että en oli olla mutta niin kun kuin mitä tämä tämän hän minä sinä me te he ovat ole olen
        nyt vain myös jos tai sitten miksi miten missä kiitos hyvä kaikki siis vielä jo kyllä joka sen""",
    "pl": """i w na z do nie się to jest że co jak ale o po za tak od są dla czy już tylko jeszcze mi mnie ci ma
        mam był była było być bardzo dlaczego kiedy gdzie kto ten ta te tego tym przez przy pan pani
        proszę dziękuję dzień dobry mój moje nam nas was ich jego jej może też""",
    "cs": """a v na se je že to s z do o ale jak co po za jsem jsou není být by si tak už jen ještě mi mě ten ta
        pro od kdy kde kdo proč nebo také děkuji dobrý den prosím má máme když jako při jeho její""",
    "tr": """ve bir bu da de için ile çok ne var yok ben sen o biz siz ama gibi daha mi mı değil kadar olarak sonra
        her şey nasıl neden niye bana sana beni seni bunu şu diye olan oldu ki ya teşekkürler lütfen
        iyi""",
    "ro": """și si în este nu că la de cu pe o un am ai are sunt din mai pentru care ce dar sau dacă când unde cum
        eu tu el ea noi voi foarte mult bine mulțumesc vă îmi să fi fost acum""",
    "hu": """a az és nem hogy is egy van volt ez azt meg de ha csak már mint még kell lesz vagy mert itt ott ki mi
        nagyon jó köszönöm kérem én te ő mindig most""",
    "id": """yang dan di ini itu dengan untuk tidak dari ke ada saya kamu aku kami kita bisa sudah akan juga apa
        atau karena kalau lebih banyak jadi belum terima kasih ya nya gak nggak dong sih aja""",
    "hi": """hai hain nahi nahin ka ki ke ko mein se aur bhi kya tha thi ho hi par koi kuch yeh ye woh wo mera meri
        mere tum aap hum main toh kar karo raha rahi rahe gaya gayi gaye abhi sab bahut bohot kyun
        kaise kab kahan jo liye apna apne tera teri bhai yaar haan bas ek diya ji jai bhaiya hu hun h
        hoga hogi raho rehta log logo baat din dil pyar desh sirf phir fir accha acha nhi ni kuchh mai
        mujhe tumhara apka aapka wala wale wali sabse kyo kyu kyunki agar lekin magar jab tab sath
        saath liya kiya karne karta hota hoti""",
}

# The last four letters of longer words that no list above has; each counts half as much.
WORD_ENDINGS: Mapping[str, str] = {
    "en": "ting ning ring king ding sing ping ight ould ally ness ment able ever ough ates ated tion",
    "de": "lich isch chen heit keit ngen rung tung gung lung nung ssen tten sche ende nder eren",
    "fr": "ment eaux elle ette euse ique oire ères leur iers ient aire ance ence tion",
    "es": "ción ones ando endo ados idos ente anza ería idad emos amos ñana ario",
    "it": "ione ioni ando endo ento etto etta ella ello anza ezza simo glia iamo ismo isti",
    "pt": "ação ções ição inha inho ando endo dade ente ário aram avam ília eiro eira",
    "nl": "lijk heid ijke eren aard atie",
    "pl": "ości ować ania enie ałem ałam ście ność",
    "tr": "ıyor iyor ları leri acak ecek",
}
