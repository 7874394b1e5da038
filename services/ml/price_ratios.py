"""The price features of published movement-prediction benchmarks, and samples made of them."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pandas as pd

from models.domain.errors import InsufficientHistoryError
from models.domain.protocols import Protocol
from services.ml.samples import Samples

_MEANS = (5, 10, 15, 20, 25, 30)
PRICE_RATIO_NAMES = ("open", "high", "low", "close", "adj_close", *(f"mean_{n}" for n in _MEANS))


def price_ratios(bars: pd.DataFrame) -> np.ndarray:
    """Return 11 ratios of a symbol's prices, in per cent.

    Parameters
    ----------
    bars : DataFrame
        One symbol's open, high, low, close, adj_close, oldest first. No NaN.

    Returns
    -------
    float32 array, shape (n_sessions, 11)
        Open, high and low against the close; close and adjusted close against those of the session before;
        means of the last 5 to 30 adjusted closes against the adjusted close. NaN before the 30th session.

    References
    ----------
    Feng et al. (2019), Enhancing Stock Movement Prediction with Adversarial Training, IJCAI, table 1.
    """
    close, adjusted = bars["close"].to_numpy(np.float64), bars["adj_close"].to_numpy(np.float64)
    columns = [bars[name].to_numpy(np.float64) / close - 1.0 for name in ("open", "high", "low")]
    columns += [np.append(np.nan, prices[1:] / prices[:-1] - 1.0) for prices in (close, adjusted)]
    columns += [bars["adj_close"].rolling(n).mean().to_numpy() / adjusted - 1.0 for n in _MEANS]
    return np.asarray(100.0 * np.column_stack(columns), dtype=np.float32)


FEATURE_SETS: Mapping[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], np.ndarray]]] = MappingProxyType(
    {"price_ratios_11": (PRICE_RATIO_NAMES, price_ratios)}
)


def protocol_samples(bars: pd.DataFrame, protocol: Protocol) -> Samples:
    """Return the samples of a protocol's train, validation and test sessions.

    Parameters
    ----------
    bars : DataFrame
        symbol, session, open, high, low, close, adj_close, sorted by symbol and session. Rows with a NaN
        are left out, so that windows reach over them.
    protocol : Protocol

    Returns
    -------
    Samples
        ``sessions`` are those of the return that is to be predicted, ``places`` the bar before it.

    Raises
    ------
    InsufficientHistoryError
        If no sample is left.
    """
    needed = ["symbol", "session", "open", "high", "low", "close", "adj_close"]
    bars = bars.loc[~bars["symbol"].isin(protocol.drop_symbols), needed].dropna().reset_index(drop=True)
    names, compute = FEATURE_SETS[protocol.feature_set]
    codes = pd.factorize(bars["symbol"])[0]
    starts = np.flatnonzero(np.diff(codes, prepend=-1, append=codes.max(initial=0) + 1))
    features = np.full((len(bars), len(names)), np.nan, dtype=np.float32)
    for first, last in pairwise(starts.tolist()):
        features[first:last] = compute(bars.iloc[first:last])
    adjusted, session = bars["adj_close"].to_numpy(), bars["session"].to_numpy("datetime64[D]")
    moved = np.append(np.nan, adjusted[1:] / adjusted[:-1] - 1.0)
    moved[starts[:-1]] = np.nan
    places = _window_ends(features, starts, protocol.window_sessions)
    target = places + 1
    first_day, last_day = np.datetime64(protocol.train_from, "D"), np.datetime64(protocol.test_to, "D")
    is_used = (session[target] >= first_day) & (session[target] <= last_day)
    is_used &= (moved[target] >= protocol.up_from) | (moved[target] <= protocol.down_to)
    places, target = places[is_used], target[is_used]
    if places.size == 0:
        raise InsufficientHistoryError(
            f"No sample of protocol {protocol.name} is in these {len(bars):,} bars: it needs sessions from "
            f"{protocol.train_from} to {protocol.test_to}, and the data have "
            + (f"{session.min()} to {session.max()}" if len(bars) else "none")
        )
    return Samples(
        features=features,
        feature_names=names,
        class_names=("Down", "Up"),
        window_sessions=protocol.window_sessions,
        source=np.arange(len(bars)),
        places=places,
        labels=(moved[target] >= protocol.up_from).astype(np.int8),
        sessions=session[target],
        label_ends=session[target],
        symbols=codes[places].astype(np.int32),
        last_return=moved[places],
    )


def _window_ends(features: np.ndarray, starts: np.ndarray, window_sessions: int) -> np.ndarray:
    """Return the rows that end a whole window of known features and have a session after them."""
    known = np.isfinite(features).all(axis=1)
    ends = []
    for first, last in pairwise(starts.tolist()):
        run = np.convolve(known[first:last], np.ones(window_sessions, dtype=int))[: last - first]
        ends.append(first + np.flatnonzero(run[:-1] == window_sessions))
    return np.concatenate(ends) if ends else np.empty(0, dtype=np.int64)
