"""Which data a result was computed from."""

import hashlib

import numpy as np

from models.domain.market import PricePanel

_COLUMNS = ("session", "open", "high", "low", "close", "volume", "dividend", "split")


def data_snapshot(panel: PricePanel) -> str:
    """Return a hash of every bar and event of a panel, 64 hexadecimal digits."""
    found = hashlib.blake2b(digest_size=32)
    found.update("\0".join(panel.symbols).encode())
    found.update(panel.starts.tobytes())
    for name in _COLUMNS:
        found.update(np.ascontiguousarray(getattr(panel, name)).view(np.uint8).data)
    return found.hexdigest()
