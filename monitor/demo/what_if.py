"""What other rules would have told of the ten days: a backtest over what the demo has stored."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from monitor.backtest.run import Span
from monitor.commands.backtest import masking_of, trial, tried
from monitor.commands.backtest_page import page
from monitor.config import Config, load
from monitor.demo.play import START
from monitor.demo.story import LENGTH
from storage.store import Store

OTHER = "other.toml"
"""The changed configuration, beside the one that was played."""

CHANGES = (
    (" OR отпускной OR", " OR"),
    ("condition = { gte = 8 }  # origins", "condition = { gte = 25 }  # origins"),
)
"""What is changed in it: a word less to look for, and a groundswell that takes more to be called one."""

_SAMPLES = 2  # alerts shown of each difference


def what_if(config: Config, folder: Path, store: Store) -> Iterator[RenderableType]:
    """The changes in words, and what they would have added and lost."""
    other = load(_changed(folder))
    span = Span(since=START, until=START + LENGTH)
    report = tried(store, config, [trial(config), trial(other)], span)
    yield Text.assemble(
        ("A backtest: ", "bold cyan"),
        "the same ten days without the word “отпускной”, and with a groundswell that takes 25 origins. "
        "Nothing is sent; an alert lost is a reason to think again.",
    )
    yield from page(report, masking_of(config), _SAMPLES)


def _changed(folder: Path) -> Path:
    text = (folder / "config.toml").read_text(encoding="utf-8")
    for now, then in CHANGES:
        if now not in text:
            raise ValueError(f"the demo's configuration does not have {now!r}")
        text = text.replace(now, then)
    path = folder / OTHER
    path.write_text(text, encoding="utf-8")
    return path
