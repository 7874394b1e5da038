"""How long tests wait for what other processes do."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def patience(seconds: float) -> float:
    """Return how long to wait for what takes ``seconds`` at most: longer where others want the cores too."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def wait_until(holds: Callable[[], Found], seconds: float, what: str) -> tuple[Found, float]:
    """Wait for a truth; return it and how many seconds it took."""
    begun, limit = time.monotonic(), patience(seconds)
    while True:
        found = holds()
        if found:
            return found, time.monotonic() - begun
        assert time.monotonic() - begun < limit, f"{what}: not within {limit:.1f} s"
        time.sleep(0.02)
