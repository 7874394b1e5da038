"""One result, and the table of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """Seconds of our work and of a peer's.

    ``limit`` bounds ours / peer from above, or ours alone in seconds where there is no peer.
    """

    work: str
    ours: float
    peer: str
    peer_seconds: float | None
    limit: float

    @property
    def ratio(self) -> float:
        """What the limit is compared with."""
        return self.ours if self.peer_seconds is None else self.ours / self.peer_seconds

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.ratio <= self.limit


def timed(work: Callable[[], Any], repeats: int = 1) -> float:
    """Return the best of some runs, in seconds."""
    best = float("inf")
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


def print_table(results: list[Result]) -> None:
    """Print every result as a line."""
    head = ("work", "ours s", "peer", "peer s", "ours / peer", "limit", "")
    lines = [head]
    for result in results:
        alone = result.peer_seconds is None
        lines.append(
            (
                result.work,
                _seconds(result.ours),
                result.peer,
                "" if result.peer_seconds is None else _seconds(result.peer_seconds),
                "" if alone else f"{result.ratio:.3g}",
                f"{result.limit:.3g}{' s' if alone else ''}",
                "ok" if result.holds else "MISSED",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value >= 0.1 else f"{value:.5f}"
