"""`python -m monitor` is `groundswell`."""

from monitor.cli import main

main()
