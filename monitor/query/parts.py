"""What a compiled query is made of: parts that hold of a document, or do not, and say where.

`holds` is asked first, of many, and looks at no more than it must; `find` is asked of the few that hold.
"""

from dataclasses import dataclass
from typing import Protocol

from monitor.query.view import Proof, View


class Part(Protocol):
    """A part of a compiled query."""

    def holds(self, view: View) -> bool:
        """Whether this part matches."""
        ...

    def find(self, view: View) -> list[Proof] | None:
        """What proves the match: `[]` where no word shows it, None where this part does not match."""
        ...


@dataclass(slots=True)
class All:
    """Every one of `parts`."""

    parts: tuple[Part, ...]

    def holds(self, view: View) -> bool:
        """Whether all of them match."""
        for part in self.parts:  # noqa: SIM110  `all` with a generator takes twice as long
            if not part.holds(view):
                return False
        return True

    def find(self, view: View) -> list[Proof] | None:
        """What all of them found."""
        proofs: list[Proof] = []
        for part in self.parts:
            found = part.find(view)
            if found is None:
                return None
            proofs += found
        return proofs


@dataclass(slots=True)
class AnyOf:
    """At least one of `parts`."""

    parts: tuple[Part, ...]

    def holds(self, view: View) -> bool:
        """Whether one of them matches."""
        for part in self.parts:  # noqa: SIM110  as above
            if part.holds(view):
                return True
        return False

    def find(self, view: View) -> list[Proof] | None:
        """What each of them found: a reader wants to see every reason."""
        found = [proofs for part in self.parts if (proofs := part.find(view)) is not None]
        return [proof for proofs in found for proof in proofs] if found else None


@dataclass(slots=True)
class Without:
    """No match of `part`."""

    part: Part

    def holds(self, view: View) -> bool:
        """Whether it does not match."""
        return not self.part.holds(view)

    def find(self, view: View) -> list[Proof] | None:
        """An absence shows no word."""
        return None if self.part.holds(view) else []
