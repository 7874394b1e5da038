"""Value at risk and expected shortfall of simulated or historical outcomes, and how exact they are."""

import numpy as np

from models.domain.errors import InsufficientHistoryError
from models.domain.risk import Estimate


def value_at_risk(returns: np.ndarray, confidence: float = 0.95) -> float:
    """Smallest loss that at least ``confidence`` of the outcomes do not exceed.

    Parameters
    ----------
    returns : float64 array, shape (n_outcomes,)
        Simple returns over one horizon, as fractions. No NaN.
    confidence : float
        Strictly between 0.5 and 1.

    Returns
    -------
    float
        Loss as a fraction of value; negative where even that outcome gains.

    Raises
    ------
    InsufficientHistoryError
        If the tail holds less than one outcome.
    """
    losses = _losses(returns)
    whole = int(_tail_size(losses.size, confidence))
    return float(losses[min(whole, losses.size - 1)])


def expected_shortfall(returns: np.ndarray, confidence: float = 0.95) -> float:
    """Average loss over the worst ``1 - confidence`` share of outcomes.

    Parameters
    ----------
    returns : float64 array, shape (n_outcomes,)
        Simple returns over one horizon, as fractions. No NaN.
    confidence : float
        Strictly between 0.5 and 1.

    Returns
    -------
    float
        Loss as a fraction of value; negative when even the tail gains.

    Raises
    ------
    InsufficientHistoryError
        If the tail holds less than one outcome.

    References
    ----------
    Rockafellar and Uryasev (2002), J. Banking & Finance 26, scenario case.
    """
    losses = _losses(returns)
    tail_size = _tail_size(losses.size, confidence)
    whole = min(int(tail_size), losses.size - 1)
    edge = (tail_size - whole) * losses[whole]
    return float((losses[:whole].sum() + edge) / tail_size)


def estimate_value_at_risk(returns: np.ndarray, confidence: float) -> Estimate:
    """Return ``value_at_risk`` with its standard error.

    Parameters
    ----------
    returns : float64 array, shape (n_outcomes,)
        Independent outcomes.
    confidence : float

    Returns
    -------
    Estimate
        The error is half the distance between the order statistics one binomial deviation to either side: no
        density has to be estimated.

    References
    ----------
    David and Nagaraja (2003), Order Statistics, section 7.1.
    """
    losses = _losses(returns)
    tail_size = _tail_size(losses.size, confidence)
    value = losses[min(int(tail_size), losses.size - 1)]
    spread = np.sqrt(losses.size * confidence * (1.0 - confidence))
    ends = np.clip([tail_size - spread, tail_size + spread], 0, losses.size - 1)
    above, below = np.interp(ends, np.arange(losses.size), losses)
    return Estimate(float(value), float(above - below) / 2.0)


def estimate_expected_shortfall(returns: np.ndarray, confidence: float) -> Estimate:
    """Return ``expected_shortfall`` with its standard error.

    Parameters
    ----------
    returns : float64 array, shape (n_outcomes,)
        Independent outcomes.
    confidence : float

    Returns
    -------
    Estimate
        The error follows from the mean of what lies beyond VaR; VaR's own falls out to first order.

    References
    ----------
    Chen (2008), Journal of Financial Econometrics 6.
    """
    threshold = value_at_risk(returns, confidence)
    beyond = np.maximum(-returns - threshold, 0.0)
    error = beyond.std(ddof=1) / (np.sqrt(returns.size) * (1.0 - confidence))
    return Estimate(expected_shortfall(returns, confidence), float(error))


def estimate_probability(happened: np.ndarray) -> Estimate:
    """Return the share of outcomes in which something happened, bool array, shape (n_outcomes,).

    Returns
    -------
    Estimate
        With two of each added for the error, so that what never happened is not taken as impossible.
    """
    n = happened.size
    centre = (float(happened.sum()) + 2.0) / (n + 4.0)
    return Estimate(float(happened.mean()), float(np.sqrt(centre * (1.0 - centre) / (n + 4.0))))


def estimate_mean(values: np.ndarray) -> Estimate:
    """Return the mean of independent values, float64, shape (n_outcomes,), and its standard error."""
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)))


def _losses(returns: np.ndarray) -> np.ndarray:
    return np.sort(-returns)[::-1]


def _tail_size(n_outcomes: int, confidence: float) -> float:
    tail_size = round((1.0 - confidence) * n_outcomes, 9)
    if tail_size < 1.0:
        raise InsufficientHistoryError(f"{n_outcomes} outcomes leave no tail at {confidence}")
    return tail_size
