"""How large a position is meant to be."""

from collections.abc import Sequence

import numpy as np

from models.domain.portfolio import BacktestSettings, Caps, Sizing

# STRONG BUY to STRONG SELL, in parts of the weight cap (2 %).
_BY_LABEL = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
_EQUAL = np.array([1.0, 1.0, 0.0, -1.0, -1.0])
MIN_KELLY_TRADES = 200
_KELLY_PART = 4.0


def allotted_share(n_symbols: int, caps: Caps) -> float:
    """Return the part of the account that a book may use: 2 % a name, all of it from 50 names on."""
    return min(1.0, caps.weight * n_symbols)


def base_weights(
    settings: BacktestSettings, n_sessions: int, kelly_weight: np.ndarray | None = None
) -> np.ndarray:
    """Return the weight of an entry by session and label, as a fraction of the account.

    Parameters
    ----------
    settings : BacktestSettings
        Sizing, cap, and whether shorts are allowed.
    n_sessions : int
    kelly_weight : float64 array, shape (n_sessions,), optional
        Of ``kelly_weights``; needed by that sizing.

    Returns
    -------
    float64 array, shape (n_sessions, n_labels)
        Negative: sold short.
    """
    by_label = _BY_LABEL if settings.sizing is Sizing.LABEL else _EQUAL
    if not settings.allows_shorts:
        by_label = np.maximum(by_label, 0.0)
    size = np.full(n_sessions, settings.caps.weight)
    if settings.sizing is Sizing.KELLY:
        if kelly_weight is None:
            raise ValueError("Sizing by Kelly needs the weights of kelly_weights")
        size = np.minimum(kelly_weight, settings.caps.weight)
    return np.asarray(size[:, None] * by_label)


def kelly_fraction(probability: float, payoff: float) -> float:
    """Return f* = (p b - q) / b: p the share of winners, b average gain over average loss."""
    return (probability * payoff - (1.0 - probability)) / payoff


def kelly_weight(returns: Sequence[float] | np.ndarray) -> float:
    """Return f* / (4 x average loss) of net trade returns; 0 where f* is not positive.

    Parameters
    ----------
    returns : float64 array, shape (n_trades,)
        Net, as fractions of what was paid.

    Returns
    -------
    float
        A weight before caps; NaN for fewer than 200 trades. Without a loss, infinite.
    """
    known = np.asarray(returns, dtype=np.float64)
    if known.size < MIN_KELLY_TRADES:
        return float("nan")
    gains, losses = known[known > 0.0], -known[known <= 0.0]
    if gains.size == 0:
        return 0.0
    if losses.sum() == 0.0:
        return float("inf")
    fraction = kelly_fraction(gains.size / known.size, gains.mean() / losses.mean())
    return max(0.0, fraction) / (_KELLY_PART * float(losses.mean()))


def kelly_weights(closed_session: np.ndarray, returns: np.ndarray, n_sessions: int) -> np.ndarray:
    """Return the weight at each close from the trades closed by then.

    Parameters
    ----------
    closed_session : int64 array, shape (n_trades,)
        Session of the fill that closed each trade.
    returns : float64 array, shape (n_trades,)
        Net, as fractions of what was paid.

    Returns
    -------
    float64 array, shape (n_sessions,)
        0 until there are 200 trades, and where f* is not positive.
    """
    order = np.argsort(closed_session, kind="stable")
    n_known = np.searchsorted(closed_session[order], np.arange(n_sessions), side="right")
    weights = np.zeros(n_sessions)
    for n in np.unique(n_known).tolist():
        if n >= MIN_KELLY_TRADES:
            weights[n_known == n] = kelly_weight(returns[order[:n]])
    return weights
