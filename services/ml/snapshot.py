"""Which data a result was computed from."""

import hashlib

import numpy as np

from services.ml.inputs import MarketInputs
from services.quant.features.context import CloseSeries

_COLUMNS = ("session", "open", "high", "low", "close", "volume", "dividend", "split")


def data_snapshot(inputs: MarketInputs) -> str:
    """Return a hash of every bar and event, and of all that features know beside them: 64 hex digits."""
    found = hashlib.blake2b(digest_size=32)
    panel, context = inputs.panel, inputs.context
    names = (*panel.symbols, "", *inputs.sector_names.values())
    found.update("\0".join(names).encode())
    arrays = [panel.starts, *(getattr(panel, name) for name in _COLUMNS), context.sector, context.is_member]
    for series in (context.benchmark, context.vix):
        arrays += _of_series(series)
    for array in arrays:
        found.update(f"{array.dtype} {array.size}\0".encode())
        found.update(np.ascontiguousarray(array).view(np.uint8).data)
    return found.hexdigest()


def _of_series(series: CloseSeries | None) -> list[np.ndarray]:
    return [np.empty(0)] if series is None else [series.session, series.close]
