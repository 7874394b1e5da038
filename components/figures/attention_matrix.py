"""Attention of every symbol by day, as a heat map, in the order asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from components import formats
from components.figures.heat import heat_source, month_ticks
from models.domain.explanation_views import AttentionLine, AttentionOverview


def ordered(lines: Sequence[AttentionLine], order: str, head: int | None) -> list[AttentionLine]:
    """Return the symbols in the order asked for: by name, by sector, or the most uneven attention first."""
    if order == "sectors":
        return sorted(lines, key=lambda line: (line.sector, line.symbol))
    if order == "uneven":
        return sorted(lines, key=lambda line: (-_unevenness(weights_of(line, head)), line.symbol))
    return sorted(lines, key=lambda line: line.symbol)


def weights_of(line: AttentionLine, head: int | None) -> np.ndarray:
    """Return a symbol's attention by day: of one head, from 1, or the mean over all; float64."""
    if not line.attention.size:
        return np.zeros(len(line.window))
    rows = line.attention if head is None else line.attention[head - 1 : head]
    mean: np.ndarray = rows.mean(axis=0, dtype=np.float64)
    return mean


def _unevenness(weights: np.ndarray) -> float:
    return float((weights**2).sum())


def in_sector(lines: Sequence[AttentionLine], sector: str) -> list[AttentionLine]:
    """Return the symbols of a sector; all of them without one."""
    return [line for line in lines if not sector or line.sector == sector]


def sector_runs(lines: Sequence[AttentionLine]) -> list[tuple[int, int, str]]:
    """Return the neighbours of one sector, in the order of ``lines``: first row, how many, sector."""
    runs: list[tuple[int, int, str]] = []
    for row, line in enumerate(lines):
        if runs and runs[-1][2] == line.sector:
            first, n_rows, sector = runs[-1]
            runs[-1] = (first, n_rows + 1, sector)
        else:
            runs.append((row, 1, line.sector))
    return runs


def matrix_source(
    overview: AttentionOverview,
    lines: Sequence[AttentionLine],
    head: int | None,
    *,
    is_by_sector: bool = False,
) -> dict[str, Any] | None:
    """Return symbols by the days of the newest windows; None without attention.

    A symbol whose own window ended earlier has no value after it, and none of before these days.
    ``lines``: those to show, in their order; ``is_by_sector``: that order is by sector.
    """
    if not overview.n_heads:
        return None
    newest = max(line.session for line in lines)
    days = sorted({day for line in lines if line.session == newest for day in line.window})
    place = {day: column for column, day in enumerate(days)}
    values = np.full((len(lines), len(days)), np.nan)
    for row, line in enumerate(lines):
        for day, weight in zip(line.window, weights_of(line, head).tolist(), strict=True):
            if day in place:
                values[row, place[day]] = weight
    even = 1.0 / len(lines[0].window)
    means = np.nanmean(values, axis=0)
    what = "mean over heads" if head is None else f"head {head}"
    return heat_source(
        values,
        [(line.symbol, line.symbol, f"{line.symbol} · {line.sector}") for line in lines],
        [formats.day(day) for day in days],
        ends=("model",),
        words=(
            f"Attention of {formats.count(len(lines))} symbols by day, {what}. Above: the mean over all "
            "symbols; the dashed line is even attention. Arrow keys move, Enter opens a symbol."
        ),
        hint="Point at a cell; a click, or Enter, shows that symbol beside it.",
        ticks=month_ticks(days),
        unit="share",
        opens="symbol",
        totals=[round(float(value), 6) for value in means],
        even=even,
        groups=sector_runs(lines) if is_by_sector else None,
        beside=f"of the attention (even: {even * 100:.1f} %)",
        none="outside its window",
    )
