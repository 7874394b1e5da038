"""Which features belong together: those of one dataset, computed by one state of the code."""

import hashlib

import talib

from models.domain.market import Dataset
from services.quant.code_version import code_version
from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, NAMES
from services.quant.gaps import MAX_FILLED_SESSIONS

# Sessions read before the first that is computed. A gap at their very beginning has no bar to be filled with,
# so a symbol may have that many sessions less than the panel.
LEAD_SESSIONS = LONGEST_CONVERGENCE_SESSIONS + MAX_FILLED_SESSIONS
# All that decides about a value; a test follows the imports and misses none.
CODE = (
    "models.domain.features",
    "models.domain.indicators",
    "models.domain.market",
    "models.domain.signals",
    "services.ml.feature_store",
    "services.quant.adjustment",
    "services.quant.confluence",
    "services.quant.features",
    "services.quant.gaps",
    "services.quant.indicators",
    "services.quant.panels",
    "services.quant.rolling",
    "services.quant.scoring",
)


def store_key(dataset: Dataset) -> str:
    """Return a hash of dataset, code and configuration, 32 hexadecimal digits."""
    parts = (
        dataset.provider,
        dataset.fingerprint,
        code_version(*CODE),
        talib.__version__,
        str(LEAD_SESSIONS),
        *NAMES,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
