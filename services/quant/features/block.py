"""What a feature sees of some symbols."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.quant.rolling import FloatArray, lagged, rolling_sum, without_noise
from services.quant.scoring import unchanged_for


@dataclass(frozen=True, eq=False)
class Block:
    """Some windows, one after the other, on their sessions; short gaps are filled. Shape (n_places,).

    Prices are adjusted for splits and dividends from the window's start on, the volume for splits; the
    volume is NaN where the source has none. ``market_return`` and ``sector_return`` are those of each place's
    session, NaN where unknown. ``indicators`` by registry name, in the same adjusted units.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    market_return: FloatArray
    sector_return: FloatArray
    window_start: np.ndarray  # index of the first place of each place's window
    indicators: Mapping[str, FloatArray]

    @cached_property
    def returns(self) -> FloatArray:
        """Close over the close before, less 1; exactly 0 where but for rounding it is."""
        return without_noise(self.close / lagged(self.close, 1) - 1.0)

    @cached_property
    def log_close(self) -> FloatArray:
        """Natural logarithm of the close."""
        return np.log(self.close)

    @cached_property
    def squares(self) -> FloatArray:
        """Squared returns."""
        return self.returns**2

    @cached_property
    def volume_sum_20(self) -> FloatArray:
        """Volume of the last 20 sessions."""
        return rolling_sum(self.volume, 20)

    @cached_property
    def is_unchanged(self) -> np.ndarray:
        """Whether the close stood still for the 14 sessions of the RSI."""
        return unchanged_for(self.close, self.window_start)
