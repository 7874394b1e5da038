"""Which symbols and sectors a book's loss comes from."""

import numpy as np

from models.domain.risk import Contribution

BAND = 0.005  # scenarios whose loss is within this fraction of VaR
MIN_SCENARIOS = 30
_NOTHING = 1e-12


def component_losses(
    outcomes: np.ndarray, growth: np.ndarray, weights: np.ndarray, value_at_risk: float
) -> tuple[np.ndarray, bool]:
    """Return each symbol's part of VaR: its mean loss over the scenarios within 0.5 % of VaR.

    Parameters
    ----------
    outcomes : float64 array, shape (n_scenarios,)
        Simple returns of the book, those around VaR among them.
    growth : float64 array, shape (n_scenarios, n_symbols)
        What a unit of each symbol became.
    weights : float64 array, shape (n_symbols,)
    value_at_risk : float

    Returns
    -------
    float64 array, shape (n_symbols,)
        Rescaled, so that they add up to VaR.
    bool
        Whether fewer than 30 scenarios were that near, and the 30 nearest were taken instead.

    References
    ----------
    Tasche (2000), Risk contributions and performance measurement: the Euler allocation of a quantile is the
    expected loss given that the book loses just that.
    """
    distance = np.abs(-outcomes - value_at_risk)
    near = distance <= BAND * abs(value_at_risk)
    is_widened = int(near.sum()) < MIN_SCENARIOS
    if is_widened:
        n_near = min(MIN_SCENARIOS, outcomes.size)
        near = np.zeros(outcomes.size, dtype=bool)
        near[np.argpartition(distance, n_near - 1)[:n_near]] = True
    return rescaled(_losses(growth[near], weights), value_at_risk, weights), is_widened


def component_shortfalls(
    outcomes: np.ndarray, growth: np.ndarray, weights: np.ndarray, value_at_risk: float, shortfall: float
) -> np.ndarray:
    """Return each symbol's part of expected shortfall: its mean loss where the book loses VaR or more.

    Returns
    -------
    float64 array, shape (n_symbols,)
        Rescaled, so that they add up to ``shortfall``.
    """
    beyond = -outcomes >= value_at_risk
    return rescaled(_losses(growth[beyond], weights), shortfall, weights)


def _losses(growth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(-weights * (growth.mean(axis=0) - 1.0))


def rescaled(parts: np.ndarray, total: float, weights: np.ndarray) -> np.ndarray:
    """Return parts that add up to a total.

    Where they nearly cancel out, a factor would blow them up: then what is missing is spread by the weights.
    """
    found = float(parts.sum())
    size = float(np.abs(parts).sum())
    if abs(found) > 0.05 * size and found * total > 0.0:
        parts = parts * (total / found)
    gross = np.abs(weights)
    # What is left is rounding, or all of it where no factor would do.
    return np.asarray(parts + (total - parts.sum()) * gross / max(float(gross.sum()), _NOTHING))


def by_symbol(
    symbols: tuple[str, ...], weights: np.ndarray, component_var: np.ndarray, component_es: np.ndarray
) -> tuple[Contribution, ...]:
    """Return what each symbol adds, the largest part of VaR first."""
    marginal = np.divide(component_var, weights, out=np.zeros_like(weights), where=np.abs(weights) > _NOTHING)
    columns = (weights.tolist(), component_var.tolist(), marginal.tolist(), component_es.tolist())
    found = [Contribution(*row) for row in zip(symbols, *columns, strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.component_var, one.name)))


def by_sector(
    sectors: tuple[str, ...], weights: np.ndarray, component_var: np.ndarray, component_es: np.ndarray
) -> tuple[Contribution, ...]:
    """Return what each sector adds, the largest part of VaR first."""
    names = sorted(set(sectors))
    place = np.array([names.index(sector) for sector in sectors], dtype=np.int64)
    weight, var, shortfall = (
        np.bincount(place, values, len(names)) for values in (weights, component_var, component_es)
    )
    return by_symbol(tuple(names), weight, var, shortfall)
