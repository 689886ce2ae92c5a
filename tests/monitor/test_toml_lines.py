"""Lines of keys, by hand and against what tomllib finds in generated documents."""

import json
import tomllib
from collections.abc import Iterator
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.toml_lines import Keys, Places


def every_key(value: object, keys: Keys = ()) -> Iterator[Keys]:
    """All key paths of a parsed document, indices included."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*keys, name)
            yield from every_key(inner, (*keys, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*keys, index)
            yield from every_key(inner, (*keys, index))


DOCUMENT = dedent(
    """\
    # a comment with [brackets] and "quotes
    timezone = "Europe/Prague"  # source = 3
    "quoted key" = 'single'
    a.b . 'c.d' = 1

    [[source]]
    id = "one"
    tags = [
      "x", # [[source]]
      'y',
      [ 1, 2 ],
    ]
    [[source]]
    id = "two"
    when = 1979-05-27 07:32:00
    options = { item = "]}", inner = { link = "a" } }
    query = \"\"\"
    first "" = [
    second \\\"\"\" = #
    \"\"\"\"\"
    after = '''it''s
    ok'''''
    [source.extra]
    deep = 1
    [[source.extra.list]]
    x = 1
    [[source.extra.list]]
    x = 2
    [route]
    [route.very.deep]
    x = [{ y = 1 },
         { y = 2, z = [
           3] }]
    """
)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("timezone",), 2),
        (("quoted key",), 3),
        (("a", "b", "c.d"), 4),
        (("source",), 6),
        (("source", 0), 6),
        (("source", 0, "tags", 0), 9),
        (("source", 0, "tags", 1), 10),
        (("source", 0, "tags", 2, 1), 11),
        (("source", 1), 13),
        (("source", 1, "when"), 15),
        (("source", 1, "options", "inner", "link"), 16),
        (("source", 1, "query"), 17),
        (("source", 1, "after"), 21),
        (("source", 1, "extra"), 23),
        (("source", 1, "extra", "deep"), 24),
        (("source", 1, "extra", "list", 0, "x"), 26),
        (("source", 1, "extra", "list", 1), 27),
        (("source", 1, "extra", "list", 1, "x"), 28),
        (("route", "very"), 30),
        (("route", "very", "deep", "x", 1, "y"), 32),
        (("route", "very", "deep", "x", 1, "z", 0), 33),
    ],
)
def test_keys_stand_where_a_reader_finds_them(keys: Keys, line: int) -> None:
    places = Places(DOCUMENT)
    assert keys in places
    assert places.line(keys) == line


def test_every_key_that_the_parser_finds_has_a_line() -> None:
    places = Places(DOCUMENT)
    missing = [keys for keys in every_key(tomllib.loads(DOCUMENT)) if keys not in places]
    assert missing == []


def test_a_missing_key_has_the_line_of_its_table() -> None:
    places = Places(DOCUMENT)
    assert places.line(("source", 1, "interval")) == 13
    assert places.line(("nowhere", "at", "all")) == 1


def test_places_inside_texts_have_their_own_lines() -> None:
    places = Places('one = "x"\nmany = """\na\nb\nc"""\nkept = """a\nb"""\nbroken = """\na \\\n  b"""\n')
    assert places.text_line(("one",), 0) == 1
    assert [places.text_line(("many",), newlines) for newlines in range(3)] == [3, 4, 5]
    assert places.text_line(("kept",), 1) == 7
    assert places.text_line(("broken",), 7) == 10  # never behind the closing quotes
    assert places.text_line(("absent",), 2) == 1


def test_windows_line_ends_count_once() -> None:
    places = Places("a = 1\r\n\r\n[t]\r\nb = '''\r\nx\r\n'''\r\nc = 2\r\n")
    assert [places.line(keys) for keys in [("a",), ("t",), ("t", "b"), ("t", "c")]] == [1, 3, 4, 7]
    assert places.text_line(("t", "b"), 0) == 5


def test_unterminated_text_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2 is not valid TOML"):
        Places('a = 1\nb = "x').line(("a",))


def test_what_is_nested_too_deeply_costs_only_the_places_behind_it() -> None:
    places = Places("a = 1\nb = " + "[" * 5000 + "]" * 5000 + "\n\nc = 1\n")

    assert [places.line((name,)) for name in "abc"] == [1, 2, 1]


# Generated documents: every key name is unique in its document, so the line must hold that very name.

WHITE = st.sampled_from(["", " ", "\t", "  "])
GAP = st.sampled_from(["\n", "\n\n", " # note = [1] \"'\n", "\n# [[x]] '''\n", "\r\n"])
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def _multi_line(text: str) -> str:
    return '"""\n' + text.replace("\\", "\\\\").replace('"""', '""\\"') + '\n"""'


SCALARS: st.SearchStrategy[str] = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.sampled_from(["true", "1.5e3", "inf", "1979-05-27", "1979-05-27 07:32:00Z", "07:32:00"]),
    PLAIN.map(lambda text: json.dumps(text, ensure_ascii=False)),
    PLAIN.map(lambda raw: "'" + raw.replace("'", "") + "'"),
    st.lists(st.sampled_from(["word", '"', '""', "[x]", "# no", "\n", "\\n", "é = {"]), max_size=6)
    .map("".join)
    .map(_multi_line),
    st.lists(st.sampled_from(["word", "'", "[x]", "# no", "\n", "\\", '"""']), max_size=6)
    .map(" ".join)
    .map(lambda raw: "'''" + raw + " '''"),
)


class Writer:
    """Writes a random document; no key name comes twice in it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.names = 0

    def some(self, least: int, most: int) -> range:
        return range(self.draw(st.integers(least, most)))

    def name(self) -> str:
        self.names += 1
        bare = f"key{self.names}z"
        spellings = [bare, f'"{bare}"', f"'{bare} [=]'", f'"{bare}.\\" #"']
        return self.draw(st.sampled_from(spellings))

    def key(self) -> str:
        white = self.draw(WHITE)
        return f"{white}.{white}".join(self.name() for _ in self.some(1, 2))

    def value(self, depth: int) -> str:
        shape = self.draw(st.sampled_from(["scalar", "scalar", "array", "table"]))
        if shape == "scalar" or not depth:
            return self.draw(SCALARS)
        inner = [self.value(depth - 1) for _ in self.some(0, 3)]
        if shape == "array":
            gap = self.draw(st.sampled_from([" ", "\n", " # , ] [\n "]))
            return f"[{gap}" + f"{gap},{gap}".join(inner) + f"{gap}]"
        return "{ " + ", ".join(f"{self.key()} = {one}" for one in inner) + " }"

    def line(self) -> str:
        before, middle, after = (self.draw(WHITE) for _ in range(3))
        return f"{before}{self.key()}{middle}={after}{self.value(2)}{self.draw(GAP)}"

    def body(self) -> str:
        return "".join(self.line() for _ in self.some(0, 3))

    def table(self) -> str:
        return f"[{self.key()}]{self.draw(GAP)}{self.body()}"

    def array_of_tables(self) -> str:
        header = self.key()
        tables = (
            f"[[{header}]]{self.draw(GAP)}{self.body()}{self.subtable(header)}" for _ in self.some(1, 3)
        )
        return "".join(tables)

    def subtable(self, header: str) -> str:
        return f"[{header}.{self.key()}]{self.draw(GAP)}{self.body()}" if self.draw(st.booleans()) else ""


@st.composite
def documents(draw: st.DrawFn) -> str:
    writer = Writer(draw)
    parts = [draw(st.sampled_from([writer.table, writer.array_of_tables]))() for _ in writer.some(0, 4)]
    return writer.body() + "".join(parts)


@given(documents())
def test_generated_documents_have_every_key_on_its_line(text: str) -> None:
    places = Places(text)
    lines = text.replace("\r\n", "\n").split("\n")
    for keys in every_key(tomllib.loads(text)):
        assert keys in places
        if isinstance(keys[-1], str):
            assert keys[-1].split("z")[0] in lines[places.line(keys) - 1]
