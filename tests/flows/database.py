"""What a desk's database holds, asked past the store."""

from sqlalchemy import URL, create_engine, make_url, text


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """What `query` finds, or nothing where it changes something."""
    engine = create_engine(driven(url))
    try:
        with engine.begin() as connection:
            result = connection.execute(text(query))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def driven(url: str) -> URL:
    """A desk's address, with the driver that the desk chooses for it."""
    address = make_url(url)
    driver = "postgresql+psycopg" if address.get_backend_name() == "postgresql" else "sqlite"
    return address.set(drivername=driver)
