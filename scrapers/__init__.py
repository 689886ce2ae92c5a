"""What can be collected: one file a kind of source, each with pure parsing and a thin fetch."""

import sys

# httpx offers a command line of its own where rich, pygments and click are installed, and loads them for it.
# None stands for a module that cannot be imported (docs.python.org/3/reference/import.html#the-module-cache).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
