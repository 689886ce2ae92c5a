"""How the C library hands out memory: glibc's ways suit short programs better than a daemon of many threads.

Source: https://man7.org/linux/man-pages/man3/mallopt.3.html; the numbers stand in glibc's malloc.h.
"""

_POOLS = (-8, 1)  # M_ARENA_MAX
_LARGE = (-3, 256 * 1024)  # M_MMAP_THRESHOLD, bytes
_FREE_AT_THE_END = (-1, 256 * 1024)  # M_TRIM_THRESHOLD, bytes


def share_one_pool() -> None:
    """Have all threads share one pool of memory, and large blocks given back when they are free.

    By itself glibc makes up to eight pools a processor, and each keeps what it once took: a sixth of all
    memory. Python's threads run one at a time anyway. To be called before there are any. Other C libraries
    have no such setting, and nothing happens.
    """
    try:
        import ctypes  # a MemoryError where no memory may be both written and executed

        choose = ctypes.CDLL(None).mallopt
    except (ImportError, MemoryError, OSError, AttributeError):
        return
    for setting in (_POOLS, _LARGE, _FREE_AT_THE_END):
        choose(*setting)
