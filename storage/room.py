"""How much room there is for what is remembered."""

import shutil

from storage.database import Database
from storage.errors import StorageUnavailable
from storage.model.vitals import DiskSpace
from storage.sqlite import file_of


def disk(database: Database) -> DiskSpace | None:
    """The file system of a SQLite database; None for Postgres, whose server may be anywhere.

    Raises:
        StorageUnavailable: the file, or its file system, has gone.
    """
    url = database.dialect.reader.url
    if url.get_backend_name() != "sqlite":
        return None
    try:
        usage = shutil.disk_usage(file_of(url))
    except OSError as error:
        raise StorageUnavailable(f"{url.database} cannot be reached: {error.strerror}") from None
    return DiskSpace(free=usage.free, size=usage.total)
