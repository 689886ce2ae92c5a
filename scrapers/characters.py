"""Characters that no text of ours may hold, because a database, XML or a terminal does not take them."""

import re
from typing import Final

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` without controls, lone surrogates and noncharacters; tabs and line ends are kept."""
    return text if text.isprintable() else _CONTROLS.sub("", text)
