"""From a query's text to its tree. What the words of the tree mean is `monitor.query.compile`'s matter.

query  = or
or     = and { "OR" and }
and    = not { ["AND"] not }
not    = ( "NOT" | "-" ) not | near
near   = item { ( "NEAR/" | "BEFORE/" ) number item }
item   = "(" or ")" | field ":" ( "(" or ")" | field … | value ) | term
term   = ["="] word | '"' phrase '"' [ "~" number ] | "/" pattern "/" [ "i" ]
"""

from monitor.query.compile_facts import COUNTERS
from monitor.query.errors import QueryError
from monitor.query.keys import READINGS
from monitor.query.lexer import expression, phrase, position_of, scan
from monitor.query.numbers import continued
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

_MAY_FOLLOW = frozenset({"case:", *(f"{name}:" for name in READINGS)})


def parse(query: str) -> Tree:
    """Read `query`. Raises QueryError, which says where and what to do about it."""
    return _Parser(query).tree()


class _Parser:
    """Reads lexemes from left to right; every method leaves off behind what it has read."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._kinds, self._texts = scan(query)
        self._next = 0
        self._depth = 0
        self._field: str | None = None  # the field whose value or group is being read
        self._cased = False  # whether that is inside case:
        self._simple = True  # whether a word is a word: not a value, and not inside case:

    def tree(self) -> Tree:
        if self._kinds[0] == "end":
            raise self._error("the query is empty", 0, "write at least one word")
        root = self._or()
        if self._kinds[self._next] == ")":
            raise self._error(
                "this parenthesis was never opened", self._next, "remove it, or open one before it"
            )
        return Tree(root, self._query)

    def _or(self) -> Node:
        first = self._and()
        if self._kinds[self._next] != "OR":
            return first
        operands = [first]
        while self._kinds[self._next] == "OR":
            self._need_operand(self._take())
            operands.append(self._and())
        return Or(tuple(operands), first.at)

    def _and(self) -> Node:
        kinds = self._kinds
        operands: list[Node] = []
        while (kind := kinds[self._next]) not in _ENDS_AND or not operands:
            if kind == "word" and self._simple and kinds[self._next + 1] != "near":  # as most are
                operands.append(Word(self._texts[self._next], self._next))
                self._next += 1
                continue
            if kind == "AND" and operands:
                self._need_operand(self._take())
            operands.append(self._not())
        return operands[0] if len(operands) == 1 else And(tuple(operands), operands[0].at)

    def _not(self) -> Node:
        if self._kinds[self._next] != "NOT":
            return self._near()
        operator = self._take()
        self._need_operand(operator)
        self._descend(operator)
        operand = self._not()
        self._depth -= 1
        return Not(operand, operator)

    def _near(self) -> Node:
        first = self._item()
        if self._kinds[self._next] != "near":
            return first
        operands, steps = [first], []
        while self._kinds[self._next] == "near":
            operator = self._take()
            self._need_operand(operator)
            if self._kinds[self._next] == "NOT":
                hint = "exclude it from the whole: (a NEAR/5 b) NOT c"
                raise self._error("nothing can be near what is excluded", self._next, hint)
            steps.append(self._step(operator))
            operands.append(self._item())
        return Near(tuple(operands), tuple(steps), first.at)

    def _step(self, operator: int) -> tuple[int, bool]:
        name, _, distance = self._texts[operator].partition("/")
        return self._bounded(distance, operator, least=1, example=name + "/{}"), name == "BEFORE"

    def _bounded(self, written: str, lexeme: int, *, least: int, example: str) -> int:
        number = int(written[:9])
        if least <= number <= FARTHEST:
            return number
        hint = f"write {example.format(least)} to {example.format(FARTHEST)}"
        raise self._error(f"a distance is {least} to {FARTHEST} words", lexeme, hint)

    def _item(self) -> Node:
        lexeme = self._take()
        match self._kinds[lexeme]:
            case "word" | "phrase" | "exact" | "regex" | "address":
                return self._leaf(lexeme)
            case "(":
                return self._group(lexeme)
            case "field":
                return self._in_field(lexeme)
            case "AND" | "OR" | "near":
                said = self._texts[lexeme]
                raise self._error(
                    f"{said} has nothing before it", lexeme, f'for the word itself write "{said}"'
                )
            case _:
                raise self._error("something is missing here", lexeme, "write a word, or remove the operator")

    def _group(self, opening: int) -> Node:
        if self._kinds[self._next] == ")":
            raise self._error(
                "nothing stands between these parentheses", opening, "write a word, or remove them"
            )
        self._descend(opening)
        inner = self._or()
        self._depth -= 1
        if self._kinds[self._next] != ")":
            raise self._error("this parenthesis is never closed", opening, "add a ) where the group ends")
        self._take()
        return inner

    def _in_field(self, lexeme: int) -> Node:
        field = self._texts[lexeme][:-1].lower()
        if field == "case":
            return self._in_case(lexeme)
        if field in READINGS:
            return self._reading(lexeme, field)
        if self._field is not None:
            raise self._error("a field inside a field", lexeme, f"close {self._field}:( … ) before it")
        self._field, self._simple = field, self._simple and field in TEXT_FIELDS
        node = self._value(lexeme)
        self._field, self._simple = None, not self._cased
        return Within(field, node, lexeme) if field in TEXT_FIELDS else node

    def _in_case(self, lexeme: int) -> Node:
        if self._cased or not (self._field is None or self._field in TEXT_FIELDS):
            raise self._error("a field inside a field", lexeme, "close the other one before it")
        self._cased, self._simple = True, False
        node = self._value(lexeme)
        self._cased, self._simple = False, True
        return node

    def _reading(self, lexeme: int, name: str) -> Node:
        """What says how words are read: it may hold fields, and stand in those of text."""
        if self._cased or not (self._field is None or self._field in TEXT_FIELDS):
            raise self._error("a field inside a field", lexeme, "close the other one before it")
        self._descend(lexeme)
        is_field = self._kinds[self._next] == "field"
        node = self._in_field(self._take()) if is_field else self._value(lexeme)
        self._depth -= 1
        return Within(name, node, lexeme)

    def _value(self, field: int) -> Node:
        value = self._take()
        kind = self._kinds[value]
        if kind == "(":
            return self._group(value)
        if kind == "field" and self._field in TEXT_FIELDS and self._texts[value].lower() in _MAY_FOLLOW:
            return self._in_field(value)
        said = self._texts[field].lower()
        if kind == "field" and self._cased and (inner := self._texts[value].lower())[:-1] in TEXT_FIELDS:
            raise self._error("a field inside a field", value, f"turn them round: {inner}{said}something")
        if kind not in _TERMS:
            raise self._error(
                f"{said} has no value", field, f"write it without a space, like {said}something"
            )
        return self._leaf(value)

    def _leaf(self, lexeme: int) -> Node:
        kind, text = self._kinds[lexeme], self._texts[lexeme]
        if self._field is not None and self._field not in TEXT_FIELDS:
            if self._field in COUNTERS:
                self._refuse_blank(lexeme)
            return Property(self._field, self._plain(lexeme), lexeme)
        if kind == "regex":
            return Expression(*expression(text), lexeme)
        if kind == "address":
            self._refuse_address(lexeme)
        if self._cased:
            return Cased(self._plain(lexeme), lexeme)
        if kind == "exact":
            return Phrase(text[1:], lexeme)
        return self._phrase(lexeme) if kind == "phrase" else Word(text, lexeme)

    def _phrase(self, lexeme: int) -> Phrase:
        words, loose = phrase(self._texts[lexeme])
        if loose is None:
            return Phrase(words, lexeme)
        if not loose.isdecimal():
            hint = 'write how many other words may stand in it, like "a phrase"~3'
            raise self._error("~ needs a number", lexeme, hint)
        return Phrase(words, lexeme, self._bounded(loose, lexeme, least=0, example='"a phrase"~{}'))

    def _plain(self, lexeme: int) -> str:
        """The text of a lexeme where only text has a meaning."""
        text = self._texts[lexeme]
        if self._kinds[lexeme] == "exact":
            return text[1:]
        if self._kinds[lexeme] != "phrase":
            return text
        words, loose = phrase(text)
        if loose is not None:
            raise self._error("~ has no meaning in this field", lexeme, "leave it out")
        return words

    def _refuse_address(self, lexeme: int) -> None:
        host = self._texts[lexeme].partition("://")[2]
        hint = f"did you mean link:{host}? For the text itself use quotes"
        raise self._error("an address is looked for among the links", lexeme, hint)

    def _refuse_blank(self, lexeme: int) -> None:
        """In `views:1 000` and `views:1 M` what is behind the blank would be a word."""
        meant = continued(self._texts[lexeme], self._texts[lexeme + 1 :])
        if meant is not None:
            hint = f"did you mean {self._field}:{meant}? What is a word of the text stands in quotes"
            raise self._error("a number ends at a blank", lexeme, hint)

    def _descend(self, lexeme: int) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(
                "nested too deep", lexeme, f"at most {DEEPEST} levels; split the query into several"
            )

    def _need_operand(self, operator: int) -> None:
        if self._kinds[self._next] in (")", "end"):
            said = self._texts[operator]
            raise self._error(
                f"{said} has nothing after it",
                operator,
                f'add what {said} is to join, or for the word itself write "{said}" in quotes',
            )

    def _take(self) -> int:
        """The number of the next lexeme; the end is taken again and again."""
        lexeme = self._next
        if self._kinds[lexeme] != "end":
            self._next += 1
        return lexeme

    def _error(self, message: str, lexeme: int, hint: str) -> QueryError:
        return QueryError(message, query=self._query, position=position_of(self._query, lexeme), hint=hint)


_ENDS_AND = frozenset({"OR", ")", "end"})
_TERMS = frozenset({"word", "phrase", "exact", "regex", "address"})
