"""Which item first carried a text, as far as it is stored or stands in the page in hand. Pure."""

from collections.abc import Iterable

from monitor.analyse import Analysed
from storage.model import ItemRef, Known, NewItem


class Origins:
    """The origins that one decision knows: stored ones, and those of its own items."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._claims: dict[bytes, ItemRef] = {}  # keys of items of this very decision

    def of(self, analysed: Analysed) -> ItemRef | None:
        """The item that first carried what this one carries; None: nobody did."""
        for key in analysed.origin_keys:
            if key in self._claims:
                return self._claims[key]
            if key in self._known.origins:
                return self._known.origins[key].ref
        return None

    def claim(self, analysed: Analysed, origin: ItemRef) -> tuple[bytes, ...]:
        """Let what an item carries be that of `origin`, as far as nobody had it; returns these keys."""
        new = [key for key in analysed.origin_keys if key not in self._claims]
        unclaimed = tuple(key for key in new if key not in self._known.origins)
        self._claims.update(dict.fromkeys(unclaimed, origin))
        return unclaimed

    def others(self, origin: ItemRef, fresh: Iterable[NewItem]) -> int:
        """How many items of an origin there are besides the one in hand, stored or `fresh` ones."""
        stored = max(
            (known.items for known in self._known.origins.values() if known.ref == origin), default=0
        )
        return stored + sum(origin in (one.origin, self._name_of(one)) for one in fresh) - 1

    def _name_of(self, item: NewItem) -> ItemRef:
        return ItemRef(source_id=self._known.source.id, external_id=item.external_id)
