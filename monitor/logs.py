"""How the daemon speaks while it works: one line an event, to standard error."""

import logging

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_CHATTY = ("httpx", "httpcore", "trafilatura", "htmldate", "charset_normalizer", "asyncio")


def configure_logging(verbosity: int) -> None:
    """Log our own events at the wanted level, and of the libraries only their warnings.

    httpx writes whole addresses at INFO, and a bot's token is part of its address: that must never be shown.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for package in ("monitor", "storage", "scrapers"):
        logging.getLogger(package).setLevel(_LEVELS[min(verbosity, 2)])
    for library in _CHATTY:
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns whenever a tick outlasts its second
