"""Naming stored items on the command line: by source and external id, by address, by an alert."""

import click

from storage.errors import UnknownSource
from storage.model import ItemRecord, ItemRef
from storage.store import Store


def chosen_items(store: Store, what: str, external_id: str | None) -> tuple[ItemRecord, ...]:
    """The items that are meant; with an external id perhaps none, otherwise at least one.

    Raises:
        click.UsageError: nothing of that name, or address, is stored.
    """
    if external_id is not None:
        return store.find_item(item_ref(store, what, external_id))
    found = store.find_url(what) if "://" in what else store.find_alert(what)
    if not found:
        raise click.UsageError(
            f"no stored item has the address {what}"
            if "://" in what
            else f"no alert {what} shows an item: give SOURCE and EXTERNAL_ID, an address, or an alert's id"
        )
    return found


def item_ref(store: Store, source: str, external_id: str | None) -> ItemRef:
    """The name of an item that need not be stored. Raises `click.UsageError` for an unknown source."""
    try:
        return ItemRef(source_id=store.source(source).id, external_id=external_id or "")
    except UnknownSource:
        raise click.UsageError(f'the database knows no source "{source}"') from None
