"""Words of open classes whose dictionary forms are settled by hand, where word lists misjudge them.

In the shape of `small_words`: a dictionary form and its forms, or words that are their own.
English words in -ing and -ed that are hardly ever a verb any more are no forms of one: "morning", "talented".
Where people do what the verb says ("are demanding", "exhausted the soldiers") they do not belong here.
Ukrainian adverbs and particles are no forms of nouns and adjectives, "дуже" none of "дужий"; and some names
of places are listed as forms of other words, or not apart from these: "Франції", "Київ".
"""

from collections.abc import Mapping
from functools import cache

from monitor.text.small_words import listed

_SETTLED = {
    "uk": """
        брат: брати
        брати
        граната: гранати гранат
        гранат: гранати
        гранат
        київ: києва києву києві києвом києве
        ангола: анголи анголу анголі анголою
        білорусь: білорусі білоруссю
        білорус: білорусі
        данія: данії данію данією
        індія: індії індію індією
        литва: литви литву литві литвою
        рим: рима риму римі римом
        рима: рими риму римі римою рим
        рівне: рівного рівному рівним
        рівний: рівне рівного рівному рівним
        сума: суми сум сумам сумами сумах
        сум: суми сумам сумами сумах
        суми: сум сумам сумами сумах
        франція: франції францію францією
        немати: нема немає
        мати: мав мала мали має маю маєш маємо маєте мають
        мати: матері матерів матерям матерями матерях матір матір'ю
        мало
        жити: жив жила жило жили
        жила: жили жил жилам жилами жилах жилі жилу жилою
        стати: став стала стало стали стане стануть
        став: ставу ставі ставом стави ставів ставам ставами ставах
        дати: дав дала дало дали дам даси дасть дамо дасте дадуть
        дата: дати дат даті дату датою датам датами датах
        рік: року році роком роки років рокам роками роках рокові
        кілька: кількох кільком кількома
        декілька: декількох декільком декількома
        скільки: скількох скільком скількома
        стільки: стількох стільком стількома
        сорок
        сто: ста
        багато: багатьох багатьом багатьма
        аби авжеж адже аж ані аніж атож бажано безперечно би близько бо буквально біля варто вверх
        ввечері вгору вгорі вдень вдома вже взагалі взимку влітку вниз внизу вночі вперед вперше
        впродовж вранці врешті всередину всередині вслід всюди втричі вчора відколи віднедавна
        відповідно відразу відтак відтепер відтоді вісімдесят геть горілиць далебі далеко далі десь
        довкола довкруг додому доки дома донедавна досить достоту досхочу досі дотепер доти дуже
        завдяки завжди завтра загалом задля заздалегідь заледве замалим замолоду замість занадто
        заново заодно запізно заради зараз зате збоку зверх зверху звечора звідки звідси звідти
        звідусіль згодом згори згідно здавна здалеку здебільшого здуру ззаду зліва знадвору знизу
        знов знову зовні зовсім зокрема зопалу зранку зрештою зроду зсередини казна колись крізь
        крім куди кудись ледве ледь лиш лише лишень мабуть майже мимо мимоволі мов мовби мовляв
        мовчки навгад навесні навздогін навзнак навколо навкруги навмисне навпаки навпроти навряд
        навскіс навстіж навшпиньки навіки навіть навіщо надалі надвечір надворі надто назавжди назад
        назовні назустріч наниз наодинці наосліп напам'ять наперед напередодні наприклад наприкінці
        напроти наразі нарешті насамперед насилу наскрізь наскільки настільки натомість нащо наяву
        невдовзі невже незабаром незважаючи неначе нерідко ніби нібито ніде ніж нізащо нізвідки
        ніколи нікуди ніскільки обабіч обік обіруч однак одначе одразу окрім ондечки опівдні
        опівночі оскільки осторонь ось от отак отам отже отож отут п'ятдесят перед передусім поблизу
        побіля поверх повз повністю поволі повсюди повсякчас повік поготів поза позавчора позаду
        позаяк поки покіль поміж понад поодинці поперед попереду попри поруч поряд посеред
        посередині потай потроху потім почасти проміж проте проти протягом пів під підряд підтюпцем
        пізно після разом рано раніш самотужки серед скоро скрізь спереду спершу спочатку справа
        стосовно суто сьогодні сюди сімдесят тобто тоді тож торік тощо трохи туди тільки угору угорі
        удень удома уже узимку украй укупі улітку унаслідок униз унизу уночі уперед уперше упродовж
        уранці усередині услід усупереч усюди учора хай хіба цебто цілком чи чимало чимдуж чому
        шістдесят щогодини щодня щодо щойно щомісяця щонайбільше щонайменше щоночі щоправда щороку
        щосили щотижня якби якнайшвидше якось якраз інакше інколи іноді іще
    """,
    "en": """
        close: closer
        leave: left
        left
        find: found
        found
        win: won
        won
        rise: rose
        rose
        think: thought
        thought
        envelop: enveloped enveloping
        break: broke
        bear: born borne
        feel: felt
        go: gone
        ring: rung
        shake: shook
        shoot: shot
        shot
        swear: swore
        bend: bent
        bind: bound
        bound
        bare
        hide: hidden
        hidden
        mean: means
        means
        assail: assailed
        cancel: cancelled cancelling
        craft: crafted
        deposit: deposited
        develop: developed
        guard: guarded
        intern: interned
        label: labelled labelling
        long: longed
        model: modelled modelling
        prefer: preferred
        signal: signalled signalling
        smooth: smoothed
        unfold: unfolded
        during notwithstanding sometimes towards afterwards besides
        always thanks news clothes pants trousers headquarters species series goods
        amend: amends
        arm: arms
        custom: customs
        greeting: greetings
        proceed: proceeds
        regard: regards
        remain: remains
        troop: troops
        amends arms congratulations customs greetings outskirts premises proceeds regards
        remains riches surroundings troops
        media data trivia regalia
        acclaimed accounting accustomed aching advertising aged alarming amazed amazing amused
        annoyed annoying appalled appetizing ashamed assorted astonishing astounding
        banking bearded bearing bedding beginning beloved bewildered blessing blistering bloodied
        boating bonding bored boring bowling boxing branding breathtaking burgeoning bustling
        calming camping captivating casting catering ceiling charming chilling civilized clothing
        coating comforting complicated computing confusing contented convoluted crooked cultured
        cunning cycling damning daring dazzling deafening dejected deluded deranged destined
        dining disadvantaged disaffected disappointing disgruntled disgusted disgusting
        disheartened disillusioned disinterested dismayed dismaying disoriented displeased
        dissatisfied distressing disturbing dwelling earnings earring embarrassed embarrassing
        enchanting endearing engineering enlightened enlightening entertaining
        enthralling enticing evening exaggerated excited exciting famed farming fascinated
        fascinating fatigued feathered fishing fitting flattering flawed flooring flourishing
        flustered footing forested forthcoming frustrating furnished furnishing furrowed
        gambling gaming gardening gated gifted gratifying groundbreaking grueling gruelling hallowed
        handicapped hardworking harrowing heading heartbreaking heartwarming heated heating hiking
        hooded horrifying housing icing impressed inclined incoming inexperienced infuriated
        infuriating inning interested interesting intrigued intriguing invigorating irritating jaded
        jagged kayaking knitting lasting lettering lighting lining longstanding loving maddening
        marketing meeting mesmerizing minded mixed modeling morning mortified nagging naked
        nauseating neighboring neighbouring networking nuanced nursing offspring ongoing oriented
        outdated outgoing outing outstanding overcrowded overjoyed overrated packaged
        packaging painstaking painting parenting parking pending perplexed perplexing petrified
        piping pleased pleasing plumbing populated prejudiced preoccupied pricing privileged
        processing programming pudding puzzled puzzling racing ragged rambling ranching ranking
        rated rating recycling refined refreshing relaxed relaxing renowned retarded rewarding
        roaming roofing rousing rugged sacred sailing salaried satisfying savings scathing searing
        seasoned seasoning seating seedling shocking shopping sibling sickening siding sightseeing
        skating skiing skilled so-called soothing sophisticated sordid spacing sparkling specialized
        spelling spirited staggering startling stifling stimulating storytelling stuffing stunned
        stunning sunburned surfing surprising swelling swimming swirling talented tattooed taxing
        tempting thrilled thrilling thriving timing tired tiring tubing tutoring unaffected unarmed
        unassuming unauthorized unchanged uncompromising undecided underlying understanding
        undiscovered undisputed undocumented undying uneducated unemployed unexpected unexplained
        unfinished unflinching unforgiving unfounded uninhabited uninterested unlicensed unlimited
        unmarried unmatched unnamed unnerving unparalleled unprecedented unqualified unrelated
        unresolved unsettling unsigned unsolved unsupported unsuspecting untouched unused unwanted
        unwavering unwilling upbringing upcoming uprising upsetting varied versed vexing weathered
        wedding weighting well-being wellbeing wicked willing winged wiring wooded wording wrestling
        wrongdoing yearning
    """,
}


@cache
def settled_words(language: str) -> Mapping[str, frozenset[str]]:
    """The dictionary forms of each form, in normal form. `language` is ISO 639-1."""
    return listed(_SETTLED.get(language, ""))
