import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import QueryError, compile_query, parse
from monitor.query.tree import (
    And,
    Cased,
    Expression,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Property,
    Within,
    Word,
)
from scrapers.registry import KINDS

PIECES = st.sampled_from(
    [
        "AND", "OR", "NOT", "(", ")", '"', "«", "»", "-", "=", "*", "?", ":", "title:", "views:", ">=1M",
        "source:",
        "has:", "video", "слово", "ротация", "word*", "w?rd", "..", "5..10", "~2", "NEAR/5", "/", "\n", " ",
        "  ", "1e9", "'", "BEFORE/3", "NEAR", "/a+b/i", "case:", "age:", "<2h", "link:", "~", "and", "a b",
        "ИЛИ", "НЕ", "ОR", "NEАR/3", "XOR", "1,000", "1К", "10..5", "тыс.", r"/\bа\w/", r"/[\W_]\s/i",
    ]
)  # fmt: skip


def shape(node: Node) -> str:  # noqa: C901, PLR0911  one line a node
    match node:
        case And(operands):
            return f"({' & '.join(map(shape, operands))})"
        case Or(operands):
            return f"({' | '.join(map(shape, operands))})"
        case Not(operand):
            return f"!{shape(operand)}"
        case Within(field, operand):
            return f"{field}:{shape(operand)}"
        case Property(name, value):
            return f"{name}={value}"
        case Phrase(text, _, looseness):
            return f"'{text}'" + (f"~{looseness}" if looseness else "")
        case Near(operands, steps):
            said = [f" {'<' if ordered else '~'}{distance} " for distance, ordered in steps]
            pairs = zip(["", *said], map(shape, operands), strict=True)
            return f"({''.join(map(''.join, pairs))})"
        case Cased(text):
            return f"case'{text}'"
        case Expression(pattern, flags):
            return f"/{pattern}/{flags}"
        case Word(text):
            return text


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("а", "а"),
        ("а б", "(а & б)"),
        ("а AND б в", "(а & б & в)"),
        ("а OR б в OR г", "(а | (б & в) | г)"),
        ("(а OR б) в", "((а | б) & в)"),
        ("а -б NOT в", "(а & !б & !в)"),
        ("а NOT (б OR в)", "(а & !(б | в))"),
        ("а AND NOT -б", "(а & !!б)"),
        ('"путь домой" =слово', "('путь домой' & 'слово')"),
        ("«путь домой» “a b”", "('путь домой' & 'a b')"),
        ("title:а text:(б OR в)", "(title:а & text:(б | в))"),
        ('title:"а б" title:=в', "(title:'а б' & title:'в')"),
        ("source:idnes-cz -tag:(x OR y)", "(source=idnes-cz & !(tag=x | tag=y))"),
        ('views:>=1M tag:"two words"', "(views=>=1M & tag=two words)"),
        ("кое-где 12:30 rot* w?rd", "(кое-где & 12:30 & rot* & w?rd)"),
        ("TITLE:а", "title:а"),
        ("„путь домой“ ”а б“ »в г«", "('путь домой' & 'а б' & 'в г')"),
        ("and а or", "(and & а & or)"),  # nothing that they could join
        ('а "or" б =and в', "(а & 'or' & б & 'and' & в)"),
        ("а NEAR/5 б", "(а ~5 б)"),
        ("а б NEAR/5 в г", "(а & (б ~5 в) & г)"),
        ("-а NEAR/5 б OR в", "(!(а ~5 б) | в)"),
        ("а BEFORE/3 б NEAR/1 в", "(а <3 б ~1 в)"),
        ("(а NEAR/2 б) NEAR/3 (в OR г)", "((а ~2 б) ~3 (в | г))"),
        ('title:(а NEAR/2 "б в")', "title:(а ~2 'б в')"),
        ('"а б"~3 в', "('а б'~3 & в)"),
        ('"а б"~0', "'а б'"),
        (r"/а.*(б|в) \/ г/i д", r"(/а.*(б|в) \/ г/i & д)"),
        ("case:СВО case:(АБ OR =Вг) title:case:А", "(case'СВО' & (case'АБ' | case'Вг') & title:case'А')"),
        ("case:«Путь Домой»", "case'Путь Домой'"),
        ("link:https://example.org/а age:<2h", "(link=https://example.org/а & age=<2h)"),
    ],
)
def test_trees(query: str, tree: str) -> None:
    assert shape(parse(query).root) == tree


@pytest.mark.parametrize(
    ("query", "position", "message", "hint"),
    [
        ("", 0, "empty", "word"),
        ("   ", 0, "empty", "word"),
        ("(а", 0, "never closed", ")"),
        ("а)", 1, "never opened", "remove"),
        ("а ()", 2, "nothing stands", "remove"),
        ('а "б в', 2, "quote is never closed", '"'),
        ("а OR", 2, "OR has nothing after", '"OR"'),
        ("OR а", 0, "OR has nothing before", '"OR"'),
        ("а NOT", 2, "NOT has nothing after", '"NOT"'),
        ("sorce:x", 0, "unknown field sorce:", "did you mean source:?"),
        ("а https://example.org", 2, "an address", "link:example.org"),
        ("title:", 0, "title: has no value", "space"),
        ("title:(text:а)", 7, "field inside a field", "title"),
        ("отпуск|ротация", 0, "not an operator", "отпуск OR ротация"),
        ("а отпуск,ротация,смена", 2, "not an operator", "отпуск OR ротация OR смена"),
        ("отпуск/ротация", 0, "not an operator", "отпуск OR ротация"),
        ("а && б", 2, "not an operator", "write AND"),
        ("а || б", 2, "not an operator", "write OR"),
        ("+а", 0, "not an operator", "drop the +"),
        ("!а", 0, "not an operator", "NOT"),
        ("а NEAR б", 2, "NEAR is not an operator", "did you mean NEAR/5?"),
        ("а NEAR 7 б", 2, "NEAR is not an operator", "did you mean NEAR/7?"),
        ("а NEAR7 б", 2, "not an operator", "did you mean NEAR/7?"),
        ("а near/7 б", 2, "not an operator", "did you mean NEAR/7?"),
        ("а NEAR/0 б", 2, "1 to 100 words", "NEAR/1 to NEAR/100"),
        ("а NEAR/101 б", 2, "1 to 100 words", "NEAR/1 to NEAR/100"),
        ("а NEAR/" + "9" * 5_000 + " б", 2, "1 to 100 words", "NEAR/100"),
        ("а BEFORE б", 2, "not an operator", "BEFORE/5"),
        ("а AFTER/3 б", 2, "not an operator", "turn it round"),
        ("а W/3 б", 2, "not an operator", "NEAR/3"),
        ("а PRE/3 б", 2, "not an operator", "BEFORE/3"),
        ("а NEAR/5", 2, "NEAR/5 has nothing after", "quotes"),
        ("NEAR/5 а", 0, "NEAR/5 has nothing before", "NEAR/5"),
        ("а NEAR/5 OR б", 9, "OR has nothing before", "OR"),
        ("(а б) NEAR/5 в", 1, "AND has no place", "(a NEAR/5 c) AND"),
        ("(а OR (б в)) NEAR/5 г", 7, "AND has no place", "(a NEAR/5 c) AND"),
        ("а NEAR/5 (NOT б)", 10, "NOT has no place", "exclude it from the whole"),
        ("а NEAR/5 source:б", 16, "source: has no place", "add it to the whole"),
        ('"а б"~2 NEAR/5 в', 0, "a loose phrase has no place", "NEAR"),
        ('"а б"~', 0, "~ needs a number", '"a phrase"~3'),
        ('"а б"~x', 0, "~ needs a number", '"a phrase"~3'),
        ('"а б"~101', 0, "0 to 100 words", "~100"),
        ("слово~", 0, "fuzzy words", '"two words"~3'),
        ("а /б в", 2, "never closed", "/like this/i"),
        ("а^2", 0, "not supported", "leave the weight out"),
        ("а or б", 2, "or is read as a word", "did you mean OR?"),
        ("а And (б)", 2, "And is read as a word", "did you mean AND?"),
        ("а not б", 2, "not is read as a word", "did you mean NOT?"),
        ("not б", 0, "not is read as a word", "did you mean NOT?"),
        ("а AND not б", 6, "not is read as a word", "did you mean NOT?"),
        ("а (not б)", 3, "not is read as a word", "did you mean NOT?"),
        ("а views>1M", 2, "views is a field", "did you mean views:>1M?"),
        ("Forwards<=5 а", 0, "forwards is a field", "did you mean forwards:<=5?"),
        ("age:soon", 4, "not a length of time", "age:<2h"),
        ("age:<5", 4, "not a length of time", "age:<2h"),
        ("link:...", 5, "no letter or digit", "link:example.org"),
        ('case:""', 5, "no letter", "words"),
        ("case:СВ*", 5, "wildcards have no meaning in case", "/СВО.*/"),
        ("source:(case:а)", 8, "field inside a field", "close"),
        ("case:case:а", 0, "has no value", "without a space"),
        ('title:"а"~2 source:"б"~2', 19, "~ has no meaning", "leave it out"),
        ("а = б", 2, "= has no word", "space"),
        ("*слово", 0, "begin with a wildcard", "letter"),
        ("а ?лово", 2, "begin with a wildcard", "letter"),
        ("кое-кт*", 0, "a pattern is one word", "letters"),
        ('"а *б"', 0, "begin with a wildcard", "letter"),
        ('"а б*"~2', 0, "wildcards inside a loose phrase", "NEAR/3"),
        ("а ...", 2, "no letter or digit", "words"),
        ("а has:foto", 6, "does not know 'foto'", "did you mean photo?"),
        ("а kind:fed", 7, "does not know 'fed'", "did you mean feed?"),
        ("kind:telegramm* а", 5, "does not know 'telegramm*'", "did you mean telegram?"),
        ("kind:rss а", 5, "does not know 'rss'", "telegram_web, telegram, feed"),
        ("is:new а", 3, "does not know 'new'", "edited"),
        ("lang:русский", 5, "no code of a language", "did you mean lang:ru?"),
        ("а lang:rus", 7, "no code of a language", "did you mean lang:ru?"),
        ("а lang:čeština", 7, "no code of a language", "did you mean lang:cs?"),
        ("lang:latina", 5, "no code of a language", "ru, uk, cs, en"),
        ("views:many", 6, "not a number", "views:>500"),
        ("views:1 000 а", 6, "ends at a blank", "did you mean views:1000?"),
        ("а forwards:>=10\xa0000 000", 11, "ends at a blank", "did you mean forwards:>=10000000?"),
        ("forwards:>", 9, "not a number", "forwards:>500"),
        ("NOT а", 0, "only excludes", "add a word"),
        ("а OR -б", 5, "only excludes", "add a word"),
        ("-а -б", 0, "only excludes", "add a word"),
        ("-source:x", 0, "only excludes", "add a word"),
        ("(" * 10_000 + "а" + ")" * 9_000, 40, "too deep", "split"),
        ("-" + "NOT " * 1_000 + "а", None, "too deep", "split"),
        ("а " * 20_000, 0, "too long", "split"),
    ],
)
def test_faults_are_named_with_place_and_hint(
    query: str, position: int | None, message: str, hint: str
) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(query)
    assert message in caught.value.message
    assert position in (None, caught.value.position)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("kind", [*KINDS, "telegram*", "FEED"])
def test_every_kind_of_source_can_be_asked_for(kind: str) -> None:
    compile_query(f"kind:{kind}")


@pytest.mark.parametrize(
    "query", ["км/ч", "AC/DC", "24/7", "not", "а not", "views:1 а", "views:1000 000", "а 000"]
)
def test_what_resembles_a_fault_is_none(query: str) -> None:
    compile_query(query)


def test_the_caret_stands_under_the_fault() -> None:
    with pytest.raises(QueryError) as caught:
        compile_query("ротация OR отпуск\nAND sorce:x\nAND б")
    assert caught.value.pointing() == "AND sorce:x\n    ^ unknown field sorce:\ndid you mean source:?"


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.lists(PIECES, max_size=12).map("".join),
        st.lists(PIECES, max_size=12).map(" ".join),
        st.text(max_size=40),
    )
)
def test_any_text_is_a_query_or_a_query_error(query: str) -> None:
    try:
        compile_query(query)
    except QueryError as error:
        fault = error
    else:
        return
    assert 0 <= fault.position <= len(query)
    assert fault.pointing()
