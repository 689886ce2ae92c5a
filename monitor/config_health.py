"""`[health]`: where the service tells how it is."""

import ipaddress
import re
from dataclasses import dataclass

from monitor.options import Size, parse_size

_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9_.-]+)):(?P<port>\d{1,5})", re.ASCII
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthOptions:
    """Where to listen. There is no password, so anything but this machine itself has to be named twice."""

    listen: str | None = None  # "127.0.0.1:9464"; None: nowhere. Port 0 takes a free one and logs it
    expose: tuple[str, ...] = ()  # hosts or addresses that `listen` may name beside this machine's own
    disk_free: Size = "500MB"  # of the database's disk; below it, or below a fiftieth, that is an incident

    def __post_init__(self) -> None:
        """Refuse what is no address, and strangers who were not asked in.

        Raises:
            ValueError: with a sentence for the person who wrote the configuration.
        """
        if self.listen is None:
            return
        host, _ = self.address
        if not is_loopback(host) and host not in self.expose:
            raise ValueError(
                f'listen would show the state of this desk, without a password, to whoever reaches "{host}": '
                f'take "127.0.0.1", or allow it with expose = ["{host}"]'
            )

    @property
    def least_disk(self) -> int:
        """The bytes that `disk_free` says."""
        return parse_size(self.disk_free)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `listen`. Raises ValueError where there are none."""
        found = _ADDRESS.fullmatch(self.listen or "")
        if found is None or int(found["port"]) > 65535:
            raise ValueError('listen must be a host and a port, e.g. "127.0.0.1:9464" or "[::1]:9464"')
        return found["six"] or found["host"], int(found["port"])


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
