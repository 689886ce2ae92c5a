"""How servers on this machine are asked: without a pause."""

from datetime import timedelta

from scrapers.http import HttpOptions

LOOPBACK = HttpOptions(allow_private=("127.0.0.1",), per_host_interval=timedelta(0))
