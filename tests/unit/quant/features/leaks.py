"""Features that cheat, each in one of the known ways, for the checks to find.

A leak takes a panel and its context and returns one value a row, as a careless author would compute it.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.signal import filtfilt, savgol_filter

from services.quant.features.compute import FeaturePanel

_PRICES = ("open", "high", "low", "close")


@lru_cache(maxsize=1)
def _frames(panel):
    """Return rows and adjusted prices of each symbol; every leak looks at the same ones."""
    frames = []
    for first, last in pairwise(panel.starts.tolist()):
        gross = panel.gross_growth[first:last]
        frame = pd.DataFrame({name: getattr(panel, name)[first:last] * gross for name in _PRICES})
        frame["volume"] = panel.volume[first:last] / panel.share_growth[first:last]
        frame["dividend"] = panel.dividend[first:last] * gross
        frame["session"] = pd.DatetimeIndex(panel.session[first:last])
        frame["return"] = frame["close"].pct_change()
        frames.append((slice(first, last), frame))
    return frames


def by_symbol(function):
    """Turn a function of one symbol's frame into a leak."""

    def compute(panel, context):
        values = np.full(panel.n_rows, np.nan)
        for rows, frame in _frames(panel):
            values[rows] = np.asarray(function(frame), dtype=float)
        return values

    return compute


def _returns(panel):
    return by_symbol(lambda f: f["return"])(panel, None)


def _reports(frame):
    """Something that is known on every tenth session alone."""
    return frame["return"].rolling(10).sum().where(np.arange(len(frame)) % 10 == 9)


def _pooled_rank(panel, context):
    return pd.Series(_returns(panel)).rank(pct=True).to_numpy()


def _principal_component(panel, context):
    sessions, position = np.unique(panel.session, return_inverse=True)
    table = np.zeros((sessions.size, len(panel.symbols)))
    table[position, panel.code] = np.nan_to_num(_returns(panel))
    loadings = np.linalg.svd(table - table.mean(axis=0), full_matrices=False)[2][0]
    return (table @ loadings * np.sign(loadings.sum()))[position]


def _beta_of_everything(panel, context):
    returns = pd.Series(_returns(panel))
    market = returns.groupby(panel.session).transform("mean")
    values = np.full(panel.n_rows, np.nan)
    for first, last in pairwise(panel.starts.tolist()):
        own = pd.DataFrame({"r": returns[first:last], "m": market[first:last]}).dropna()
        values[first:last] = (
            returns[first:last] - own["r"].cov(own["m"]) / own["m"].var() * market[first:last]
        )
    return values


def _as_of_today(panel, context):
    """Prices as a vendor shows them today: every later dividend and split has gone into them."""
    return np.log(panel.close * panel.gross_growth / panel.gross_growth[panel.starts[1:] - 1][panel.code])


def _shares_of_today(panel, context):
    return panel.share_growth[panel.starts[1:] - 1][panel.code] / panel.share_growth


def _rank_among_survivors(panel, context):
    last = panel.starts[1:] - 1
    survives = context.is_member[last] & (panel.session[last] == panel.session.max())
    returns = pd.Series(_returns(panel)).where(survives[panel.code])
    return returns.groupby(panel.session).rank(pct=True).to_numpy()


def _one_session_ahead(series, panel):
    close = pd.Series(series.close, pd.DatetimeIndex(series.session)).pct_change(fill_method=None).shift(-1)
    return close.reindex(pd.DatetimeIndex(panel.session)).to_numpy()


def _target_by_weekday(panel, context):
    following = by_symbol(lambda f: f["close"].shift(-1) / f["close"] - 1.0)(panel, None)
    return pd.Series(following).groupby(pd.DatetimeIndex(panel.session).day_of_week).transform("mean")


def _target_by_symbol(panel, context):
    following = by_symbol(lambda f: f["close"].shift(-1) / f["close"] - 1.0)(panel, None)
    return pd.Series(following).groupby(panel.code).transform("mean")


def _low_pass(frame):
    spectrum = np.fft.rfft(frame["close"])
    spectrum[max(2, spectrum.size // 10) :] = 0.0
    return frame["close"] / np.fft.irfft(spectrum, len(frame)) - 1.0


def _both_ways(frame):
    if len(frame) < 13:
        return np.full(len(frame), np.nan)
    return frame["close"] / filtfilt([0.2], [1.0, -0.8], frame["close"]) - 1.0


def _polynomial(frame):
    if len(frame) < 21:
        return np.full(len(frame), np.nan)
    return savgol_filter(frame["return"].fillna(0.0), 21, 2)


def _week_from_monday(frame):
    week = frame["session"].dt.to_period("W")
    return frame["close"] / frame.groupby(week)["close"].transform("last") - 1.0


def _month_from_the_first(frame):
    return frame.groupby(frame["session"].dt.to_period("M"))["return"].transform("mean")


def _high_of_the_year(frame):
    return frame["close"] / frame.groupby(frame["session"].dt.year)["high"].transform("max") - 1.0


def _quantile_clipped(frame):
    low, high = frame["return"].quantile([0.1, 0.9])
    return frame["return"].clip(low, high)


def _imputed(frame):
    return frame["return"].rolling(20).mean().fillna(frame["return"].mean())


def adjusted_level(panel, context):
    """Return the adjusted close as the panel has it: no leak where growth runs forward from the start."""
    return np.log(panel.close * panel.gross_growth)


FUTURE = {
    "centred average": by_symbol(lambda f: f["close"] / f["close"].rolling(11, center=True).mean() - 1.0),
    "negative shift": by_symbol(lambda f: f["return"].shift(-1)),
    "open of the next session": by_symbol(lambda f: f["open"].shift(-1) / f["close"] - 1.0),
    "volatility of the next 20 sessions": by_symbol(lambda f: f["return"][::-1].rolling(20).std()[::-1]),
    "window that holds the horizon": by_symbol(
        lambda f: f["close"] / f["close"].rolling(65, min_periods=1).mean().shift(-5) - 1.0
    ),
    "label that has not matured": by_symbol(lambda f: (f["close"].shift(-5) / f["close"] - 1.0).shift(2)),
    "backfilled gaps": by_symbol(lambda f: _reports(f).bfill()),
    "backfilled warm-up": by_symbol(lambda f: f["return"].rolling(20).mean().bfill()),
    "interpolated gaps": by_symbol(lambda f: _reports(f).interpolate()),
    "scaled by the full period": by_symbol(lambda f: (f["return"] - f["return"].mean()) / f["return"].std()),
    "full-period minimum and maximum": by_symbol(
        lambda f: (f["close"] - f["close"].min()) / (f["close"].max() - f["close"].min())
    ),
    "rank in the full period": by_symbol(lambda f: f["return"].rank(pct=True)),
    "rank over all sessions": _pooled_rank,
    "mean of the full period for the missing": by_symbol(_imputed),
    "clipped at full-period quantiles": by_symbol(_quantile_clipped),
    "scaled to full-period volatility": by_symbol(lambda f: f["return"] / f["return"].std()),
    "beta of the full period": _beta_of_everything,
    "principal component of the full period": _principal_component,
    "restated adjustment": _as_of_today,
    "split before its day": _shares_of_today,
    "dividend before its day": by_symbol(lambda f: f["dividend"].shift(-1) / f["close"]),
    "lagging span": by_symbol(lambda f: f["close"].shift(-26) / f["close"] - 1.0),
    "detrended price oscillator": by_symbol(
        lambda f: (f["close"].shift(11) - f["close"].rolling(20).mean()).shift(-11) / f["close"]
    ),
    "filter run both ways": by_symbol(_both_ways),
    "polynomial fitted around": by_symbol(_polynomial),
    "smoothing from the end": by_symbol(
        lambda f: f["close"] / f["close"][::-1].ewm(span=10).mean()[::-1] - 1.0
    ),
    "low pass over everything": by_symbol(_low_pass),
    "turning points": by_symbol(lambda f: f["close"] == f["close"].rolling(11, center=True).max()),
    "week known on Monday": by_symbol(_week_from_monday),
    "month known on the first": by_symbol(_month_from_the_first),
    "high of the calendar year": by_symbol(_high_of_the_year),
    "rank among survivors": _rank_among_survivors,
    "benchmark of the next session": lambda panel, context: _one_session_ahead(context.benchmark, panel),
    "VIX of the next session": lambda panel, context: _one_session_ahead(context.vix, panel),
    "target by weekday": _target_by_weekday,
    "target by symbol": _target_by_symbol,
}
LISTING = {"sessions left": by_symbol(lambda f: np.arange(len(f))[::-1])}
START = {
    "change since the first bar": by_symbol(lambda f: f["close"] / f["close"].iloc[0] - 1.0),
    "mean of all that was": by_symbol(lambda f: f["return"].expanding().mean()),
    "volume summed up": by_symbol(lambda f: (np.sign(f["return"].fillna(0.0)) * f["volume"]).cumsum() / 1e4),
}
UNIT = {
    "price level": lambda panel, context: panel.close,
    "traded money": lambda panel, context: np.log(panel.close * panel.volume),
}
ORDER = {"place in the list": lambda panel, context: panel.code / len(panel.symbols)}
OUTSIDERS = {
    "rank among all there are": lambda panel, context: (
        pd.Series(_returns(panel)).groupby(panel.session).rank(pct=True).to_numpy()
    )
}


def hindsight_table(panel, context):
    """Return a leak that looks its values up in a table filled once, with everything known."""
    values = by_symbol(lambda f: f["return"].shift(-1))(panel, context)
    table = dict(zip(_keys(panel), values.tolist(), strict=True))

    def compute(panel, context):
        return np.array([table[key] for key in _keys(panel)])

    return compute


def _keys(panel):
    return list(zip(np.array(panel.symbols)[panel.code].tolist(), panel.session.tolist(), strict=True))


def with_leaks(compute, leaks):
    """Return the features of ``compute`` with the leaks beside them."""

    def compute_both(panel, context):
        honest = compute(panel, context)
        columns = [np.asarray(leak(panel, context), dtype=np.float32) for leak in leaks.values()]
        return FeaturePanel((*honest.names, *leaks), np.column_stack([honest.values, *columns]))

    return compute_both
