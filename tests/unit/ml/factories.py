"""Samples with a known signal, and prices to make samples of."""

import numpy as np
import pandas as pd

from services.ml.samples import Samples


def planted_samples(
    seed=0, n_sessions=300, n_symbols=20, n_features=6, strength=1.0, n_classes=3, window_sessions=4
):
    """Samples whose class follows the first feature of the newest session; the other features are noise."""
    rng = np.random.default_rng(seed)
    n_rows = n_sessions * n_symbols
    features = rng.normal(size=(n_rows, n_features)).astype(np.float32)
    score = strength * features[:, 0] + rng.normal(size=n_rows)
    edges = [0.0] if n_classes == 2 else [-0.6, 0.6]
    labels = np.digitize(score, edges).astype(np.int8)
    day = np.tile(np.arange(n_sessions), n_symbols)
    symbols = np.repeat(np.arange(n_symbols), n_sessions).astype(np.int32)
    usable = day >= window_sessions - 1
    sessions = np.datetime64("2010-01-04") + day
    return Samples(
        features=features,
        feature_names=tuple(f"feature_{number}" for number in range(n_features)),
        class_names=("Down", "Up") if n_classes == 2 else ("Down", "Neutral", "Up"),
        window_sessions=window_sessions,
        source=np.arange(n_rows),
        places=np.flatnonzero(usable),
        labels=labels[usable],
        sessions=sessions[usable],
        label_ends=sessions[usable] + 5,
        symbols=symbols[usable],
        last_return=rng.normal(size=n_rows)[usable],
    )


def thirds(samples):
    """Train, validation and test by date."""
    days = np.unique(samples.sessions)
    first, second = days[days.size // 2], days[3 * days.size // 4]
    return (
        samples.take(samples.sessions < first),
        samples.take((samples.sessions >= first) & (samples.sessions < second)),
        samples.take(samples.sessions >= second),
    )


def price_rows(seed=0, symbols=("AAA", "BBB"), n_sessions=60, start="2014-01-02"):
    """Random prices by the columns of bars."""
    rng = np.random.default_rng(seed)
    frames = []
    for symbol in symbols:
        close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, n_sessions)))
        frames.append(
            pd.DataFrame(
                {
                    "symbol": symbol,
                    "session": pd.bdate_range(start, periods=n_sessions),
                    "open": close * 1.001,
                    "high": close * 1.01,
                    "low": close * 0.99,
                    "close": close,
                    "volume": 1000.0,
                    "adj_close": close * 0.9,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
