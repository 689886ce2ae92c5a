"""From a query's text to its tree. What the words of the tree mean is `monitor.query.compile`'s matter.

query  = or
or     = and { "OR" and }
and    = not { ["AND"] not }
not    = ( "NOT" | "-" ) not | near
near   = item { ( "NEAR/" | "BEFORE/" ) number item }
item   = "(" or ")" | field ":" ( "(" or ")" | value ) | term
term   = ["="] word | '"' phrase '"' [ "~" number ] | "/" pattern "/" [ "i" ]
"""

from monitor.query.errors import QueryError
from monitor.query.lexer import Lexeme, scan
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
    Tree,
    Within,
    Word,
)

DEEPEST = 40
"""Parentheses and negations that may stand inside each other."""

FARTHEST = 100
"""Words that may stand apart in NEAR and BEFORE, and between the words of a loose phrase."""

TEXT_FIELDS = frozenset({"title", "text"})
"""Fields that narrow where words are looked for; `case` narrows how, the others test the item itself."""


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
        self._field: str | None = None  # the field whose value or group is being read
        self._cased = False  # whether that is inside case:

    def tree(self) -> Tree:
        if self._peek().kind == "end":
            raise self._error("the query is empty", self._peek(), "write at least one word")
        root = self._or()
        if self._peek().kind == ")":
            raise self._error(
                "this parenthesis was never opened", self._peek(), "remove it, or open one before it"
            )
        return Tree(root, self._query)

    def _or(self) -> Node:
        first = self._and()
        if self._peek().kind != "OR":
            return first
        operands = [first]
        while self._peek().kind == "OR":
            self._need_operand(self._take())
            operands.append(self._and())
        return Or(tuple(operands), first.position)

    def _and(self) -> Node:
        first = self._not()
        if self._peek().kind in _ENDS_AND:
            return first
        operands = [first]
        while (lexeme := self._peek()).kind not in _ENDS_AND:
            if lexeme.kind == "AND":
                self._need_operand(self._take())
            operands.append(self._not())
        return And(tuple(operands), first.position)

    def _not(self) -> Node:
        operator = self._peek()
        if operator.kind != "NOT":
            return self._near()
        self._take()
        self._need_operand(operator)
        self._descend(operator)
        operand = self._not()
        self._depth -= 1
        return Not(operand, operator.position)

    def _near(self) -> Node:
        first = self._item()
        if self._peek().kind != "near":
            return first
        operands, steps, positions = [first], [], []
        while self._peek().kind == "near":
            operator = self._take()
            self._need_operand(operator)
            steps.append(self._step(operator))
            positions.append(operator.position)
            operands.append(self._item())
        return Near(tuple(operands), tuple(steps), tuple(positions))

    def _step(self, operator: Lexeme) -> tuple[int, bool]:
        name, _, distance = operator.text.partition("/")
        return self._bounded(int(distance[:9]), operator, least=1, example=name + "/{}"), name == "BEFORE"

    def _bounded(self, number: int, lexeme: Lexeme, *, least: int, example: str) -> int:
        if least <= number <= FARTHEST:
            return number
        hint = f"write {example.format(least)} to {example.format(FARTHEST)}"
        raise self._error(f"a distance is {least} to {FARTHEST} words", lexeme, hint)

    def _item(self) -> Node:
        lexeme = self._take()
        match lexeme.kind:
            case "word" | "phrase" | "exact" | "regex":
                return self._leaf(lexeme)
            case "(":
                return self._group(lexeme)
            case "field":
                return self._in_field(lexeme)
            case "AND" | "OR" | "near":
                hint = f'for the word itself write "{lexeme.text}"'
                raise self._error(f"{lexeme.text} has nothing before it", lexeme, hint)
            case _:
                raise self._error("something is missing here", lexeme, "write a word, or remove the operator")

    def _group(self, opening: Lexeme) -> Node:
        if self._peek().kind == ")":
            raise self._error(
                "nothing stands between these parentheses", opening, "write a word, or remove them"
            )
        self._descend(opening)
        inner = self._or()
        self._depth -= 1
        if self._peek().kind != ")":
            raise self._error("this parenthesis is never closed", opening, "add a ) where the group ends")
        self._take()
        return inner

    def _in_field(self, field: Lexeme) -> Node:
        if field.text == "case":
            return self._in_case(field)
        if self._field is not None:
            raise self._error("a field inside a field", field, f"close {self._field}:( … ) before it")
        self._field = field.text
        node = self._value(field)
        self._field = None
        return Within(field.text, node, field.position) if field.text in TEXT_FIELDS else node

    def _in_case(self, field: Lexeme) -> Node:
        if self._cased or (self._field is not None and self._field not in TEXT_FIELDS):
            raise self._error("a field inside a field", field, "close the other one before it")
        self._cased = True
        node = self._value(field)
        self._cased = False
        return node

    def _value(self, field: Lexeme) -> Node:
        value = self._take()
        if value.kind == "(":
            return self._group(value)
        if value.kind == "field" and field.text in TEXT_FIELDS and value.text == "case":
            return self._in_case(value)
        if value.kind not in _TERMS:
            raise self._error(
                f"{field.text}: has no value", field, f"write it without a space, like {field.text}:something"
            )
        return self._leaf(value)

    def _leaf(self, lexeme: Lexeme) -> Node:
        kind, text, position, suffix = lexeme
        if self._field is not None and self._field not in TEXT_FIELDS:
            return Property(self._field, self._plain(lexeme), position)
        if kind == "regex":
            return Expression(text, suffix, position)
        if self._cased:
            return Cased(self._plain(lexeme), position)
        if kind == "word":
            self._refuse_address(lexeme)
            return Word(text, position)
        if not suffix:
            return Phrase(text, position)
        return Phrase(text, position, self._bounded(int(suffix), lexeme, least=0, example='"a phrase"~{}'))

    def _plain(self, lexeme: Lexeme) -> str:
        if lexeme.suffix:
            raise self._error("~ has no meaning in this field", lexeme, "leave it out")
        return f"/{lexeme.text}/" if lexeme.kind == "regex" else lexeme.text

    def _refuse_address(self, lexeme: Lexeme) -> None:
        if "://" in lexeme.text:
            host = lexeme.text.partition("://")[2]
            hint = f"did you mean link:{host}? For the text itself use quotes"
            raise self._error("an address is looked for among the links", lexeme, hint)

    def _descend(self, lexeme: Lexeme) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(
                "nested too deep", lexeme, f"at most {DEEPEST} levels; split the query into several"
            )

    def _need_operand(self, operator: Lexeme) -> None:
        if self._peek().kind in (")", "end"):
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


_ENDS_AND = frozenset({"OR", ")", "end"})
_TERMS = frozenset({"word", "phrase", "exact", "regex"})
