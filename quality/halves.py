"""The two halves of an outside set: one to tune on, one that is only reported on."""

import os
from enum import StrEnum
from hashlib import sha256
from pathlib import Path


class Half(StrEnum):
    """Which lines or sentences of a set are read."""

    HELD_OUT = "held-out"
    TUNING = "tuning"
    ALL = "all"

    def holds(self, text: str) -> bool:
        """Whether a line or sentence belongs to it. It follows from the text alone, so it never changes."""
        if self is Half.ALL:
            return True
        return (sha256(text.encode()).digest()[0] < 128) is (self is Half.HELD_OUT)


def outside_data() -> Path:
    """Where the outside data is: `GROUNDSWELL_SHARED_DATA`, or `shared/data` beside the checkout."""
    beside = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    return Path(os.environ.get("GROUNDSWELL_SHARED_DATA", beside)).resolve()
