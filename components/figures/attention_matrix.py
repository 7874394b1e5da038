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


def matrix_source(
    overview: AttentionOverview, lines: Sequence[AttentionLine], chosen: str, head: int | None
) -> dict[str, Any] | None:
    """Return symbols by days; a symbol's days without a window are empty. None without attention."""
    if not overview.n_heads:
        return None
    days = sorted({day for line in lines for day in line.window})
    place = {day: column for column, day in enumerate(days)}
    values = np.full((len(lines), len(days)), np.nan)
    for row, line in enumerate(lines):
        values[row, [place[day] for day in line.window]] = weights_of(line, head)
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
        chosen=chosen,
        opens="symbol",
        totals=[round(float(value), 6) for value in means],
        even=even,
        beside=f"of the attention (even: {even * 100:.1f} %)",
        none="outside its window",
    )
