"""Words of the closed classes (pronouns, prepositions, auxiliaries), some irregular ones, and their forms.

Facts of grammar, written by hand, since dictionaries misjudge such words: Russian "все" is hardly ever a form
of "весь" for them, Ukrainian "чому" always one of "що". Whoever types one of these means just that form.
"""

from collections.abc import Mapping
from functools import cache

_LISTED = {
    # dictionary form: its forms. A form may stand in several lines; words without forms are their own.
    "ru": """
        я: меня мне мной мною
        ты: тебя тебе тобой тобою
        он: его него ему нему им ним нем
        она: ее нее ей ней ею нею
        оно
        мы: нас нам нами
        вы: вас вам вами
        они: их них им ним ими ними
        себя: себе собой собою
        его
        ее
        их
        кто: кого кому кем ком
        что: чего чему чем
        чем
        этот: эта эту этой этою эти этих этим этими этого этому этом
        это: этого этому этим этом
        тот: та ту той тою те тех тем теми того тому том
        то: того тому тем том
        тем
        том
        весь: вся всю всей всею все всех всем всеми всего всему всем
        все: всех всем всеми всего всему
        всего
        быть: есть был была было были буду будешь будет будем будете будут
        есть
        с: со
        со
        в: во
        во
        к: ко
        ко
        о: об обо
        об
        обо
        из: изо
        изо
        от: ото
        ото
        под: подо
        подо
        перед: передо
        передо
        над
        бы: б
        б
        же: ж
        ж
        ли: ль
        ль
        уже
        уж
        чтобы: чтоб
        чтоб
        хорошо: лучше
        плохо: хуже
        больше
        меньше
        лучше
        хуже
        и а но или да не ни на по за до у при без для про через между как так там тут где когда если
    """,
    "uk": """
        я: мене мені мною
        ти: тебе тобі тобою
        він: нього йому ньому ним нім
        вона: її неї їй ній нею
        воно
        ми: нас нам нами
        ви: вас вам вами
        вони: їх них їм ними
        себе: собі собою
        його
        її
        їх
        їхній: їхня їхнє їхні їхнього їхньому їхньої їхніх їхнім їхню їхньою їхніми
        мій: моя моє мої мого моєї моєму моїй мою моїм моїх моїми моєю
        твій: твоя твоє твої твого твоєї твоєму твоїй твою твоїм твоїх твоїми твоєю
        свій: своя своє свої свого своєї своєму своїй свою своїм своїх своїми своєю
        наш: наша наше наші нашого нашої нашому нашій нашу нашим наших нашими нашою
        ваш: ваша ваше ваші вашого вашої вашому вашій вашу вашим ваших вашими вашою
        сам: сама самі самого самої самому самій саму самим самих самими самою
        самий: самі самого самої самому самій саму самим самих самими самою
        саме
        який: яка яке які якого якої якому якій яку яким яких якими якою
        такий: така таке такі такого такої такому такій таку таким таких такими такою
        хто: кого кому ким кім
        що: чого чим чім
        чого
        чому
        чим
        цей: ця цю цієї цій цією ці цих цим цими цьому цім
        це: цього цьому цим цім
        той: ту тієї тої тій тією тою ті тих тим тими того тім
        та
        те: тим
        тим
        тому
        оцей: оця оцю оце оцього оцьому оцим оці оцих
        оце
        весь: вся всю всієї всій всією всі всіх всім всіма всього всьому
        все: всього всьому всім
        всього
        увесь: уся усю усієї усій усією усі усіх усім усіма усьому
        усе: усього усьому
        усього
        бути: є був була було були буду будеш буде будемо будете будуть
        є
        інше
        один: одне
        одне
        одно
        могти: може
        може
        два: двох двом двома дві
        день: дня дню днем дні днів дням днями днях
        село: села селу селом селі сіл селам селами селах
        гривня: гривні гривню гривнею гривень гривням гривнями гривнях
        рідний рідні: рідних рідним рідними
        рідний рідня: рідні
        дитина: діти дітей дітям дітьми дітях
        діти: дітей дітям дітьми дітях
        три: трьох трьом трьома
        чотири: чотирьох чотирьом чотирма
        п'ять: п'яти п'ятьох п'ятьом п'ятьма
        п'ята: п'яту п'ятою п'яті п'ят п'ятам п'ятами п'ятах
        дев'ять: дев'яти дев'ятьох дев'ятьом дев'ятьма
        більше
        більш
        менше
        менш
        хоч
        хоча
        щоб
        щоби
        втім
        утім
        взагалі
        узагалі
        разом
        зараз
        заразом
        з
        із
        зі
        у
        в
        і
        й
        та або але не ні на по за до від при без для про через між як так там тут де коли якщо
    """,
    "cs": """
        já: mě mne mně mi mnou my nás nám námi
        my: nás nám námi
        ty: tě tebe ti tobě tebou vy vás vám vámi
        vy: vás vám vámi
        on: něho jej něj ho jemu němu mu něm jím ním ona ji ni jí ní ono
        on: oni ony ně jich nich jim nim jimi nimi
        ona: ji ni jí ní
        ono
        oni: jich nich jim nim jimi nimi
        jeho: její jejich
        její
        jejich
        být: je jsem jsi jsme jste jsou není nejsem nejsi nejsme nejste nejsou by bych bys bychom byste
        být: byl byla bylo byli byly nebyl nebyla nebylo nebyli nebyly budu budeš bude budeme budete budou
        se: si sebe sobě sebou
        ten: ta to toho té tomu tu tom tou tím ti ty ta těch těm těmi
        to
        tento: tato toto tohoto této tomuto tuto tomto touto tímto tito tyto těchto těmto těmito
        co: čeho čemu čem čím
        čím
        kdo: koho komu kom kým
        tvůj: váš vaše vašeho vaší vašemu vaši vašem vaším vašich vašim vašimi
        váš: vaše vašeho vaší vašemu vaši vašem vaším vašich vašim vašimi
        můj: náš naše našeho naší našemu naši našem naším našich našim našimi
        náš: naše našeho naší našemu naši našem naším našich našim našimi
        člověk: lidé lidi lidí lidem lidech lidmi
        lid: lidem
        lidé: lidi lidí lidem lidech lidmi
        s
        z
        k
        v
        jednou
        právem
        většinou
        a i ale nebo ani ne na po za do od u při bez pro přes mezi jak tak tam tady kde když jestli že
    """,
    "en": """
        be: am is are was were been being
        have: has had
        would
        could
        should
        might
        i: me
        my
        your
        his
        its
        our
        their
        he: him
        she
        her
        hers
        us
        they: them
        you: u
        u
        can ca
        will wo
        a: an
        this: these
        that: those
        good: better best
        well
        better
        best
        bad: worse worst
        worse
        worst
        little
        less
        least
        do: does did done
        done
        news thanks
        housing building evening willing morning ceiling wedding
        the and or but if of to in on at by for from with as not no it yes there here
        who whom which what when where why how some any all both each
        other
    """,
}


@cache
def small_words(language: str) -> Mapping[str, frozenset[str]]:
    """The dictionary forms of each form, in normal form. `language` is ISO 639-1."""
    return listed(_LISTED.get(language, ""))


def listed(lines: str) -> Mapping[str, frozenset[str]]:
    """The dictionary forms of each form, from lines like those above."""
    found: dict[str, set[str]] = {}
    for line in lines.strip().splitlines():
        lemmas, _, forms = line.partition(":")
        for lemma in lemmas.split():
            for form in (lemma, *forms.split()):
                found.setdefault(form, set()).add(lemma)
    return {form: frozenset(lemmas) for form, lemmas in found.items()}
