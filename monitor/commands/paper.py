"""How commands write for a person: on the terminal it has, or unbroken into a pipe."""

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.text import Text

from monitor.message import Fragment
from monitor.notifiers.wording import visible

HIT = "bold black on yellow"


def show(*parts: RenderableType) -> None:
    """Print, wrapped at words on a terminal; in a pipe a line stays a line, for grep and cut."""
    draw(Console(highlight=False, markup=False, emoji=False), *parts)


def draw(console: Console, *parts: RenderableType) -> None:
    """`show` on a given console."""
    for part in parts:
        if not isinstance(part, Text):
            console.print(part)
        elif console.is_terminal:
            # Said once more: the console joins texts into a new one that has forgotten it.
            console.print(part, no_wrap=part.no_wrap, overflow=part.overflow)
        else:
            console.print(part, soft_wrap=True)


def one_row(*parts: str | tuple[str, str]) -> Text:
    """Text that is cut with an ellipsis where the terminal ends; control characters are made visible."""
    return _assembled(parts, Text(no_wrap=True, overflow="ellipsis"))


def paragraph(*parts: str | tuple[str, str]) -> Text:
    """Text that is wrapped; control characters are made visible."""
    return _assembled(parts, Text())


def highlighted(fragments: Iterable[Fragment]) -> Text:
    """An excerpt with its hits marked, readable on light and dark terminals."""
    return paragraph(*((one.text, HIT if one.hit else "") for one in fragments))


def _assembled(parts: Iterable[str | tuple[str, str]], text: Text) -> Text:
    for part in parts:
        written, style = (part, "") if isinstance(part, str) else part
        text.append(visible(written), style or None)
    return text
