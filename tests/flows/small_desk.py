"""The configuration of a desk that watches one site of this machine: all but its sources and rules."""

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
