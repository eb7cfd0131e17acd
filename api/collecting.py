"""How often Python looks for cyclic garbage in a process that posts.

The core makes tens of thousands of small values a second, nearly all freed by reference counting alone; looking through them
every 700 allocations cost a fifth of an import's time.
"""

import gc

THRESHOLDS = (100_000, 20, 50)


def collect_less_often() -> None:
    """Set the thresholds for this process, once at its start."""
    gc.set_threshold(*THRESHOLDS)
