"""Of glibc only, whose own account of its pools is asked."""

import os
import platform
import subprocess
import sys

import pytest

THREADS = """
import ctypes, sys, threading
from monitor.allocator import share_one_pool
if sys.argv[1] == "shared":
    share_one_pool()
together = threading.Barrier(4)
def work():
    together.wait()
    kept = [bytearray(2_000) for _ in range(1_000)]
    together.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have one pool as it is")
@pytest.mark.parametrize("how", ["shared", "as it is"])
def test_threads_share_one_pool_of_memory(how: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", THREADS, how]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert (done.stdout.count("<heap nr=") == 1) == (how == "shared")
