"""What an indicator sees of one symbol."""

from dataclasses import dataclass

import numpy as np

Values = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Window:
    """Adjusted prices of one symbol over sessions without a long gap, oldest first, float64, no NaN.

    The prices accumulate splits and dividends from the window's start on (see ``quant.adjustment``), the
    volume accumulates splits alone; it is NaN where the source has none.
    """

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
