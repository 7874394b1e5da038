"""One result, and the table of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """Seconds of our work and of a peer's.

    ``limit`` bounds ours / peer from above, or ours alone where there is no peer. ``unit`` is empty where
    ours is no time but an error.
    """

    work: str
    ours: float
    peer: str
    peer_seconds: float | None
    limit: float
    unit: str = "s"

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
    head = ("work", "ours", "peer", "peer's", "ours / peer", "limit", "")
    lines = [head]
    for result in results:
        alone = result.peer_seconds is None
        lines.append(
            (
                result.work,
                _value(result.ours, result.unit),
                result.peer,
                "" if result.peer_seconds is None else _value(result.peer_seconds, "s"),
                "" if alone else f"{result.ratio:.3g}",
                f"{result.limit:.3g} {result.unit if alone else ''}".rstrip(),
                "ok" if result.holds else "MISSED",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _value(value: float, unit: str) -> str:
    if not unit:
        return f"{value:.1e}"
    return f"{value:.3f} {unit}" if value >= 0.1 else f"{value:.5f} {unit}"
