"""Heat maps read back as a browser reads them."""

import base64
from typing import Any

import numpy as np


def decoded(source: dict[str, Any]) -> np.ndarray:
    """Return the values of a heat map; NaN where none is known."""
    steps = np.frombuffer(base64.b64decode(source["values"]), "<u2")
    steps = steps.reshape(len(source["rows"]), len(source["columns"])).astype(float)
    steps[steps == 65_535] = np.nan
    found: np.ndarray = source["low"] + (source["high"] - source["low"]) * steps / 65_534
    return found
