"""Whether features know of dividends and splits before their day."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.domain.market import PricePanel
from services.quant.features.checks import Check, Compute
from services.quant.features.compute import FeaturePanel
from services.quant.features.context import FeatureContext

_TOLERANCE = 1e-5  # adjusted prices stay the same but for rounding, so features of them may move by as much
_SPLIT, _DIVIDEND_SHARE = 2.0, 0.05


def restatement_check(
    compute: Compute, panel: PricePanel, context: FeatureContext, cuts: Sequence[np.datetime64]
) -> Check:
    """Compare the values up to each cut with those of a panel in which every symbol splits and pays after it.

    Who sees the events was given prices that are restated as of today. What merely looks ahead at adjusted
    prices is not found here: those are the same in both panels.
    """
    whole = compute(panel, context)
    faults: dict[str, str] = {}
    for cut in cuts:
        other = compute(with_events_after(panel, cut), context)
        rows = np.flatnonzero(panel.session <= cut)
        for name in whole.names:
            fault = _first_change(panel, whole, other, name, rows)
            if fault is not None:
                faults.setdefault(name, f"{fault} with a split and a dividend after {cut}")
    if not faults:
        detail = f"{len(whole.names)} features pass"
        return Check("no value changes with later dividends and splits", True, detail)
    detail = f"{len(faults)} of {len(whole.names)}: {next(iter(faults.values()))}"
    return Check("no value changes with later dividends and splits", False, detail, tuple(faults))


def with_events_after(panel: PricePanel, last_session: np.datetime64) -> PricePanel:
    """Return the panel with a 2:1 split and a dividend of 5 % in each symbol's first row after a session.

    Prices from there on are quoted lower by just as much, so that adjusted prices and volumes stay the same
    throughout: whoever held has what they had.
    """
    is_later = panel.session > last_session
    at = np.flatnonzero(is_later & ~np.append(False, is_later[:-1]) | _is_first_row(panel) & is_later)
    at = at[~_is_first_row(panel)[at]]  # a symbol that begins later has no past to restate
    changed = np.isin(panel.code, panel.code[at]) & is_later
    factor = np.where(changed, (1.0 - _DIVIDEND_SHARE) / _SPLIT, 1.0)
    columns = {name: getattr(panel, name) * factor for name in ("open", "high", "low", "close", "dividend")}
    columns["dividend"][at] += (panel.close[at] + panel.dividend[at]) * _DIVIDEND_SHARE / _SPLIT
    split = panel.split.copy()
    split[at] *= _SPLIT
    shares = np.where(changed, _SPLIT, 1.0)
    return replace(
        panel,
        **columns,
        split=split,
        volume=panel.volume * shares,
        gross_growth=panel.gross_growth / factor,
        share_growth=panel.share_growth * shares,
    )


def _is_first_row(panel: PricePanel) -> np.ndarray:
    is_first = np.zeros(panel.n_rows, dtype=bool)
    is_first[panel.starts[:-1]] = True
    return is_first


def _first_change(
    panel: PricePanel, whole: FeaturePanel, other: FeaturePanel, name: str, rows: np.ndarray
) -> str | None:
    before, after = whole.column(name)[rows], other.column(name)[rows]
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    same |= np.abs(before - after) <= _TOLERANCE * np.maximum(1.0, np.abs(before))
    if same.all():
        return None
    at = int(np.flatnonzero(~same)[0])
    row = int(rows[at])
    symbol = panel.symbols[panel.code[row]]
    return f"{name} of {symbol} on {panel.session[row]}: {before[at]:.6g}, then {after[at]:.6g}"
