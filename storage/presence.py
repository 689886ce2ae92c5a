"""Whether there is a database to speak to at all, asked before anything is opened."""

from storage.database import connect


def absence(url: str) -> str | None:
    """Why nobody answers at a database's address, or not yet; None: somebody does, or it is a file.

    Who answers may still not let us in: that is told, with its reason, by whoever opens the database. Lasts
    some ten seconds where a server says nothing.

    Raises:
        ValueError: the address is neither `sqlite:///path` nor `postgresql://...`.
    """
    database = connect(url)
    try:
        return database.dialect.absence()
    finally:
        database.close()
