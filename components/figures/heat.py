"""Heat maps as the browser draws them: values in 16-bit steps of their scale, names, and what to say."""

import base64
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

_UNKNOWN = 65_535
_STEPS = 65_534


def heat_source(
    values: np.ndarray,
    rows: Sequence[tuple[str, str, str]],
    columns: Sequence[str],
    *,
    ends: tuple[str, ...],
    words: str,
    hint: str,
    ticks: Sequence[tuple[int, str]] = (),
    **about: Any,
) -> dict[str, Any]:
    """Return a heat map without colours.

    Parameters
    ----------
    values : float array, shape (n_rows, n_columns)
        NaN where not known.
    rows : sequence of (key, name, long name)
    columns : sequence of str
        As they are told when pointed at.
    ends : one or two tokens
        Of the colour at the highest value; two where the scale goes both ways from 0.
    words : str
        What it shows, for those who do not see it.
    hint : str
        What stands below while nothing is pointed at.
    ticks : sequence of (column, text)
    about
        ``title`` and ``sides`` (what stands above: a name, and what the two ends of the scale mean),
        ``groups`` (first row, how many, name: told instead of rows that are too low for their names),
        ``unit`` ("share"), ``decimals``, ``opens`` (the name in the address that a click
        on a row writes its key to), ``totals`` and ``even`` (bars above, and where all would be equal),
        ``gutter`` (pixels for the rows' names), ``upright`` (columns' names stand upright), ``beside`` (said
        after a value), ``none`` (said of NaN).
    """
    known = values[np.isfinite(values)]
    high = float(np.abs(known).max()) if known.size else 1.0
    high = high or 1.0
    low = -high if len(ends) == 2 else 0.0
    steps = np.full(values.shape, _UNKNOWN, dtype="<u2")
    is_known = np.isfinite(values)
    steps[is_known] = np.round((values[is_known] - low) / (high - low) * _STEPS).astype("<u2")
    return {
        "values": base64.b64encode(steps.tobytes()).decode(),
        "low": low,
        "high": high,
        "rows": [list(row) for row in rows],
        "columns": list(columns),
        "ends": list(ends),
        "words": words,
        "hint": hint,
        "ticks": [list(tick) for tick in ticks],
        **about,
    }


def month_ticks(days: Sequence[date]) -> list[tuple[int, str]]:
    """Return the columns at which a month begins, and the first one, with their names."""
    found = [(0, f"{days[0].day} {days[0]:%b %Y}")] if days else []
    found += [
        (place, f"{day:%b %Y}")
        for place, (before, day) in enumerate(pairwise(days), start=1)
        if day.month != before.month
    ]
    return found
