"""One spelling for one address: what makes two links to the same page equal, and nothing more.

Follows RFC 3986 section 6 (syntax-based and scheme-based normalisation) and, for hosts, UTS 46. On top of
that, parameters that only count readers are taken away. Parameters that a site may need to find its page are
kept, whatever their name: libraries that strip "source", "uid" or "ref" everywhere merge different articles.
AMP and mobile addresses are left alone: which of them is the original cannot be told from the address.
"""

import re
from typing import Final
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

import idna

LONGEST_URL: Final = 4_096  # characters; longer ones are data, not addresses

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_TRACKING_PREFIXES: Final = (
    "utm_",
    "mtm_",
    "matomo_",
    "pk_",
    "piwik_",
    "hsa_",
    "_hs",
    "vero_",
    "oly_",
    "at_campaign",
)
_TRACKERS: Final = """
    fbclid gclid gclsrc dclid gbraid wbraid yclid ymclid _openstat ysclid msclkid twclid ttclid
    igshid igsh mc_cid mc_eid mkt_tok wickedid wt_mc wt_zmc epik li_fat_id s_cid s_kwcid ncid cmpid
    ito icid xtor __twitter_impression _ga _gl fb_action_ids fb_action_types fb_ref fb_source
    fb_comment_id action_object_map action_type_map action_ref_map ref_src ref_url rb_clickid oprid
    zanpid guccounter phpsessid jsessionid guce_referrer guce_referrer_sig
"""  # after the lists of AdGuard, ClearURLs and Mozilla: only names that no page is found by
_TRACKING_NAMES: Final = frozenset(_TRACKERS.split())
_SPACES_AND_CONTROLS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]+")
_INSIDE_BREAKS: Final = re.compile(r"[\t\r\n]+")
_UNICODE_DOTS: Final = re.compile(r"[\u3002\uff0e\uff61]")
_HOST: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_IPV6: Final = re.compile(r"[0-9a-f:.]{2,45}")
_PATH_KEPT: Final = "/%:@!$&'()*+,;=-._~"
_QUERY_KEPT: Final = _PATH_KEPT + "?"
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_BARE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(rb"[A-Za-z0-9._~-]")


def canonical_url(url: str, base: str | None = None) -> str | None:
    """The one spelling of an http(s) address; applying it twice changes nothing.

    Args:
        url: an address, absolute or, with `base`, relative.
        base: the address of the page that `url` stands on.

    Returns:
        The absolute address with host in lower-case ASCII, without user names, default ports, tracking
        parameters and fragments (`#!` is kept: pages are found by it), its parameters sorted by name;
        None for whatever is not an http(s) address. Never raises.
    """
    try:
        return _canonical(url, base)
    except ValueError:  # what urllib says of ports and brackets that make no sense
        return None


def host_of(url: str) -> str | None:
    """The host of an http(s) address in its one spelling, without "www."; None where there is none."""
    canonical = canonical_url(url)
    return None if canonical is None else (urlsplit(canonical).hostname or "").removeprefix("www.")


def _canonical(url: str, base: str | None) -> str | None:
    absolute = _absolute(url, base)
    if absolute is None:
        return None
    parts = urlsplit(absolute)
    scheme = parts.scheme.lower()
    host = _host(parts.hostname or "")
    if scheme not in _DEFAULT_PORTS or host is None:
        return None
    port = "" if parts.port in (None, _DEFAULT_PORTS[scheme]) else f":{parts.port}"
    canonical = f"{scheme}://{host}{port}{_path(parts.path)}{_query(parts.query)}{_fragment(parts)}"
    return canonical if len(canonical) <= LONGEST_URL else None


def _absolute(url: str, base: str | None) -> str | None:
    """What a browser reads: space around an address and breaks inside it do not count (WHATWG URL)."""
    stripped = _INSIDE_BREAKS.sub("", _trimmed(url[: 4 * LONGEST_URL])).replace(" ", "%20")
    if not stripped:
        return None  # for urljoin the base itself; but nobody means that by an empty link
    return urljoin(base, stripped) if base else stripped


def _trimmed(url: str) -> str:
    start = _SPACES_AND_CONTROLS.match(url)
    url = url[start.end() :] if start else url
    return url.rstrip("\x20\t\r\n\f\v\x00\xa0\u2028\u2029\ufeff")


def _host(host: str) -> str | None:
    host = _UNICODE_DOTS.sub(".", host).lower().removesuffix(".")
    if ":" in host:
        return f"[{host}]" if _IPV6.fullmatch(host) else None
    if not host.isascii():
        host = _ascii_host(host) or ""
    return host if len(host) <= 253 and _HOST.fullmatch(host) else None


def _ascii_host(host: str) -> str | None:
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None


def _path(path: str) -> str:
    return _escaped(_without_dots(path or "/"), _PATH_KEPT)


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, with escaped dots read as dots, as browsers do."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        plain = segment.replace("%2E", ".").replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
    if segments[-1].replace("%2E", ".").replace("%2e", ".") in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    pairs = (_escaped(pair, _QUERY_KEPT) for pair in query.split("&") if pair)
    kept = [pair for pair in pairs if not _is_tracking(pair)]
    return "?" + "&".join(sorted(kept, key=_name)) if kept else ""


def _name(pair: str) -> str:
    return pair.partition("=")[0]


def _is_tracking(pair: str) -> bool:
    name = _name(pair).lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)


def _fragment(parts: SplitResult) -> str:
    return "#" + _escaped(parts.fragment, _QUERY_KEPT) if parts.fragment.startswith("!") else ""


def _escaped(text: str, kept: str) -> str:
    """`text` with unsafe characters escaped as UTF-8, escapes in capitals, and needless escapes undone."""
    text = _BARE_PERCENT.sub("%25", text)
    text = quote(text, safe=kept, errors="replace")
    return _ESCAPE.sub(_tidied_escape, text)


def _tidied_escape(match: re.Match[str]) -> str:
    byte = unquote_to_bytes(match[0])
    return byte.decode("ascii") if _UNRESERVED.fullmatch(byte) else match[0].upper()
