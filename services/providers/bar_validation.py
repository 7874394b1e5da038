"""The hard rules that every provider's bars keep before anything is stored."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from models.domain.errors import InvalidMarketDataError
from models.domain.market import BAR_COLUMNS, REJECTED_COLUMNS, BarRule, MarketData, empty_frame
from services.providers.rejected_bars import describe_rejected, list_rejected
from services.quant.sessions import exchange_sessions

_ROUNDING = 1e-4  # relative: how far open and close may lie outside [low, high]
_PRICES = ("open", "high", "low", "close")
_VALUES = (*_PRICES, "volume", "adj_close")
_REFUSALS = {
    BarRule.MISSING_FIELD: "a price is missing or not finite",
    BarRule.NOT_POSITIVE: "a price is not positive",
    BarRule.HIGH_BELOW_LOW: "high is below low",
    BarRule.OUTSIDE_RANGE: "open or close lies outside low and high",
    BarRule.NO_VOLUME: "volume is missing, negative or not finite",
    BarRule.NEGATIVE_VOLUME: "volume is missing, negative or not finite",
}


def check_market_data(market: MarketData) -> None:
    """Check what is about to be stored: columns there, bars there, none of them broken.

    Raises
    ------
    InvalidMarketDataError
        Naming the rule, how many rows break it, and the first of them.
    """
    bars = market.bars
    _check_columns(market)
    _check_not_empty(market)
    for name in _VALUES:
        if not pd.api.types.is_numeric_dtype(bars[name].dtype):
            is_text = bars[name].map(lambda value: isinstance(value, str)).to_numpy(bool)
            _refuse(bars, f"{name} is no number", is_text)
    codes, symbols = _codes(bars["symbol"])
    _refuse(bars, "symbol or session is missing", (codes < 0) | bars["session"].isna().to_numpy())
    broken = _broken_rules(_with_numbers(bars), _is_index(codes, symbols))
    for position, rule in enumerate(BarRule):
        if rule in _REFUSALS:
            _refuse(bars, _REFUSALS[rule], broken == position)
    keys = _keys(codes, bars)
    if not (np.diff(keys) > 0).all():
        _refuse(bars, "the bar stands twice", pd.Series(keys).duplicated(keep=False).to_numpy())


def _check_columns(market: MarketData) -> None:
    missing = [name for name in BAR_COLUMNS if name not in market.bars.columns]
    if missing:
        raise InvalidMarketDataError(
            f"Bars of provider {market.dataset.provider} lack the columns {', '.join(missing)}; "
            f"expected {', '.join(BAR_COLUMNS)}"
        )


def _check_not_empty(market: MarketData) -> None:
    provider = market.dataset.provider
    if market.bars.empty:
        raise InvalidMarketDataError(
            f"Provider {provider} gave no bars; what is stored stays as it is. "
            "Check DATA_PROVIDER and its source."
            if market.rejected.empty
            else f"All {len(market.rejected):,} bars of provider {provider} break a hard rule: "
            f"{describe_rejected(market.rejected)}. Nothing was stored; mend the source and ingest again."
        )


def _refuse(bars: pd.DataFrame, rule: str, broken: np.ndarray) -> None:
    if not broken.any():
        return
    first = bars[broken].iloc[0]
    day = "no session" if pd.isna(first["session"]) else f"{first['session']:%Y-%m-%d}"
    raise InvalidMarketDataError(
        f"{int(broken.sum())} of {len(bars)} bars refused, because {rule}: the first is {first['symbol']} on "
        f"{day}. Nothing was stored; mend the source and ingest again."
    )


def validate_market_data(market: MarketData, today: date) -> MarketData:
    """Return a provider's data with the bars that break a hard rule moved to ``rejected``.

    Bars of indices outside the calendar are dropped, and counted in ``notes``. Data that the provider has
    validated itself are not looked at again.

    Raises
    ------
    InvalidMarketDataError
        If columns are missing, or no bar is left.
    """
    _check_columns(market)
    if not market.validated:
        clean, broken = validate_bars(market.bars, today)
        repeats = count_repeats(market.bars, clean, broken)
        broken, notes = drop_ghosts_of_indices(broken)
        frames = [frame for frame in (market.rejected, broken) if not frame.empty]
        market = replace(
            market,
            bars=clean,
            rejected=pd.concat(frames, ignore_index=True) if frames else broken,
            notes=(*market.notes, *notes),
            repeats={**repeats, **market.repeats},
            validated=True,
        )
    _check_not_empty(market)
    return market


def count_repeats(bars: pd.DataFrame, clean: pd.DataFrame, rejected: pd.DataFrame) -> dict[str, int]:
    """Return by symbol how many rows ``validate_bars`` dropped because another row says the same."""
    if len(bars) == len(clean) + len(rejected):
        return {}
    kept = clean["symbol"].value_counts().add(rejected["symbol"].value_counts(), fill_value=0)
    missing = bars["symbol"].value_counts().sub(kept, fill_value=0)
    return {str(symbol): int(n) for symbol, n in missing.items() if n > 0}


def drop_ghosts_of_indices(rejected: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return rejected rows without those of indices on days without a session, and a note that counts them.

    Indices are computed on days on which no share is traded: such bars are no fault, and of no use.
    """
    is_index = rejected["symbol"].str.startswith("^").to_numpy(bool)
    outside = is_index & (rejected["rule"] == BarRule.NO_SESSION).to_numpy(bool)
    if not outside.any():
        return rejected, ()
    note = f"{outside.sum():,} bars of indices on days without a session dropped"
    return rejected[~outside].reset_index(drop=True), (note,)


def validate_bars(bars: pd.DataFrame, today: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part bars into those that keep every hard rule and those that break one.

    Parameters
    ----------
    bars : DataFrame
        By ``BAR_COLUMNS`` in any order of rows, ``symbol`` as text or categorical; further columns are
        carried along, of which ``source`` and ``line`` go into ``rejected``.
    today : date
        The exchange's date; bars after it are refused.

    Returns
    -------
    clean : DataFrame
        Sorted by symbol and session, exact repeats collapsed into one; ``bars`` itself if nothing changes.
    rejected : DataFrame
        By ``REJECTED_COLUMNS``; a bar that breaks several rules stands under the first by ``BarRule``.

    Notes
    -----
    Indices (``^``) are exempt from the rules of volume. A row that breaks another rule does not count as
    the duplicate of a sound one; of sound duplicates that differ, none is kept.
    """
    bars = _with_numbers(bars)
    codes, symbols = _codes(bars["symbol"])
    broken = _broken_rules(bars, _is_index(codes, symbols), today)
    broken[codes < 0] = list(BarRule).index(BarRule.MISSING_FIELD)
    keys = _keys(codes, bars)
    kept = np.flatnonzero(broken < 0) if (broken >= 0).any() else np.arange(len(bars))
    order, conflicting = _sorted_without_repeats(bars, keys, kept)
    rules = list(BarRule)
    broken[conflicting] = rules.index(BarRule.CONFLICT)
    unchanged = order.size == len(bars) and bool((order == np.arange(order.size)).all())
    clean = bars if unchanged else bars.take(order).reset_index(drop=True)
    rows = np.flatnonzero(broken >= 0)
    if rows.size == 0:
        return clean, empty_frame(REJECTED_COLUMNS)
    names = np.array([rule.value for rule in rules])[broken[rows]]
    return clean, list_rejected(bars.take(rows).reset_index(drop=True), names, today)


def is_session(day: np.ndarray) -> np.ndarray:
    """Return for each datetime64[D] whether the New York Stock Exchange was open; NaT is no session."""
    known: np.ndarray = ~np.isnat(day)
    if not known.any():
        return known
    first = day[known].min()
    sessions = exchange_sessions(before_1990=bool(first < np.datetime64("1990-01-01")))
    span = int((day[known].max() - first).astype(np.int64)) + 1
    if span > 400_000:  # a thousand years: some date is nonsense, and a table would be large
        rare: np.ndarray = known & np.isin(day, sessions)
        return rare
    table = np.zeros(span, dtype=bool)
    within = sessions[(sessions >= first) & (sessions < first + span)]
    table[(within - first).astype(np.int64)] = True
    found: np.ndarray = known.copy()
    found[known] = table[(day[known] - first).astype(np.int64)]
    return found


def _codes(symbol: "pd.Series[str]") -> tuple[np.ndarray, list[str]]:
    if isinstance(symbol.dtype, pd.CategoricalDtype):
        names = symbol.cat.categories
        codes = symbol.cat.codes.to_numpy()
        if not names.is_monotonic_increasing:
            codes = np.argsort(np.argsort(names.to_numpy(object)))[codes]
            names = names.sort_values()
        return codes, list(names)
    codes, names = pd.factorize(symbol, sort=True)
    return codes, list(names)


def _is_index(codes: np.ndarray, symbols: list[str]) -> np.ndarray:
    found: np.ndarray = np.array([symbol.startswith("^") for symbol in symbols] + [False], dtype=bool)[codes]
    return found


def _keys(codes: np.ndarray, bars: pd.DataFrame) -> np.ndarray:
    """Return (symbol, session) as one number that sorts as they do."""
    day = bars["session"].to_numpy("datetime64[D]").astype(np.int64)
    keys: np.ndarray = (codes.astype(np.int64) << 32) + day
    return keys


def _number(column: "pd.Series[float]") -> "pd.Series[float]":
    return pd.to_numeric(column, errors="coerce").astype("float64")


def _with_numbers(bars: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in _VALUES if not pd.api.types.is_numeric_dtype(bars[name].dtype)]
    return bars.assign(**{name: _number(bars[name]) for name in texts}) if texts else bars


def _broken_rules(bars: pd.DataFrame, is_index: np.ndarray, today: date | None = None) -> np.ndarray:
    """Return the position in ``BarRule`` of the first rule that each row breaks, or -1.

    Without ``today`` dates are not looked at.
    """
    open_, high, low, close = (bars[name].to_numpy(np.float64) for name in _PRICES)
    volume = bars["volume"].to_numpy(np.float64)
    day = bars["session"].to_numpy("datetime64[D]")
    floor, ceiling = low * (1 - _ROUNDING), high * (1 + _ROUNDING)
    with np.errstate(invalid="ignore", over="ignore"):
        total = open_ + high + low + close  # finite only where each is, and cheaper than asking each
    rules: dict[BarRule, np.ndarray] = {
        BarRule.MISSING_FIELD: ~np.isfinite(total) | np.isnat(day),
        BarRule.NO_VOLUME: ~np.isfinite(volume) & ~is_index,
        BarRule.NOT_POSITIVE: np.minimum(np.minimum(open_, high), np.minimum(low, close)) <= 0.0,
        BarRule.HIGH_BELOW_LOW: high < low,
        BarRule.OUTSIDE_RANGE: (np.minimum(open_, close) < floor) | (np.maximum(open_, close) > ceiling),
        BarRule.NEGATIVE_VOLUME: (volume < 0) & ~is_index,
    }
    if today is not None:
        rules[BarRule.FUTURE] = day > np.datetime64(today)
        rules[BarRule.NO_SESSION] = ~is_session(day)
    order = list(BarRule)
    broken = np.full(len(bars), -1, dtype=np.int8)
    for rule, mask in rules.items():
        if mask.any():
            broken[mask & (broken < 0)] = order.index(rule)
    return broken


def _sorted_without_repeats(
    bars: pd.DataFrame, keys: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to keep in order of their keys, and those that repeat a key with other values."""
    wanted = keys[rows]
    if not (np.diff(wanted) > 0).all():
        rows = rows[np.argsort(wanted, kind="stable")]
        wanted = keys[rows]
    repeats: np.ndarray = np.flatnonzero(wanted[1:] == wanted[:-1]) + 1
    if repeats.size == 0:
        return rows, repeats
    values = bars[list(_VALUES)].to_numpy(np.float64)
    this, before = values[rows[repeats]], values[rows[repeats - 1]]
    differs = ~((this == before) | (np.isnan(this) & np.isnan(before))).all(axis=1)
    conflict = np.isin(wanted, wanted[repeats[differs]])
    first = np.ones(rows.size, dtype=bool)
    first[repeats] = False
    return rows[first & ~conflict], rows[conflict]
