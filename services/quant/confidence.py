"""How often signals like this one were right: a logistic fit over those that had matured by then."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from models.domain.market import PricePanel
from models.domain.signals import SCORE_BINS, MaturedCounts
from services.quant.confluence import score_bins

MIN_SIGNALS = 500
MIN_SESSIONS = 250
_MAX_STEPS = 50


@dataclass(frozen=True, eq=False)
class Confidence:
    """Arrays of shape (n_signals,); NaN, and n = 0, where there is none.

    ``probability``: that the return has the label's sign. ``base_rate``: share of the matured signals whose
    return had that sign. ``n``: how many had matured.
    """

    probability: np.ndarray
    base_rate: np.ndarray
    n: np.ndarray


def forward_returns(panel: PricePanel, horizon_sessions: int) -> np.ndarray:
    """Return the total return from the next session's open to the close ``horizon_sessions`` after.

    Returns
    -------
    float64 array, shape (panel.n_rows,)
        Simple returns; NaN where the symbol's bars do not reach that far.
    """
    row = np.arange(panel.n_rows)
    end = panel.starts[1:][panel.code]
    has_future = row + horizon_sessions < end
    entry = np.where(has_future, row + 1, row)
    leave = np.where(has_future, row + horizon_sessions, row)
    bought = panel.open[entry] * panel.gross_growth[entry]
    sold = panel.close[leave] * panel.gross_growth[leave]
    return np.where(has_future, sold / bought - 1.0, np.nan)


def calibrated_confidence(
    session: np.ndarray,
    matured_on: np.ndarray,
    confluence: np.ndarray,
    forward_return: np.ndarray,
    direction: np.ndarray,
    before: MaturedCounts | None = None,
) -> Confidence:
    """Fit P(up | confluence) at each session on the signals that had matured by its close.

    Parameters
    ----------
    session, matured_on : datetime64[D] array, shape (n_signals,)
        Day of the signal, and the day from whose close its return is known (NaT: not yet).
    confluence : float64 array
        In [0, 1], no NaN.
    forward_return : float64 array
        NaN where it is not known yet. Returns of exactly 0 have no sign and are left out.
    direction : int array
        +1 for a buy, -1 for a sell, 0 for a hold, which has no confidence.
    before : MaturedCounts, optional
        What had matured earlier; of the arrays, only what matured after it is added.
    """
    before = before or MaturedCounts.none()
    n_signals = session.size
    result = Confidence(
        np.full(n_signals, np.nan), np.full(n_signals, np.nan), np.zeros(n_signals, dtype=int)
    )
    bins = score_bins(confluence)
    ups, totals = before.ups.copy(), before.totals.copy()
    by_maturity = _matured_after(before.through, matured_on, forward_return)
    maturity = matured_on[by_maturity]
    first_seen = before.n_sessions + _running_count(session[by_maturity])
    n_before = int(before.totals.sum())
    directed = np.flatnonzero(direction)
    directed = directed[np.argsort(session[directed], kind="stable")]
    days, begins = np.unique(session[directed], return_index=True)
    n_known, coefficients = 0, np.zeros(2)
    for day, rows in zip(days, np.split(directed, begins)[1:], strict=True):
        n_now = int(np.searchsorted(maturity, day, side="right"))
        fresh = by_maturity[n_known:n_now]
        np.add.at(totals, bins[fresh], 1.0)
        np.add.at(ups, bins[fresh], forward_return[fresh] > 0.0)
        n_known = n_now
        n_sessions = first_seen[n_now - 1] if n_now else before.n_sessions
        if n_before + n_now < MIN_SIGNALS or n_sessions < MIN_SESSIONS:
            continue
        fitted = fit_logistic(ups, totals, coefficients)
        if fitted is None:
            continue
        coefficients = fitted
        _fill(result, rows, direction, confluence, coefficients, ups.sum() / totals.sum(), n_before + n_now)
    return result


def count_matured(
    through: np.datetime64,
    session: np.ndarray,
    matured_on: np.ndarray,
    confluence: np.ndarray,
    forward_return: np.ndarray,
    before: MaturedCounts | None = None,
) -> MaturedCounts:
    """Add up what had matured by the close of ``through``; arrays as for ``calibrated_confidence``."""
    before = before or MaturedCounts.none()
    rows = _matured_after(before.through, matured_on, forward_return)
    rows = rows[matured_on[rows] <= through]
    ups, totals = before.ups.copy(), before.totals.copy()
    bins = score_bins(confluence[rows])
    np.add.at(totals, bins, 1.0)
    np.add.at(ups, bins, forward_return[rows] > 0.0)
    return MaturedCounts(through, before.n_sessions + np.unique(session[rows]).size, ups, totals)


def _matured_after(moment: np.datetime64, matured_on: np.ndarray, forward_return: np.ndarray) -> np.ndarray:
    """Return the rows whose return has a sign and was known after ``moment``, in the order of that day."""
    usable = np.isfinite(forward_return) & (forward_return != 0.0) & (matured_on > moment)
    return np.flatnonzero(usable)[np.argsort(matured_on[usable], kind="stable")]


def _fill(
    result: Confidence,
    rows: np.ndarray,
    direction: np.ndarray,
    confluence: np.ndarray,
    coefficients: np.ndarray,
    base_up: float,
    n_matured: int,
) -> None:
    up = expit(coefficients[0] + coefficients[1] * (confluence[rows] - 0.5))
    buys = direction[rows] > 0
    result.probability[rows] = np.where(buys, up, 1.0 - up)
    result.base_rate[rows] = np.where(buys, base_up, 1.0 - base_up)
    result.n[rows] = n_matured


def _running_count(values: np.ndarray) -> np.ndarray:
    """Return, for each place, how many different values stand up to it."""
    is_first = np.zeros(values.size, dtype=int)
    is_first[np.unique(values, return_index=True)[1]] = 1
    return np.cumsum(is_first)


def fit_logistic(ups: np.ndarray, totals: np.ndarray, start: np.ndarray) -> np.ndarray | None:
    """Return intercept and slope of P(up) on (confluence - 0.5) by maximum likelihood.

    Parameters
    ----------
    ups, totals : float64 array, shape (SCORE_BINS,)
        Signals that rose, and all of them, by confluence at three decimals.
    start : float64 array, shape (2,)
        Where Newton's method begins.

    Returns
    -------
    float64 array, shape (2,), or None
        None where the likelihood has no maximum (one class only, one confluence only, or separable).
    """
    used = totals > 0
    if used.sum() < 2 or ups.sum() in {0.0, totals.sum()}:
        return None
    x = np.flatnonzero(used) / (SCORE_BINS - 1) - 0.5
    n, k = totals[used], ups[used]
    design = np.stack([np.ones_like(x), x])
    coefficients = start.astype(float).copy()
    for _ in range(_MAX_STEPS):
        p = expit(coefficients @ design)
        weight = n * p * (1.0 - p)
        try:
            step = np.linalg.solve((design * weight) @ design.T, design @ (k - n * p))
        except np.linalg.LinAlgError:
            return None
        if np.abs(step).max() < 1e-10:
            return coefficients + step
        coefficients += _shortened(step, coefficients, design, n, k)
    return None


def _shortened(
    step: np.ndarray, coefficients: np.ndarray, design: np.ndarray, n: np.ndarray, k: np.ndarray
) -> np.ndarray:
    """Return Newton's step, halved until it does not lower the likelihood."""
    reached = _log_likelihood(coefficients @ design, n, k)
    enough = reached - 1e-12 * abs(reached)  # at the top rounding decides
    for _ in range(_MAX_STEPS):
        if _log_likelihood((coefficients + step) @ design, n, k) >= enough:
            break
        step = step / 2.0
    return step


def _log_likelihood(logit: np.ndarray, n: np.ndarray, k: np.ndarray) -> float:
    return -float(k @ np.logaddexp(0.0, -logit) + (n - k) @ np.logaddexp(0.0, logit))
