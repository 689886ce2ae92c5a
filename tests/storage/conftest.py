"""A disk that spoils what is stored."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture
def damage(store_url: str) -> Iterator[Callable[[str], None]]:
    """Does to the database what no Groundswell would do."""
    url = make_url(store_url)
    driver = "postgresql+psycopg" if url.get_backend_name() == "postgresql" else url.drivername
    engine = create_engine(url.set(drivername=driver))

    def execute(statement: str) -> None:
        with engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount > 0

    yield execute
    engine.dispose()
