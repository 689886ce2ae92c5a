"""What is wrong with a query, and where."""


class QueryError(ValueError):
    """A query that cannot be used. `position` is the 0-based offset of the fault in `query`."""

    def __init__(self, message: str, *, query: str, position: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.query = query
        self.position = position
        self.hint = hint

    def pointing(self) -> str:
        """The query's line with a caret under the fault, then what is wrong and the hint."""
        start = self.query.rfind("\n", 0, self.position) + 1
        line = self.query[start:].split("\n", 1)[0].replace("\t", " ")
        said = self.message if self.hint is None else f"{self.message}\n{self.hint}"
        return f"{line}\n{' ' * (self.position - start)}^ {said}"
