"""JSON that may be looked at on a terminal: it reads back as the same and steers nothing."""

import json
import re
from collections.abc import Callable
from typing import Final

# What `json` leaves as it is: DEL and C1 controls, line separators, marks that turn the direction of writing
# (Unicode UAX #9), and halves of surrogate pairs, which UTF-8 cannot hold.
_STEERING: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(value: object, default: Callable[[object], object] | None = None) -> str:
    """`value` on one line, letters as they are.

    Args:
        value: anything that `json.dumps` takes.
        default: makes something it takes of what it does not.
    """
    return _STEERING.sub(_escaped, json.dumps(value, ensure_ascii=False, default=default))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
