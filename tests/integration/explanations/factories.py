"""Explanations with made-up figures."""

from datetime import date, timedelta

import numpy as np

from models.domain.explanations import Explanation, Method


def explanation(symbol="AAPL", session=date(2024, 3, 1), model_id=1, seed=0, **changes):
    """An explanation of three features over four days by two heads; one value is not known."""
    rng = np.random.default_rng(seed)
    names = ("rsi_14", "volatility_20", "return_5")
    by_day = rng.normal(size=(4, 3)).astype(np.float32)
    fields = {
        "symbol": symbol,
        "session": session,
        "model_id": model_id,
        "model_hash": "a" * 64,
        "method": Method.INTEGRATED_GRADIENTS,
        "baseline": "every feature at its training median",
        "class_names": ("Down", "Neutral", "Up"),
        "shown_class": "Up",
        "output": 0.3,
        "base_output": -0.1,
        "additivity_error": 1e-6,
        "probabilities": np.array([0.2, 0.3, 0.5]),
        "base_probabilities": np.array([0.3, 0.4, 0.3]),
        "feature_names": names,
        "values": np.array([0.71, np.nan, 0.02]),
        "percentiles": np.array([0.92, np.nan, 0.55]),
        "attributions": by_day.sum(axis=0).astype(np.float64),
        "standard_errors": np.zeros(3),
        "window": tuple(session - timedelta(days=back) for back in (3, 2, 1, 0)),
        "scaled_days": np.array([[1.5, np.nan, 0.4]] * 4, dtype=np.float32),
        "is_filled": np.array([False, True, False, False]),
        "day_attributions": by_day,
        "family_attributions": {"momentum": 0.5, "volatility": -0.1},
        "family_error": 0.0,
        "attention": rng.dirichlet(np.ones(4), size=2).astype(np.float32),
        "sentences": ("RSI 71 is high: pushes towards Up by 0.08",),
    }
    return Explanation(**{**fields, **changes})
