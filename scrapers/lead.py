"""The lead of an article, which some sites show outside the body and tell only in their feed. Pure."""

import re
import unicodedata
from typing import Final

_LEAST: Final = 20  # letters and digits that make a lead; less is a word like "Video"
_LONGEST: Final = 2_000  # characters; a longer summary is the article over again
_CUT_OFF: Final = re.compile(r"\s*(?:\[?\s*(?:…|\.\.\.)\s*\]?)[^.…]{0,40}$")  # "… [read more]"
_FOOTER: Final = re.compile(
    r"^(?:The post .{1,300} (?:first )?appeared (?:first )?on |Запись .{1,300} впервые )"
)


def with_lead(text: str, summary: str, title: str | None) -> str:
    """An article's text, the feed's summary before it where the text does not hold it already.

    Args:
        text: as the page shows it, lines are paragraphs.
        summary: the feed's own words.
        title: a summary that only repeats it is no lead.
    """
    told = _letters(f"{title or ''}\n{text}")
    lines = [line for line in summary.splitlines() if not _FOOTER.match(line)]
    missing = " ".join(line for line in lines if not _is_told(line, told))
    if not missing or len(missing) > _LONGEST or _is_told(" ".join(lines), told):
        return text
    return f"{missing}\n{text}"


def with_kept_lead(text: str, stored: str) -> str:
    """An article's text read again, the lead before it that its stored text begins with.

    Only where the article begins as it did behind that lead: else the first line may be one of its own.

    Args:
        text: as the page shows it now, lines are paragraphs.
        stored: as it was stored, perhaps by `with_lead`.
    """
    lead, _, rest = stored.partition("\n")
    first, behind = text.partition("\n")[0], rest.partition("\n")[0]
    return f"{lead}\n{text}" if first and first == behind else text


def _is_told(line: str, told: str) -> bool:
    letters = _letters(_CUT_OFF.sub("", line))
    return len(letters) < _LEAST or letters in told


def _letters(text: str) -> str:
    """Letters and digits alone: sites set the same sentence with other quotes, spaces and dashes."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
