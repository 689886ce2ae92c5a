"""What a stored article has become: edited, though no site marks it so, or under a new headline. Pure."""

from dataclasses import replace

from monitor.analyse import Analysed, analyse
from monitor.document import SUMMARY
from scrapers.model import ItemKind, Source
from storage.model import KnownItem


def as_known(analysed: Analysed, stored: KnownItem, source: Source) -> Analysed:
    """A fetched article with what is known of it and its page does not tell: once edited, it stays edited.

    Where another headline came without a text, and the text was whole before, it is that text under the new
    headline. A summary never replaces a whole text; but without this, a retraction that stands in the
    headline alone would go unseen.
    """
    item, latest = analysed.item, stored.current
    if item.kind is not ItemKind.ARTICLE:
        return analysed
    if latest.edited:
        analysed = _edited(analysed)
    was_whole = not latest.deleted and SUMMARY not in latest.flags
    if item.full_text or not was_whole or not item.title or item.title == latest.title:
        return analysed
    return analyse(replace(analysed.item, text=latest.text, full_text=True), source)


def as_rewritten(analysed: Analysed, stored: KnownItem) -> Analysed:
    """An article that says something else, marked as edited; a whole text is no edit of its summary."""
    item, latest = analysed.item, stored.current
    became_whole = item.full_text and SUMMARY in latest.flags and item.title == latest.title
    return analysed if item.kind is not ItemKind.ARTICLE or became_whole else _edited(analysed)


def _edited(analysed: Analysed) -> Analysed:
    return replace(analysed, item=replace(analysed.item, edited=True))
