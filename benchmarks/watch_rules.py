"""Watch rules as people write them: a subject in several words, who it is about, what it is not."""

import random

from benchmarks.texts import vocabulary
from monitor.message import Severity
from monitor.query import compile_query
from monitor.rules import Rule, RuleSet

COMMON, RARE = 0.07, 0.75
"""Ranks, as shares of all words, between which rules find theirs: rarer than small talk."""


def queries(count: int) -> list[str]:
    """So many different queries: inflected words, phrases, prefixes, exclusions, fields."""
    chance = random.Random("rules")
    return [_query(chance, number) for number in range(count)]


def _query(chance: random.Random, number: int) -> str:
    known = vocabulary(("ru", "uk", "cs")[number % 3]).words
    first, last = round(COMMON * len(known)), round(RARE * (len(known) - 1))
    words = [known[chance.randint(first, last)] for _ in range(8)]
    subject = f"({words[0]} OR {words[1]} OR {words[2][:8]}*)"
    about = f"({words[3]} OR {words[4]} OR {known[chance.randint(first // 2, last // 2)]})"
    match number % 5:
        case 0:
            return f"{subject} AND {about}"
        case 1:
            return f'"{words[5]} {words[6]}" OR ({subject} AND {about} AND (tag:families OR {words[7]}))'
        case 2:
            return f"{subject} AND {about} AND NOT {words[7]}"
        case 3:
            return f"title:{words[5]} OR ({subject} AND {about} AND views:>5K)"
        case _:
            return f"({words[0]} OR {words[1]}) AND (kind:telegram_web OR kind:feed) AND {about}"


def rule_set(count: int) -> RuleSet:
    """These queries as the rules of a desk."""
    return RuleSet(
        Rule(
            id=f"rule-{number}",
            title=f"Rule {number}",
            severity=Severity.WARNING,
            query=compile_query(query),
            version=1,
        )
        for number, query in enumerate(queries(count))
    )
