"""Characters that no text of ours may hold, because a database, XML or a terminal does not take them."""

import re
from typing import Final

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` without controls and noncharacters, U+FFFD for lone surrogates; tabs and line ends are kept."""
    if text.isprintable() or text.replace("\n", "").isprintable():  # quicker by far than to look for each
        return text
    return _LONE_SURROGATE.sub("\ufffd", _CONTROLS.sub("", text))
