"""Parts of a price panel."""

from dataclasses import fields, replace

import numpy as np

from models.domain.market import PricePanel

_BY_SYMBOL = {"symbols", "instrument_ids", "starts"}


def cut_panel(panel: PricePanel, last_session: np.datetime64) -> PricePanel:
    """Return the bars up to a session; symbols without one are left out."""
    return keep_rows(panel, panel.session <= last_session)


def keep_rows(panel: PricePanel, keep: np.ndarray) -> PricePanel:
    """Return the rows where ``keep``, bool, shape (n_rows,), holds; symbols without one are left out."""
    n_kept = np.add.reduceat(keep, panel.starts[:-1]) if panel.n_rows else np.zeros(0, dtype=int)
    present = np.flatnonzero(n_kept)
    by_row = {
        field.name: getattr(panel, field.name)[keep]
        for field in fields(panel)
        if field.name not in _BY_SYMBOL
    }
    return replace(
        panel,
        symbols=tuple(panel.symbols[i] for i in present.tolist()),
        instrument_ids=panel.instrument_ids[present],
        starts=np.concatenate(([0], np.cumsum(n_kept[present]))).astype(np.int64),
        **by_row,
    )
