"""trafilatura, loaded on first use."""

import logging
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def bare_extraction() -> Callable[..., Any]:
    """Its core: half a second to load. It warns of a SOCKS library that we do not need."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trafilatura.core import bare_extraction as extraction
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports every page without an article
    loaded: Callable[..., Any] = extraction
    return loaded
