"""Which addresses may be asked at all: a pure verdict, before and after the name is looked up.

A source is configured by its owner, but its redirects and links are written by strangers, who must not be
able to point us at the machine's own services, its network, or a cloud's metadata.

Ranges: IANA special-purpose address registries (RFC 6890 and its successors). Ports: the "bad ports" of the
WHATWG Fetch standard.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

SETTING = "allow_private in [http]"

_IPV4_RANGES = tuple(
    (IPv4Network(network), meaning)
    for network, meaning in (
        ("0.0.0.0/8", "an unspecified"),
        ("10.0.0.0/8", "a private"),
        ("100.64.0.0/10", "a carrier's shared"),
        ("127.0.0.0/8", "a loopback"),
        ("168.63.129.16/32", "a cloud metadata"),  # Azure's host agent, on a public address
        ("169.254.0.0/16", "a link-local or metadata"),
        ("172.16.0.0/12", "a private"),
        ("192.0.0.0/24", "a reserved"),
        ("192.0.2.0/24", "a documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private"),
        ("198.18.0.0/15", "a benchmark"),
        ("198.51.100.0/24", "a documentation"),
        ("203.0.113.0/24", "a documentation"),
        ("224.0.0.0/4", "a multicast"),
        ("240.0.0.0/4", "a reserved"),
    )
)
_IPV6_RANGES = tuple(
    (IPv6Network(network), meaning)
    for network, meaning in (
        ("::/128", "an unspecified"),
        ("::1/128", "a loopback"),
        ("fc00::/7", "a private"),
        ("fe80::/10", "a link-local"),
        ("ff00::/8", "a multicast"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001::/23", "a reserved"),
        ("2001:db8::/32", "a documentation"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "a documentation"),
    )
)
_IPV6_GLOBAL = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")  # RFC 6761, 6762, 8375; ICANN
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)
# fmt: off
_BAD_PORTS = frozenset((
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
))
# fmt: on


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An address taken apart once, by the parser that will also send the request."""

    url: httpx.URL  # without fragment and without a trailing dot of the host
    host: str  # ASCII, lower case; an IP address in its shortest form, without brackets
    port: int
    address: IPv4Address | IPv6Address | None  # where the host is written as an address
    trusted: bool  # the owner's settings name this very host: it may be private

    @property
    def origin(self) -> str:
        """Scheme, host and port, as "https://example.org:443": what connections and robots.txt belong to."""
        return f"{self.url.scheme}://{self.host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address for messages: without the query, which may hold a key."""
        return str(self.url.copy_with(query=None))


@dataclass(frozen=True, kw_only=True, slots=True)
class Forbidden:
    """An address that is not asked, and the reason for a person."""

    reason: str


def judge_url(url: str, *, allow_private: Iterable[str] = ()) -> Target | Forbidden:
    """What the address itself shows, before any name is looked up. Never raises.

    `allow_private` holds hosts ("localhost", "127.0.0.1", "::1") or hosts with a port ("localhost:8080").
    """
    try:
        return _judge(httpx.URL(url), tuple(allow_private))
    except (httpx.InvalidURL, ValueError):
        return Forbidden(reason="this is not a valid web address")


def judge_addresses(target: Target, addresses: Iterable[str]) -> Forbidden | None:
    """What the addresses show that `target`'s name leads to; one bad one spoils them all. Never raises."""
    if target.trusted:
        return None
    for text in addresses:
        meaning = _meaning_of_text(text)
        if meaning is not None:
            return _not_public(f"{target.host} leads to {text}, {meaning} address", target.host)
    return None


def _judge(parsed: httpx.URL, allow_private: tuple[str, ...]) -> Target | Forbidden:
    if parsed.scheme not in ("http", "https"):
        return Forbidden(reason="only http and https addresses are collected")
    if parsed.userinfo:
        return Forbidden(reason="addresses that carry a user name are not collected")
    host = parsed.raw_host.decode("ascii").removesuffix(".")
    return _judge_host(parsed, host, allow_private)


def _judge_host(parsed: httpx.URL, host: str, allow_private: tuple[str, ...]) -> Target | Forbidden:
    address = _address(host)
    if address is None and (len(host) > 253 or not _HOST_NAME.fullmatch(host)):
        return Forbidden(reason="this address has no valid host name")
    if address is None and _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return Forbidden(reason=f"{host} is a disguised IP address; write it in full, as 192.0.2.1")
    target = _target(parsed, host, address, allow_private)
    return target if target.trusted else _judge_target(target)


def _judge_target(target: Target) -> Target | Forbidden:
    if target.port in _BAD_PORTS or not 0 < target.port < 65536:
        return Forbidden(reason=f"port {target.port} of {target.host} is not a web server's port")
    if target.address is not None:
        meaning = _meaning(target.address)
        return target if meaning is None else _not_public(f"{target.host} is {meaning} address", target.host)
    if "." not in target.host or target.host.endswith(_LOCAL_SUFFIXES):
        return _not_public(f"{target.host} is a name of the local machine or network", target.host)
    return target


def _target(
    parsed: httpx.URL, host: str, address: IPv4Address | IPv6Address | None, allow_private: tuple[str, ...]
) -> Target:
    host = host if address is None else str(address)
    port = parsed.port if parsed.port is not None else {"http": 80, "https": 443}[parsed.scheme]
    return Target(
        url=parsed.copy_with(host=host, fragment=None),
        host=host,
        port=port,
        address=address,
        trusted=any(_names(entry, host, port) for entry in allow_private),
    )


def _names(entry: str, host: str, port: int) -> bool:
    """Whether an entry of `allow_private` ("host", "address", "host:port", "[address]:port") is this host."""
    entry = entry.strip().lower()
    name, separator, digits = entry.rpartition(":")
    if separator and digits == str(port) and _canonical(name.strip("[]")) == host:
        return True
    return _canonical(entry.strip("[]")) == host


def _canonical(host: str) -> str:
    address = _address(host)
    return host if address is None else str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    scoped = isinstance(address, IPv6Address) and address.scope_id is not None
    return None if scoped else address  # "fe80::1%eth0" means something on one link only


def _not_public(what: str, host: str) -> Forbidden:
    return Forbidden(reason=f'{what}; to read it all the same, add "{host}" to {SETTING}')


def _meaning_of_text(text: str) -> str | None:
    address = _address(text)
    return "an unreadable" if address is None else _meaning(address)


def _meaning(address: IPv4Address | IPv6Address) -> str | None:
    """What makes an address not a public one, or None."""
    if isinstance(address, IPv4Address):
        return next((meaning for network, meaning in _IPV4_RANGES if address in network), None)
    embedded = address.ipv4_mapped or (_last_four_bytes(address) if address in _NAT64 else None)
    if embedded is not None:
        return _meaning(embedded)
    meaning = next((meaning for network, meaning in _IPV6_RANGES if address in network), None)
    return meaning or (None if address in _IPV6_GLOBAL else "a reserved")


def _last_four_bytes(address: IPv6Address) -> IPv4Address:
    return IPv4Address(address.packed[-4:])
