"""`groundswell sources discover` as it is typed, on a desk that has another source already."""

from pathlib import Path

from click.testing import CliRunner, Result

from monitor.cli import cli

DESK = """[http]
allow_private = ["127.0.0.1"]
per_host_interval = "0s"

[[source]]
id = "other"
kind = "feed"
url = "https://other.example.org/rss"

[[rule]]
id = "leave"
query = "leave"

[[receiver]]
id = "here"
kind = "terminal"

[route]
receivers = ["here"]
"""


def discover(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-c", str(config), "sources", "discover", *arguments])
