"""Every feature once more, in pandas, window by window and day by day, straight from its definition.

It shares nothing with ``services.quant``: gaps are filled by reindexing, prices are adjusted backward, and
the standing among members is counted one by one. Recursive indicators come from TA-Lib.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
import talib

from tests.unit.quant.plain import backward_factors

YEAR = 252


def windows(panel):
    """Yield (symbol's number, its own rows, adjusted frame on the market's sessions) of each window."""
    market = pd.DatetimeIndex(np.unique(panel.session))
    for code, (first, last) in enumerate(pairwise(panel.starts.tolist())):
        names = ("open", "high", "low", "close", "volume", "dividend", "split")
        frame = pd.DataFrame({name: getattr(panel, name)[first:last] for name in names})
        factor = np.array(backward_factors(frame))
        shares = frame["split"][::-1].cumprod()[::-1].shift(-1, fill_value=1.0)
        for name in names[:4]:
            frame[name] *= factor
        frame["volume"] *= shares
        frame["row"] = np.arange(first, last)
        frame.index = pd.DatetimeIndex(panel.session[first:last])
        place = market.get_indexer(frame.index)
        edges = np.concatenate(([0], 1 + np.flatnonzero(np.diff(place) > 6), [len(frame)]))
        for begin, end in pairwise(edges.tolist()):
            own = frame.iloc[begin:end]
            sessions = market[place[begin] : place[end - 1] + 1]
            filled = own.reindex(sessions, method="ffill")
            filled["own"] = sessions.isin(own.index)
            yield code, own["row"].to_numpy(), filled


def features(panel, context):
    """Return every feature by name, float64, shape (n_rows,)."""
    sessions = pd.DatetimeIndex(np.unique(panel.session))
    parts = list(windows(panel))
    returns = pd.DataFrame(np.nan, sessions, range(len(panel.symbols)))
    for code, rows, frame in parts:
        own = frame["close"].pct_change()[frame["own"]]
        returns.loc[own.index[context.is_member[rows]], code] = own[context.is_member[rows]]
    benchmark = (
        None if context.benchmark is None else _on(context.benchmark, sessions).pct_change(fill_method=None)
    )
    result = {}
    for code, rows, frame in parts:
        peers = [j for j, s in enumerate(context.sector) if s == context.sector[code] != -1 and j != code]
        others = returns.drop(columns=code).mean(axis=1) if benchmark is None else benchmark
        sector = returns[peers].mean(axis=1)
        found = own_features(frame, others.reindex(frame.index), sector.reindex(frame.index))
        for name, values in found.items():
            column = result.setdefault(name, np.full(panel.n_rows, np.nan))
            column[rows] = np.asarray(values, dtype=float)[frame["own"].to_numpy()]
    result |= cross_section(panel, context, result)
    market = returns.mean(axis=1) if benchmark is None else benchmark
    vix = _on(context.vix, sessions)
    of_day = regime(market, vix) | calendar(sessions)
    of_day["market_breadth_50"] = _by_day(
        panel, context, result["close_to_sma_50"], lambda x: np.mean(x > 0.0)
    )
    of_day["market_dispersion_20"] = _by_day(panel, context, result["return_20"], np.std)
    place = sessions.get_indexer(pd.DatetimeIndex(panel.session))
    return result | {name: np.asarray(values, dtype=float)[place] for name, values in of_day.items()}


def _on(series, sessions):
    close = pd.Series(series.close, pd.DatetimeIndex(series.session))
    return close.reindex(sessions.union(close.index)).ffill(limit=5).reindex(sessions)


def own_features(f, market, sector):
    o, h, low, c, v = (f[name] for name in ("open", "high", "low", "close", "volume"))
    r, arrays = c.pct_change(), [f[name].to_numpy() for name in ("high", "low", "close")]
    log = np.log(c).diff()
    rsi = pd.Series(talib.RSI(arrays[2], 14), f.index) / 100.0
    macd = talib.MACD(arrays[2], 12, 26, 9)[2] if len(f) > 33 else np.full(len(f), np.nan)
    atr = pd.Series(talib.ATR(*arrays, 14), f.index)
    plus, minus = talib.PLUS_DI(*arrays, 14), talib.MINUS_DI(*arrays, 14)
    fast_k = (c - low.rolling(14).min()) / (h.rolling(14).max() - low.rolling(14).min())
    stochastic = fast_k.rolling(3).mean()
    stochastic.iloc[:17] = np.nan
    vol = {n: log.rolling(n).std() * YEAR**0.5 for n in (20, 60)}
    squares = r**2
    parkinson = 0.5 * np.log(h / low) ** 2 - (2 * np.log(2) - 1) * np.log(c / o) ** 2
    sma = {n: c.rolling(n).mean() for n in (10, 20, 50, 200)}
    band = c.rolling(20).std(ddof=0)
    middle = {n: (h.rolling(n).max() + low.rolling(n).min()) / 2.0 for n in (9, 26, 52)}
    span_a, span_b = ((middle[9] + middle[26]) / 2.0).shift(26), middle[52].shift(26)
    lower, upper = np.minimum(span_a, span_b), np.maximum(span_a, span_b)
    cloud = pd.Series(np.where(c > upper, c - upper, np.where(c < lower, c - lower, 0.0)), f.index)
    flow = ((c - low) - (h - c)) / (h - low) * v
    true_range = pd.concat([h, c.shift()], axis=1).max(axis=1) - pd.concat([low, c.shift()], axis=1).min(
        axis=1
    )
    typical = (h + low + c) / 3.0
    up, down = ((typical * v).where(m, 0.0) for m in (typical.diff() > 0.0, typical.diff() < 0.0))
    up, down = (m.rolling(14).sum().where(typical.diff(14).notna()) for m in (up, down))
    result = {f"return_{n}": c.pct_change(n) for n in (1, 5, 20, 60)}
    result |= {
        "return_252_skip_20": c.shift(20) / c.shift(252) - 1.0,
        "overnight_return": o / c.shift() - 1.0,
        "overnight_drift_20": (o / c.shift() - 1.0).rolling(20).mean(),
        "close_in_day_range": (c - low) / (h - low),
        "up_share_20": (r > 0.0).astype(float).where(r.notna()).rolling(20).mean(),
        "largest_return_20": r.rolling(20).max(),
        "rsi_14": rsi,
        "rsi_divergence_20": _place(c, 20) - _place(rsi, 20),
        "macd_histogram": macd / c,
        "roc_12": c.pct_change(12),
        "stochastic_14": stochastic,
        "volatility_20": vol[20],
        "volatility_60": vol[60],
        "garman_klass_20": np.sqrt(YEAR * parkinson.rolling(20).mean()),
        "volatility_ratio_20_60": vol[20] / vol[60],
        "volatility_of_volatility_60": vol[20].rolling(60).std(ddof=0) / vol[20].rolling(60).mean(),
        "atr_to_close": atr / c,
        "true_range_to_atr": true_range / atr,
        "bollinger_width": 4.0 * band / sma[20],
        "downside_share_60": squares.where(r < 0.0, 0.0 * r).rolling(60).sum() / squares.rolling(60).sum(),
        "skewness_60": r.rolling(60).apply(_skewness, raw=True),
        "largest_move_share_20": squares.rolling(20).max() / squares.rolling(20).sum(),
        **{f"close_to_sma_{n}": c / sma[n] - 1.0 for n in sma},
        **{
            f"sma_{n}_slope": sma[n].pct_change(k, fill_method=None)
            for n, k in ((20, 5), (50, 10), (200, 20))
        },
        "sma_50_to_sma_200": sma[50] / sma[200] - 1.0,
        "bollinger_place": (c - sma[20] + 2.0 * band) / (4.0 * band),
        "adx_14": talib.ADX(*arrays, 14) / 100.0,
        "directional_balance_14": (plus - minus) / (plus + minus),
        "ichimoku_conversion_to_base": (middle[9] - middle[26]) / c,
        "close_to_ichimoku_cloud": (cloud / c).where(span_b.notna()),
        "ichimoku_cloud_width": (span_a - span_b) / c,
        "distance_from_high_252": c / h.rolling(252).max() - 1.0,
        "distance_from_low_252": c / low.rolling(252).min() - 1.0,
        "efficiency_60": np.log(c / c.shift(60)).abs() / log.abs().rolling(60).sum(),
        "relative_volume_20": v / v.rolling(20).mean(),
        "volume_ratio_5_60": v.rolling(5).mean() / v.rolling(60).mean(),
        "volume_variation_20": v.rolling(20).std(ddof=0) / v.rolling(20).mean(),
        "obv_slope_20": (np.sign(c.diff()) * v).rolling(20).sum() / v.rolling(20).sum(),
        "money_flow_20": flow.rolling(20).sum() / v.rolling(20).sum(),
        "mfi_14": up / (up + down),
        "price_volume_correlation_20": r.rolling(20).corr(v),
        "illiquidity_ratio_20_120": (r.abs().rolling(20).mean() / (c * v).rolling(20).mean())
        / (r.abs().rolling(120).mean() / (c * v).rolling(120).mean()),
        "return_20_less_market": c.pct_change(20) - _product(market, 20),
        **{f"return_{n}_less_sector": c.pct_change(n) - _product(sector, n) for n in (5, 20, 60)},
        "sector_return_20_less_market": (_product(sector, 20) - _product(market, 20)).where(
            c.shift(20).notna()
        ),
    }
    for name, other in (("market", market), ("sector", sector)):
        # pandas skips pairs with a missing value; here such a window has no value
        both = other.rolling(60).count() == 60
        result[f"beta_{name}_60"] = (r.rolling(60).cov(other) / other.rolling(60).var()).where(both)
        result[f"correlation_{name}_60"] = r.rolling(60).corr(other).where(both)
    return result


def _product(returns, n):
    return (1.0 + returns).rolling(n).apply(np.prod, raw=True) - 1.0


def _place(x, n):
    low, high = x.rolling(n).min(), x.rolling(n).max()
    return (x - low) / (high - low)


def _skewness(x):
    deviation = x - x.mean()
    return np.mean(deviation**3) / np.mean(deviation**2) ** 1.5


def _year_rank(x):
    return (np.sum(x < x[-1]) + np.sum(x == x[-1]) / 2.0) / x.size


def regime(market, vix):
    volatility = market.rolling(20).std() * YEAR**0.5
    level = (1.0 + market.fillna(0.0)).cumprod()
    return {
        **{f"market_return_{n}": _product(market, n) for n in (1, 5, 20, 60)},
        "market_volatility_20": volatility,
        "market_volatility_rank_252": volatility.rolling(252).apply(_year_rank, raw=True),
        "market_drawdown_252": level / level.rolling(252).max() - 1.0,
        "vix_level": vix / 100.0,
        "vix_change_5": vix.pct_change(5, fill_method=None),
        "vix_rank_252": vix.rolling(252).apply(_year_rank, raw=True),
        "vix_premium_20": vix / 100.0 - volatility,
    }


def calendar(sessions):
    days = sessions.to_series()
    quarter = sessions.to_period("Q")
    angle = 2.0 * np.pi * sessions.day_of_week / 5.0
    season = 2.0 * np.pi * sessions.day_of_year / np.where(sessions.is_leap_year, 366, 365)
    return {
        "weekday_sin": np.sin(angle),
        "weekday_cos": np.cos(angle),
        "month_elapsed": sessions.day / sessions.days_in_month,
        "quarter_elapsed": ((sessions - quarter.start_time).days + 1)
        / ((quarter.end_time.normalize() - quarter.start_time).days + 1),
        "year_sin": np.sin(season),
        "year_cos": np.cos(season),
        "days_since_session": days.diff().dt.days / 7.0,
    }


RANKED = (
    "return_1",
    "return_5",
    "return_60",
    "return_252_skip_20",
    "volatility_60",
    "relative_volume_20",
    "distance_from_high_252",
)
SCORED = ("overnight_return", "volatility_20", "close_to_sma_50", "volume_ratio_5_60", "money_flow_20")


def cross_section(panel, context, values):
    result = {f"rank_{name}": np.full(panel.n_rows, np.nan) for name in RANKED}
    result |= {f"zscore_{name}": np.full(panel.n_rows, np.nan) for name in SCORED}
    for session in np.unique(panel.session):
        rows = np.flatnonzero(panel.session == session)
        members = rows[context.is_member[rows]]
        for name in (*RANKED, *SCORED):
            pool = values[name][members]
            pool = pool[~np.isnan(pool)]
            for row in rows[~np.isnan(values[name][rows])] if pool.size else ():
                x = values[name][row]
                if name in RANKED:
                    share = (np.sum(pool < x) + 0.5 * np.sum(pool == x)) / pool.size
                    result[f"rank_{name}"][row] = share
                else:
                    spread = pool.std()
                    result[f"zscore_{name}"][row] = (x - pool.mean()) / spread if pool.size > 1 else 0.0
    return result


def _by_day(panel, context, values, statistic):
    result = []
    for session in np.unique(panel.session):
        own = values[(panel.session == session) & context.is_member]
        own = own[~np.isnan(own)]
        result.append(statistic(own) if own.size else np.nan)
    return result
