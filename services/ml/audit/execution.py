"""Whether orders were filled at a price that came after their signal."""

from collections.abc import Iterator

import numpy as np

from models.domain.market import PricePanel
from models.domain.trials import AuditCheck
from services.ml.audit.evidence import Fills, row_keys
from services.ml.audit.findings import conclude

_HALF_CENT = 0.005


def execution(fills: Fills, panel: PricePanel) -> AuditCheck:
    """Check that every fill is at the open, as quoted, of a session after that of its signal."""
    return conclude(
        "same-bar execution",
        _faults(fills, panel),
        f"{fills.price.size:,} fills, each at the open of a session after its signal",
    )


def _faults(fills: Fills, panel: PricePanel) -> Iterator[str]:
    def told(at: int) -> str:
        symbol = panel.symbols[int(fills.symbols[at])]
        return f"such as {symbol}, signal of {fills.signal_sessions[at]}, filled on {fills.fill_sessions[at]}"

    early = fills.fill_sessions <= fills.signal_sessions
    if early.any():
        at = int(np.flatnonzero(early)[0])
        yield (
            f"same-bar execution: {early.sum():,} of {early.size:,} fills come no later than the close that "
            f"they were decided at, {told(at)}"
        )
    keys = row_keys(panel.code, panel.session)
    order = np.argsort(keys)
    wanted = row_keys(fills.symbols, fills.fill_sessions)
    rows = order[np.minimum(np.searchsorted(keys[order], wanted), keys.size - 1)]
    at_open = (keys[rows] == wanted) & (np.abs(panel.open[rows] - fills.price) <= _HALF_CENT)
    elsewhere = ~at_open & ~early
    if elsewhere.any():
        at = int(np.flatnonzero(elsewhere)[0])
        yield (
            f"{elsewhere.sum():,} of {early.size:,} fills are not at the open of their session, {told(at)} "
            f"at {fills.price[at]:.2f}"
        )
