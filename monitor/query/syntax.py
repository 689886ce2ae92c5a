"""From a query's text to its tree. What the words of the tree mean is `monitor.query.compile`'s matter.

query  = or
or     = and { "OR" and }
and    = not { ["AND"] not }
not    = ( "NOT" | "-" ) not | item
item   = "(" or ")" | field ":" ( "(" or ")" | value ) | ["="] word | '"' phrase '"'
"""

from dataclasses import dataclass

from monitor.query.errors import QueryError
from monitor.query.lexer import Kind, Lexeme, scan

DEEPEST = 40
"""Parentheses and negations that may stand inside each other."""

TEXT_FIELDS = ("title", "text")
"""Fields that narrow where words are looked for; the others test the item itself."""

VALUE_FIELDS = ("source", "kind", "lang", "tag", "views", "forwards", "has", "is")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any of its forms, or with `*` and `?` in it a pattern of forms."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Exact forms that stand side by side; from `"a phrase"` or `=word`."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Property:
    """A test of the item itself: `source:idnes`, `views:>1M`."""

    name: str
    value: str
    position: int  # of the value


@dataclass(frozen=True, slots=True)
class Within:
    """An operand whose words count only in one field: `title:(a OR b)`."""

    field: str
    operand: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """What must not match."""

    operand: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class And:
    """All of these, at least two."""

    operands: "tuple[Node, ...]"
    position: int


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these, at least two."""

    operands: "tuple[Node, ...]"
    position: int


Node = Word | Phrase | Property | Within | Not | And | Or


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed query with the text it came from."""

    root: Node
    query: str


def parse(query: str) -> Tree:
    """Read `query`. Raises QueryError, which says where and what to do about it."""
    return _Parser(query).tree()


class _Parser:
    """Reads lexemes from left to right; every method leaves off behind what it has read."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._lexemes = scan(query)
        self._next = 0
        self._depth = 0
        self._field: Lexeme | None = None  # the field whose value or group is being read

    def tree(self) -> Tree:
        if self._peek().kind is Kind.END:
            raise self._error("the query is empty", self._peek(), "write at least one word")
        root = self._or()
        if self._peek().kind is Kind.CLOSE:
            raise self._error(
                "this parenthesis was never opened", self._peek(), "remove it, or open one before it"
            )
        return Tree(root, self._query)

    def _or(self) -> Node:
        operands = [self._and()]
        while self._peek().kind is Kind.OR:
            operator = self._take()
            self._need_operand(operator)
            operands.append(self._and())
        return operands[0] if len(operands) == 1 else Or(tuple(operands), operands[0].position)

    def _and(self) -> Node:
        operands = [self._not()]
        while self._peek().kind not in (Kind.OR, Kind.CLOSE, Kind.END):
            if self._peek().kind is Kind.AND:
                self._need_operand(self._take())
            operands.append(self._not())
        return operands[0] if len(operands) == 1 else And(tuple(operands), operands[0].position)

    def _not(self) -> Node:
        operator = self._peek()
        if operator.kind is not Kind.NOT:
            return self._item()
        self._take()
        self._need_operand(operator)
        self._descend(operator)
        operand = self._not()
        self._depth -= 1
        return Not(operand, operator.position)

    def _item(self) -> Node:
        lexeme = self._take()
        match lexeme.kind:
            case Kind.OPEN:
                return self._group(lexeme)
            case Kind.FIELD:
                return self._in_field(lexeme)
            case Kind.AND | Kind.OR:
                raise self._error(
                    f"{lexeme.text} has nothing before it",
                    lexeme,
                    f'for the word itself write "{lexeme.text}"',
                )
            case Kind.CLOSE | Kind.END:
                raise self._error("something is missing here", lexeme, "write a word, or remove the operator")
            case _:
                return self._leaf(lexeme)

    def _group(self, opening: Lexeme) -> Node:
        if self._peek().kind is Kind.CLOSE:
            raise self._error(
                "nothing stands between these parentheses", opening, "write a word, or remove them"
            )
        self._descend(opening)
        inner = self._or()
        self._depth -= 1
        if self._peek().kind is not Kind.CLOSE:
            raise self._error("this parenthesis is never closed", opening, "add a ) where the group ends")
        self._take()
        return inner

    def _in_field(self, field: Lexeme) -> Node:
        if self._field is not None:
            raise self._error("a field inside a field", field, f"close {self._field.text}:( … ) before it")
        self._field = field
        value = self._take()
        node = self._group(value) if value.kind is Kind.OPEN else self._field_value(field, value)
        self._field = None
        return Within(field.text, node, field.position) if field.text in TEXT_FIELDS else node

    def _field_value(self, field: Lexeme, value: Lexeme) -> Node:
        if value.kind not in (Kind.WORD, Kind.PHRASE):
            raise self._error(
                f"{field.text}: has no value", field, f"write it without a space, like {field.text}:something"
            )
        return self._leaf(value)

    def _leaf(self, lexeme: Lexeme) -> Node:
        if self._field is not None and self._field.text in VALUE_FIELDS:
            return Property(self._field.text, lexeme.text, lexeme.position)
        if lexeme.kind is Kind.PHRASE:
            return Phrase(lexeme.text, lexeme.position)
        return Word(lexeme.text, lexeme.position)

    def _descend(self, lexeme: Lexeme) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(
                "nested too deep", lexeme, f"at most {DEEPEST} levels; split the query into several"
            )

    def _need_operand(self, operator: Lexeme) -> None:
        if self._peek().kind in (Kind.CLOSE, Kind.END):
            said = operator.text
            raise self._error(
                f"{said} has nothing after it",
                operator,
                f'add what {said} is to join, or for the word itself write "{said}" in quotes',
            )

    def _peek(self) -> Lexeme:
        return self._lexemes[self._next]

    def _take(self) -> Lexeme:
        lexeme = self._lexemes[self._next]
        self._next = min(self._next + 1, len(self._lexemes) - 1)
        return lexeme

    def _error(self, message: str, lexeme: Lexeme, hint: str) -> QueryError:
        return QueryError(message, query=self._query, position=lexeme.position, hint=hint)
