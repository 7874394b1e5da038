"""What of an indicator does not depend on where its history begins."""

import numpy as np

from models.domain.market import PricePanel
from services.quant.indicators.registry import METADATA


def converging(name: str, panel: PricePanel, values: dict[str, np.ndarray]) -> np.ndarray:
    """Return what is to converge, as a share of price, volume or 100.

    Of a cumulative indicator that is the change from the session before, missing at each symbol's first.
    """
    column = METADATA[name]
    if column.in_price_units:
        return values[name] / panel.close
    if not column.cumulative:
        return values[name] / 100.0
    change = np.diff(values[name] / panel.share_growth, prepend=np.nan) * panel.share_growth
    change[panel.starts[:-1]] = np.nan
    return change / np.maximum(panel.volume, 1.0)
