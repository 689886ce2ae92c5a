"""The configuration of a desk that watches one site of this machine: what tests share of it."""

SMALL_DESK = """
[http]
allow_private = ["127.0.0.1"]
per_host_interval = "0s"
[database]
url = "sqlite:///{folder}/desk.db"
[[receiver]]
id = "here"
kind = "terminal"
[route]
receivers = ["here"]
"""
"""With the desk's folder as `{folder}`."""

NEWS_DESK = (
    SMALL_DESK
    + """
[alerting]
first_poll = true
[[source]]
id = "noviny"
kind = "page"
url = "{url}/zpravy"
items = ".teaser"
interval = "15m"
language = "cs"
[[rule]]
id = "leave"
query = "vystřídání"
"""
)
"""With a news page of the site at `{url}`, and a rule."""
