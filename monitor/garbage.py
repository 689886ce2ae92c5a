"""How often Python looks for garbage that refers to itself."""

import gc

SELDOM = (20_000, 20, 50)
"""Objects made since the last look, and looks between two that go deeper: see `gc.set_threshold`."""


def collect_seldom() -> None:
    """Look for reference cycles less often than Python does by itself.

    Nearly all that a poll makes is freed without that as soon as nobody refers to it, while dictionaries and
    statements, which stay for good, are looked at each time anew: a sixth of all work.
    """
    gc.set_threshold(*SELDOM)
