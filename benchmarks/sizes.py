"""How much is measured: a few minutes' worth, everything, or only whether it works."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """Counts of one run."""

    words: int = 12_000  # distinct ones a language, in the texts
    rules: int = 1_000
    read_before: int = 6_000  # posts whose words are known when measuring begins
    channels: int = 50  # whose posts go through the pipeline
    stock: int  # items that the smaller desk holds
    large_stock: int  # and the larger one
    large_postgres: int  # on Postgres, which fills more slowly; 0: Postgres is left out
    items: int  # that go through the pipeline in one turn
    single_items: int  # likewise, in commits of one
    repeats: int
    sources: int  # that answer 304
    watch_seconds: float
    collected: int  # items until memory is looked at again
    hosts: int
    worker_sources: int  # that answer after 200 ms
    joined: int = 20  # channels of an account in which posts are pushed
    pushes: int
    polled: int = 10  # channels of an account that are idle, and as many that are not
    hours: int  # for which these are polled
    backtested: int  # stored items that rules are tried on
    hostile: int = 8_000_000  # bytes of a document that means harm
    hostile_kinds: int = 7  # of such documents


QUICK = Sizes(
    read_before=3_000,
    stock=10_000,
    large_stock=50_000,
    large_postgres=20_000,
    items=300,
    single_items=100,
    repeats=5,
    sources=2_000,
    watch_seconds=30,
    collected=20_000,
    hosts=1_000,
    worker_sources=160,
    pushes=50,
    hours=6,
    backtested=20_000,
)
FULL = Sizes(
    stock=10_000,
    large_stock=1_000_000,
    large_postgres=1_000_000,
    items=1_000,
    single_items=400,
    repeats=7,
    sources=2_000,
    watch_seconds=300,
    collected=100_000,
    hosts=1_000,
    worker_sources=400,
    pushes=500,
    hours=24,
    backtested=100_000,
)
TINY = Sizes(
    words=300,
    rules=20,
    read_before=40,
    channels=3,
    stock=100,
    large_stock=200,
    large_postgres=0,
    items=20,
    single_items=5,
    repeats=2,
    sources=20,
    watch_seconds=1,
    collected=100,
    hosts=10,
    worker_sources=8,
    joined=2,
    pushes=3,
    polled=1,
    hours=1,
    backtested=200,
    hostile=20_000,
    hostile_kinds=1,
)


def chosen() -> Sizes:
    """The sizes that the environment asks for: `FULL=1`, `TINY=1`, or neither."""
    if os.environ.get("FULL"):
        return FULL
    return TINY if os.environ.get("TINY") else QUICK
