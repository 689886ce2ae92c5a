"""`python -m monitor` is `groundswell`."""

from monitor.cli import main

if __name__ == "__main__":  # a worker process of `scrapers.parsing` loads this file too
    main()
