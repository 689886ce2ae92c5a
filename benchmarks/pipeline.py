"""The whole way of an item, analysed, recalled, decided on and committed, against merely writing its rows.

The rows are those that the pipeline itself inserts: a first pass over a copy of the desk records them. The
bare program puts the same rows, in the same transactions, into another copy through the driver's own
`executemany`, once with the rows of the full-text index and once without.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import make_url

from benchmarks import postgres
from benchmarks.figures import Figure, ratio, timed
from benchmarks.line import Line, Transaction, recorded
from benchmarks.sizes import Sizes
from benchmarks.stock import SOURCES, sources, stocked
from benchmarks.stream import pages
from monitor.analyse import analyse
from monitor.ports import Stage
from scrapers.model import Fetched

COST, GROWTH = 4.0, 1.5
"""What an item may cost, in bare insertions; and at a hundred times the stock, in what it cost before."""

Copy = Callable[[], str]  # makes a copy of a stocked desk and tells its address
Bare = Callable[[str, Sequence[Transaction]], None]


@dataclass(frozen=True, slots=True)
class Batches:
    """The pages of one measurement: some to warm up with, then one batch a turn."""

    warm: list[Fetched]
    turns: list[list[Fetched]]
    items: int  # a turn

    @classmethod
    def of(cls, sizes: Sizes, commit_size: int) -> "Batches":
        """So many pages of `commit_size` items that a turn has the items that `sizes` wants."""
        wanted = sizes.single_items if commit_size == 1 else sizes.items
        each = max(1, wanted // commit_size)
        every = pages(f"commits of {commit_size}", SOURCES + each * sizes.repeats, commit_size)
        cuts = range(SOURCES, len(every), each)
        return cls(every[:SOURCES], [every[cut : cut + each] for cut in cuts], each * commit_size)


def run(sizes: Sizes) -> Iterator[Figure]:
    """Figures on SQLite, then on Postgres where there is one."""
    _read_words(sizes)
    with TemporaryDirectory(prefix="groundswell-bench-") as folder:
        yield from _on_sqlite(Path(folder), sizes)
    if not sizes.large_postgres:
        return
    with postgres.server() as address:
        if address is not None:
            yield from _on_postgres(address, sizes)


def _on_sqlite(folder: Path, sizes: Sizes) -> Iterator[Figure]:
    with _sqlite_desk(folder, sizes.stock) as copy:
        yield from _costs("SQLite", sizes, copy, bare_sqlite)
        with _sqlite_desk(folder, sizes.large_stock) as large:
            yield from _growth("SQLite", sizes, copy, large, sizes.large_stock)


def _on_postgres(address: str, sizes: Sizes) -> Iterator[Figure]:
    with _postgres_desk(address, sizes.stock) as copy:
        yield from _costs("Postgres", sizes, copy, bare_postgres)
        with _postgres_desk(address, sizes.large_postgres) as large:
            yield from _growth("Postgres", sizes, copy, large, sizes.large_postgres)


# ---- the cost of an item ---------------------------------------------------------------


def _costs(where: str, sizes: Sizes, copy: Copy, bare: Bare) -> Iterator[Figure]:
    for commit_size in (1, 20):
        yield from _cost(where, Batches.of(sizes, commit_size), commit_size, copy, bare)


def _cost(where: str, batches: Batches, commit_size: int, copy: Copy, bare: Bare) -> Iterator[Figure]:
    warm, rows = _recorded_rows(copy(), batches)
    indexed, plain = copy(), copy()
    bare(indexed, warm)
    bare(plain, _without_index(warm))
    stages: list[dict[Stage, float]] = []
    with_index, without_index = [], []
    with closing(Line(copy())) as line:
        line.run(batches.warm)
        for pages_of_turn, rows_of_turn in zip(batches.turns, rows, strict=True):
            stages.append(line.run(pages_of_turn))
            with_index.append(timed(partial(bare, indexed, rows_of_turn)))
            without_index.append(timed(partial(bare, plain, _without_index(rows_of_turn))))
    ours = [sum(taken.values()) for taken in stages]
    each = 1e6 / batches.items
    raw = {"pipeline_us": median(ours) * each} | {
        f"{stage}_us": median(taken[stage] for taken in stages) * each
        for stage in (Stage.ANALYSE, Stage.RECALL, Stage.DECIDE, Stage.COMMIT)
    }
    name = f"{where}: pipeline / bare executemany, commits of {commit_size}"
    yield Figure(
        name=f"{name}, with the full-text index",
        value=ratio(ours, with_index),
        unit="x",
        target=COST if where == "SQLite" else None,
        raw={**raw, "bare_us": median(with_index) * each},
    )
    yield Figure(
        name=f"{name}, without it",
        value=ratio(ours, without_index),
        unit="x",
        target=None,
        raw={"bare_us": median(without_index) * each},
    )


def _read_words(sizes: Sizes) -> None:
    """Meet the common words before anything is measured, as a daemon has that runs for longer than a day."""
    for fetched in pages("what was read before", sizes.read_before // 20, 20):
        for item in fetched.items:
            analyse(item, sources()[0])


def _recorded_rows(url: str, batches: Batches) -> tuple[list[Transaction], list[list[Transaction]]]:
    """What the pipeline inserts on the way of the warming pages, and on that of every turn."""
    with closing(Line(url)) as line:
        with recorded() as warm:
            line.run(batches.warm)
        rows = []
        for pages_of_turn in batches.turns:
            with recorded() as transactions:
                line.run(pages_of_turn)
            rows.append(transactions)
    return warm, rows


def _without_index(transactions: Sequence[Transaction]) -> list[Transaction]:
    return [
        [(statement, rows) for statement, rows in one if "item_search" not in statement]
        for one in transactions
    ]


# ---- and how it grows ------------------------------------------------------------------


def _growth(where: str, sizes: Sizes, small: Copy, large: Copy, count: int) -> Iterator[Figure]:
    for commit_size in (1, 20):
        batches = Batches.of(sizes, commit_size)
        with closing(Line(small())) as few, closing(Line(large())) as many:
            few.run(batches.warm)
            many.run(batches.warm)
            taken = [(sum(many.run(turn).values()), sum(few.run(turn).values())) for turn in batches.turns]
        of_many, of_few = zip(*taken, strict=True)
        each = 1e6 / batches.items
        yield Figure(
            name=f"{where}: {count:,} stored items / {sizes.stock:,}, commits of {commit_size}",
            value=ratio(of_many, of_few),
            unit="x",
            target=GROWTH if where == "SQLite" else None,
            raw={"large_us": median(of_many) * each, "small_us": median(of_few) * each},
        )


# ---- desks -----------------------------------------------------------------------------


@contextmanager
def _sqlite_desk(folder: Path, count: int) -> Iterator[Copy]:
    """A stocked file to be copied; the copies go with it."""
    template = folder / f"stock-{count}.db"
    stocked(f"sqlite:///{template}", count)
    copies: list[Path] = []

    def copy() -> str:
        path = folder / f"copy-{count}-{len(copies)}.db"
        copies.append(path)
        shutil.copy(template, path)
        return f"sqlite:///{path}"

    try:
        yield copy
    finally:
        for path in (template, *copies):
            path.unlink(missing_ok=True)


@contextmanager
def _postgres_desk(address: str, count: int) -> Iterator[Copy]:
    """A stocked database to be copied; the copies go with it."""
    with ExitStack() as stack:
        template = stack.enter_context(postgres.database(address))
        stocked(template, count)
        yield lambda: stack.enter_context(postgres.copied(address, template))


# ---- the bare programs -----------------------------------------------------------------


def bare_sqlite(url: str, transactions: Sequence[Transaction]) -> None:
    """Write rows through the driver, with the settings that the product uses."""
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as connection:
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}")
        for statements in transactions:
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                connection.executemany(statement, rows)
            connection.execute("COMMIT")


def bare_postgres(url: str, transactions: Sequence[Transaction]) -> None:
    """The same on Postgres."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for statements in transactions:
            for statement, rows in statements:
                cursor.executemany(statement, rows)
            connection.commit()
