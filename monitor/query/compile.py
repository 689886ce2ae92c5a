"""From a query's tree to the parts that can be asked of documents."""

import dataclasses
import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from monitor.query import regex
from monitor.query.compile_facts import fact, reads_counters
from monitor.query.document import FieldName
from monitor.query.errors import QueryError
from monitor.query.keys import READINGS, USUAL, Leniency, leniency
from monitor.query.lexer import QUOTES, pieces, position_of
from monitor.query.parts import All, AnyOf, Part, Without
from monitor.query.proximity import Loose, Near
from monitor.query.regex_syntax import BadPattern
from monitor.query.syntax import parse
from monitor.query.tree import (
    And,
    Cased,
    Expression,
    Node,
    Not,
    Or,
    Phrase,
    Property,
    Tree,
    Within,
    Word,
    terms,
)
from monitor.query.tree import Near as NearNode
from monitor.query.words import (
    Adjacent,
    AnyWord,
    Either,
    Exact,
    InCase,
    Inflected,
    Operand,
    Pattern,
    Step,
    as_cased,
)
from monitor.text.fold import fold
from monitor.text.letters import WORD
from monitor.text.normalise import normalise_word

_WILDCARDS = re.compile(r"([*?]+)")
_WILD_IN_PHRASE = re.compile(r"\*|\w\?+\w")
MOST_WORDS = 100
"""Words of a phrase."""

MOST_APART = 20
"""Words of a loose phrase, and operands of a chain of NEAR and BEFORE: each is looked for at many places."""

_SHARED = 4_000
"""Words that rules have in common are kept once, so many of them."""


COMPILED = 8_000
"""Queries whose parts are kept; those of others are made anew when they are asked for: some 30 µs each."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be asked of documents. At rest it is little more than its text."""

    text: str  # as it was written
    reads_counters: bool  # its answer can change when only views or forwards do
    _root: Part | None = dataclasses.field(default=None, repr=False)  # None: what the text says

    @property
    def root(self) -> Part:
        """The part that is asked."""
        return self._root or _compiled(self.text)[0]

    def terms(self) -> tuple[str, ...]:
        """What it looks for, as written and in order; exclusions are left out."""
        return tuple(dict.fromkeys(terms(parse(self.text).root)))


def compile_query(query: str | Tree) -> Query:
    """Make `query` ready to be asked. Raises QueryError, which says where and what to do about it."""
    if isinstance(query, str):
        return Query(query, _compiled(query)[1])
    root, reads_counters = _compile(query)
    return Query(query.query, reads_counters, root)


@lru_cache(maxsize=COMPILED)
def _compiled(query: str) -> tuple[Part, bool]:
    return _compile(parse(query))


def _compile(tree: Tree) -> tuple[Part, bool]:
    """The part that asks what `tree` says, and whether it reads counters. Raises QueryError."""
    compiler = _Compiler(tree.query)
    root = compiler.part(tree.root, None)
    if compiler.excludes:
        _refuse_unanchored(tree)
    return root, compiler.reads_counters


class _Compiler:
    """Turns nodes into parts; keeps the query's text for its errors."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._folded = _folded(query)
        self.excludes = False
        self.reads_counters = False
        self._lenient = USUAL

    def part(self, node: Node, field: FieldName | None) -> Part:  # noqa: PLR0911  one line a node
        match node:
            case Word():
                return self._word(node, field)
            case And(operands):
                return All(tuple([self.part(operand, field) for operand in operands]))
            case Or(operands):
                return _any_of([self.part(operand, field) for operand in operands])
            case Not(operand):
                self.excludes = True
                return Without(self.part(operand, field))
            case Within(name, operand):
                with self._within(name, field) as inner:
                    return self.part(operand, inner)
            case Property():
                self.reads_counters |= reads_counters(node)
                return fact(node, self._query)
            case NearNode():
                return self._near(node, field)
            case Phrase() | Cased() | Expression():
                return self._term(node, field)

    @contextmanager
    def _within(self, name: str, field: FieldName | None) -> Iterator[FieldName | None]:
        """The field that counts inside `name:` where `field` counts; words are read as `name` says."""
        before = self._lenient
        if name in READINGS:
            self._lenient = leniency(before, name)
        yield field if name in READINGS else cast("FieldName", name)
        self._lenient = before

    def _term(self, node: Word | Phrase | Cased | Expression, field: FieldName | None) -> Operand | Loose:
        match node:
            case Word():
                return self._word(node, field)
            case Phrase():
                return self._phrase(node, field)
            case Cased():
                return self._in_case(node, field)
            case Expression():
                return self._expression(node, field)

    # ---- words -------------------------------------------------------------------------

    def _word(self, word: Word, field: FieldName | None) -> Operand:
        if word.text.isalnum():
            form = self._folded[word.at] if self._folded else normalise_word(word.text)
            return _inflected(form, field, self._lenient)
        if "*" in word.text or "?" in word.text:
            return self._pattern(word, word.text, field)
        steps = [_inflected(form, field, self._lenient) for form in self._forms(word)]
        return self._adjacent(steps, word)

    def _phrase(self, phrase: Phrase, field: FieldName | None) -> Operand | Loose:
        if _WILD_IN_PHRASE.search(phrase.text):
            return self._wild_phrase(phrase, field)
        exact = [_exact(form, field) for form in self._forms(phrase)]
        if not phrase.looseness or not exact[1:]:
            return self._adjacent(exact, phrase)
        if len(exact) > MOST_APART:
            hint = f"at most {MOST_APART}; a few rare ones of them will find the same texts"
            raise self._error("too many words in a loose phrase", phrase, hint)
        return Loose(tuple(exact), phrase.looseness)

    def _wild_phrase(self, phrase: Phrase, field: FieldName | None) -> Operand:
        if phrase.looseness:
            hint = "write the words with NEAR/3 or BEFORE/3 between them"
            raise self._error("wildcards inside a loose phrase are not supported", phrase, hint)
        steps: list[Step] = []
        for chunk in phrase.text.split():
            if _WILD_IN_PHRASE.search(chunk):
                steps.append(self._pattern(phrase, chunk, field))
            else:
                steps += [_exact(form, field) for form in forms_of(chunk)]
        return self._adjacent(steps, phrase)

    def _in_case(self, cased: Cased, field: FieldName | None) -> Operand:
        is_quoted = pieces(self._query)[cased.at][0] in QUOTES
        if (_WILD_IN_PHRASE if is_quoted else _WILDCARDS).search(cased.text):
            hint = "write a regular expression without i, like /СВО.*/"
            raise self._error("wildcards have no meaning in case:", cased, hint)
        written = [(normalise_word(match[0]), as_cased(match[0])) for match in WORD.finditer(cased.text)]
        steps = [InCase(form, shown, field) for form, shown in written if form]
        return self._adjacent(steps or [_exact(form, field) for form in self._forms(cased)], cased)

    def _adjacent(self, steps: Sequence[Step], node: Word | Phrase | Cased) -> Operand:
        if len(steps) > MOST_WORDS:
            hint = f"at most {MOST_WORDS}; a part of it will find the same texts"
            raise self._error("too many words in a phrase", node, hint)
        return steps[0] if len(steps) == 1 else Adjacent(tuple(steps))

    def _forms(self, node: Word | Phrase | Cased) -> list[str]:
        forms = forms_of(node.text)
        if not forms:
            raise self._error("no letter or digit to look for", node, "only words and numbers can be found")
        return forms

    def _pattern(self, node: Word | Phrase, text: str, field: FieldName | None) -> Pattern:
        pieces = [piece for piece in _WILDCARDS.split(text) if piece]
        if _WILDCARDS.match(pieces[0]):
            hint = "begin with at least one letter; for what stands inside words write a regular expression"
            raise self._error("a word cannot begin with a wildcard", node, hint)
        last = len(pieces) - 1
        pieces = [
            piece
            if _WILDCARDS.fullmatch(piece)
            else self._piece(node, piece, follows=number > 0, goes_on=number < last)
            for number, piece in enumerate(pieces)
        ]
        return _pattern(pieces[0], "".join(pieces[1:]), field)

    def _piece(self, node: Word | Phrase, piece: str, *, follows: bool, goes_on: bool) -> str:
        """The normal form of what stands beside wildcards: an apostrophe there is one inside the word."""
        before, behind = "0" * follows, "0" * goes_on
        inside = f"{before}{piece}{behind}"
        form = normalise_word(inside)[len(before) :].removesuffix(behind)
        if not form or len(WORD.findall(inside)) != 1:
            raise self._error("a pattern is one word", node, "only letters, digits, * and ? may stand in it")
        return form

    def _expression(self, node: Expression, field: FieldName | None) -> regex.Expression:
        if node.flags not in ("", "i"):
            hint = "the only flag is i (small and large letters alike); (?s) and (?m) may begin the pattern"
            hint = r"a / inside the pattern is written \/" if "/" in node.flags else hint
            raise self._error(f"{node.flags!r} is no flag of a regular expression", node, hint)
        try:
            pattern = regex.checked(node.pattern)
        except BadPattern as error:
            message = f"this regular expression cannot be used: {error}"
            raise self._error(message, node, error.hint, within=error.offset) from None
        return regex.Expression(pattern, node.flags == "i", field)

    # ---- proximity ---------------------------------------------------------------------

    def _near(self, near: NearNode, field: FieldName | None) -> Near:
        if len(near.operands) > MOST_APART:
            hint = f"at most {MOST_APART}; join several chains with AND"
            raise self._error("too many words in a chain of NEAR and BEFORE", near, hint)
        operands = [self._operand(operand, field, near) for operand in near.operands]
        return Near(tuple(operands), near.steps)

    def _operand(self, node: Node, field: FieldName | None, near: NearNode) -> Operand:
        match node:
            case Or(operands):
                return Either(tuple([self._operand(operand, field, near) for operand in operands]))
            case Within(name, operand):
                with self._within(name, field) as inner:
                    return self._operand(operand, inner, near)
            case NearNode():
                return self._near(node, field)
            case Word() | Phrase() | Cased() | Expression():
                term = self._term(node, field)
                if not isinstance(term, Loose):
                    return term
                said, hint = "a loose phrase", "write its words with NEAR: (a NEAR/3 b) NEAR/5 c"
            case And():
                said, hint = "AND", "write it for each: (a NEAR/5 c) AND (b NEAR/5 c)"
            case Not():
                said, hint = "NOT", "exclude it from the whole: (a NEAR/5 b) NOT c"
            case Property():
                said, hint = f"{node.name}:", f"add it to the whole: (a NEAR/5 b) {node.name}:{node.value}"
        raise self._error(f"{said} has no place that something could be near", node, hint)

    def _error(self, message: str, node: Node, hint: str, *, within: int | None = None) -> QueryError:
        """A fault of `node`, or `within` its pattern, behind the slash with which that begins."""
        position = position_of(self._query, node.at) + (0 if within is None else within + 1)
        return QueryError(message, query=self._query, position=position, hint=hint)


def _folded(query: str) -> list[str]:
    """The lexemes of `query` with their words in normal form; none where that takes more than folding."""
    folded = fold(query)
    return [] if folded is None else pieces(folded)


def _any_of(parts: list[Part]) -> Part:
    """At least one of `parts`; those that are words of one field are asked for together."""
    words = [part for part in parts if type(part) is Inflected]
    if len(words) < 2 or len({(word.field, word.lenient) for word in words}) > 1:
        return AnyOf(tuple(parts))
    together = AnyWord(tuple([word.form for word in words]), words[0].field, words[0].lenient)
    others = [part for part in parts if type(part) is not Inflected]
    return AnyOf((together, *others)) if others else together


def forms_of(text: str) -> list[str]:
    """The words of `text`, each in normal form."""
    return [form for match in WORD.finditer(text) if (form := normalise_word(match[0]))]


@lru_cache(maxsize=_SHARED)
def _inflected(form: str, field: FieldName | None, lenient: Leniency) -> Inflected:
    return Inflected(form, field, lenient)


@lru_cache(maxsize=_SHARED)
def _exact(form: str, field: FieldName | None) -> Exact:
    return Exact(form, field)


@lru_cache(maxsize=_SHARED)
def _pattern(prefix: str, rest: str, field: FieldName | None) -> Pattern:
    """As `fnmatch` writes it, stars do not multiply the time."""
    return Pattern(prefix, "" if rest == "*" else fnmatch.translate(rest.replace("[", "[[]")), field)


def _refuse_unanchored(tree: Tree) -> None:
    """A query must ask for something: exclusions alone would match nearly everything that is ever seen."""
    open_end = _unanchored(tree.root)
    if open_end is not None:
        raise QueryError(
            "this part only excludes, so nearly everything would match",
            query=tree.query,
            position=position_of(tree.query, open_end.at),
            hint="add a word that must be there, like: word -other",
        )


def _unanchored(node: Node) -> Node | None:
    """The part of `node` through which a document of nothing at all would match; None if there is none."""
    match node:
        case Not():
            return node
        case And(operands):
            return _first_if_all(map(_unanchored, operands))
        case Or(operands):
            return next((end for operand in operands if (end := _unanchored(operand)) is not None), None)
        case Within(_, operand):
            return _unanchored(operand)
        case _:
            return None


def _first_if_all(open_ends: Iterable[Node | None]) -> Node | None:
    first = None
    for end in open_ends:
        if end is None:
            return None
        first = first or end
    return first
