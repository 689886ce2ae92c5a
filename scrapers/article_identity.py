"""Whether the page of a known article is still that article's. Pure.

Sites take articles down by leading their addresses elsewhere: to the next article, or to the section.
"""

import re
from typing import Final

from scrapers.article_address import same_name
from scrapers.article_blocks import letters_of
from scrapers.article_facts import Facts
from scrapers.article_rest import is_correction, is_known_address, is_led_on, known_addresses
from scrapers.canonical import canonical_url
from scrapers.errors import Gone, Refused
from scrapers.markup import has_end
from scrapers.model import Wanted

_WORD: Final = re.compile(r"\w+")
_PHRASE: Final = 3  # words that two texts have in common by more than chance
_SHARED: Final = 0.2  # of the phrases of the shorter of two texts, where they are one article's
_LEAST_TITLE: Final = 15  # letters of a headline that is the same though more is told before or behind it


def refuse_another(known: Wanted, facts: Facts, text: str, url: str) -> None:
    """Return where a page is that of a known article.

    It is where it has its headline or much of its text, and where a headline that corrects stands at its
    address. With neither, it is no more where the page is found at the address of another, or names one, or
    does not say that it is an article.

    Args:
        known: the article as it is stored.
        facts: what its page says of itself now.
        text: what the page shows now.
        url: where it was read.

    Raises:
        Gone: another article stands there, or where its address leads.
        Refused: something stands there that overwrites no article.
    """
    if _is_recognised(known, facts, text):
        return
    led_on = is_led_on(known, url)
    if is_correction(facts.title) and (led_on or is_known_address(known, url)):
        return
    if _is_at_home(known, facts, url):
        if facts.claims_article or facts.names_itself:
            return
        raise Refused("its page does not say that it is an article any more", url=url)
    if facts.claims_article and not led_on:
        raise Gone("its address leads to another article now", url=url)
    raise Refused("its address leads elsewhere now", url=url)


def refuse_half(known: Wanted, text: str, body: bytes, url: str) -> None:
    """Return where a page was passed on whole: half of one would look like an edit.

    Pages may do without their last tag; so only one without it that shows a part of the known text is meant.

    Raises:
        Refused: some machine on the way cut it off.
    """
    if has_end(body):
        return
    now, before = letters_of(text), letters_of(known.text or "")
    if len(now) < len(before) and now in before:
        raise Refused("its page ends in the middle", url=url)


def _is_recognised(known: Wanted, facts: Facts, text: str) -> bool:
    """Whether the page has the headline or much of the text; where none is known, nothing can be compared."""
    if not known.text:
        return True
    titles = letters_of(known.title or ""), letters_of(facts.title or "")
    shorter, longer = sorted(titles, key=len)
    if shorter == longer != "" or (len(shorter) >= _LEAST_TITLE and shorter in longer):
        return True
    mine, theirs = _phrases(known.text), _phrases(text)
    return len(mine & theirs) > _SHARED * min(len(mine), len(theirs))


def _phrases(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return set(zip(*(words[start:] for start in range(_PHRASE)), strict=False))


def _is_at_home(known: Wanted, facts: Facts, url: str) -> bool:
    """Whether where the page was read and what it names are its own addresses, or where it moved."""
    addresses = [one for one in (canonical_url(url), facts.url) if one is not None]
    return all(_is_its(known, one) for one in addresses)


def _is_its(known: Wanted, url: str) -> bool:
    return is_known_address(known, url) or any(same_name(one, url) for one in known_addresses(known))
