"""A number and what it counts, as people say it. Pure."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """E.g. "1 source", "0 sources", "1,200 entries".

    Args:
        number: How many.
        thing: What one of them is called.
        things: What several are called, where that is not `thing` and an "s".
    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
