import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import QueryError, compile_query, parse
from monitor.query.syntax import And, Node, Not, Or, Phrase, Property, Within, Word

PIECES = st.sampled_from(
    [
        "AND", "OR", "NOT", "(", ")", '"', "«", "»", "-", "=", "*", "?", ":", "title:", "views:", ">=1M",
        "source:",
        "has:", "video", "слово", "ротация", "word*", "w?rd", "..", "5..10", "~2", "NEAR/5", "/", "\n", " ",
        "  ", "1e9", "'",
    ]
)  # fmt: skip


def shape(node: Node) -> str:  # noqa: PLR0911  one line a node
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
        case Phrase(text):
            return f"'{text}'"
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
        ("а or б and not в", "(а & or & б & and & not & в)"),
        ('"путь домой" =слово', "('путь домой' & 'слово')"),
        ("«путь домой» “a b”", "('путь домой' & 'a b')"),
        ("title:а text:(б OR в)", "(title:а & text:(б | в))"),
        ('title:"а б" title:=в', "(title:'а б' & title:'в')"),
        ("source:idnes-cz -tag:(x OR y)", "(source=idnes-cz & !(tag=x | tag=y))"),
        ('views:>=1M tag:"two words"', "(views=>=1M & tag=two words)"),
        ("кое-где 12:30 rot* w?rd", "(кое-где & 12:30 & rot* & w?rd)"),
        ("TITLE:а", "title:а"),
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
        ("а https://example.org", 2, "unknown field https:", ""),
        ("title:", 0, "title: has no value", "space"),
        ("title:(text:а)", 7, "field inside a field", "title"),
        ("а && б", 2, "not an operator", "write AND"),
        ("а || б", 2, "not an operator", "write OR"),
        ("+а", 0, "not an operator", "drop the +"),
        ("!а", 0, "not an operator", "NOT"),
        ("а NEAR/5 б", 2, "not yet supported", "quotes"),
        ("а BEFORE б", 2, "not yet supported", "quotes"),
        ('"а б"~2', 5, "not yet supported", "quotes"),
        ("/а.*б/", 0, "not yet supported", "quotes"),
        ("а case:б", 2, "not yet supported", "leave"),
        ("а^2", 0, "not supported", ""),
        ("а = б", 2, "= has no word", "space"),
        ("*слово", 0, "begin with a wildcard", "letter"),
        ("а ?лово", 2, "begin with a wildcard", "letter"),
        ("кое-кт*", 0, "a pattern is one word", "letters"),
        ('"а б*"', 0, "wildcards inside a phrase", "AND"),
        ("а ...", 2, "no letter or digit", "words"),
        ("а has:foto", 6, "does not know 'foto'", "did you mean photo?"),
        ("is:new а", 3, "does not know 'new'", "edited"),
        ("views:many", 6, "not a number", "views:>500"),
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
