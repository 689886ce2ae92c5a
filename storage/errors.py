"""Why the store did not do as asked, named by what the caller does next.

StorageError
 ├── Stale               another poll came between: recall and decide again
 ├── LeaseLost           another worker holds the source, delivery or timer now: drop the work
 ├── DeskTaken           another process works on this SQLite file, or could unseen: stop
 ├── StorageUnavailable  the database is gone, locked or full for now: keep the work, try again
 ├── SchemaMismatch      the database is newer than this Groundswell, or is not ours: stop
 └── UnknownSource       no source goes by that name: check what was asked for
"""


class StorageError(Exception):
    """The store refused or failed; the message is for a person."""


class Stale(StorageError):
    """What was recalled no longer holds; nothing was written."""


class LeaseLost(StorageError):
    """The work has passed to another worker; nothing was written."""


class DeskTaken(StorageError):
    """Another process works on this database, or could unseen, and only one at a time can."""


class StorageUnavailable(StorageError):
    """The database cannot be reached or written now; nothing was written."""


class SchemaMismatch(StorageError):
    """The database's schema is not one this version can work with."""


class UnknownSource(StorageError):
    """No source has this configured id, or this row."""
