"""Panels for tests: the sample's real prices with TA-Lib's numbers, or many symbols that do not exist."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
import talib
from bokeh_sampledata import stocks

from models.domain.feed import FeedRow, IndicatorValue, TickerDetail
from models.domain.indicators import IndicatorMetadata
from models.domain.market import GICS_SECTORS, Dataset, DatasetStatus, PriceBasis
from models.domain.signals import SCORE_WARM_UP_SESSIONS, TECHNICAL_WEIGHTS, Label

NOW = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
SAMPLE = Dataset(
    provider="sample",
    fingerprint="fake",
    label="Sample, 5 US stocks",
    price_basis=PriceBasis.RAW,
    historical=True,
    banner="Sample data: real prices that end on 1 March 2013. “Today” is that day.",
    survivorship_note="Five companies picked with hindsight: results on them flatter.",
)
_NAMES = {
    "AAPL": ("Apple Inc.", "Information Technology"),
    "FB": ("Facebook, Inc.", "Communication Services"),
    "GOOG": ("Google Inc.", "Communication Services"),
    "IBM": ("International Business Machines", "Information Technology"),
    "MSFT": ("Microsoft Corporation", "Information Technology"),
}


@dataclass(frozen=True, eq=False)
class Prices:
    """Adjusted bars of one symbol."""

    session: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


def sample_prices(symbol: str) -> Prices:
    """Return the sample's bars, adjusted as of their last session."""
    source = getattr(stocks, symbol)
    close = np.array(source["close"], dtype=float)
    factor = np.array(source["adj_close"], dtype=float) / close
    factor /= factor[-1]
    columns = {
        name: np.array(source[name], dtype=float) * factor for name in ("open", "high", "low", "close")
    }
    session = np.array(source["date"], dtype="datetime64[D]")
    order = np.argsort(session)
    return Prices(
        session=session[order],
        volume=np.array(source["volume"], dtype=float)[order],
        **{name: values[order] for name, values in columns.items()},
    )


def synthetic_prices(generator: np.random.Generator, n_sessions: int = 300) -> Prices:
    """Return a random walk, on weekdays to 1 March 2013."""
    steps = generator.normal(0.0003, generator.uniform(0.008, 0.03), n_sessions)
    close = generator.uniform(8, 400) * np.exp(np.cumsum(steps))
    open_ = close * np.exp(generator.normal(0, 0.005, n_sessions))
    high = np.maximum(open_, close) * (1 + np.abs(generator.normal(0, 0.004, n_sessions)))
    low = np.minimum(open_, close) * (1 - np.abs(generator.normal(0, 0.004, n_sessions)))
    days = np.arange(np.datetime64("2010-01-01"), np.datetime64("2013-03-02"))
    session = days[np.is_busday(days)][-n_sessions:]
    return Prices(session, open_, high, low, close, generator.uniform(1e5, 2e7, n_sessions))


def detail_of(
    symbol: str, name: str, sector: str | None, prices: Prices, dataset: Dataset = SAMPLE
) -> TickerDetail:
    """Return a panel computed from prices, all sessions of it; the row's rank is still missing."""
    close = prices.close
    rsi = talib.RSI(close, 14)
    macd, signal, histogram = talib.MACD(close, 12, 26, 9)
    sma_50, sma_200 = talib.SMA(close, 50), talib.SMA(close, 200)
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    scores = {
        "rsi_score": np.clip((70 - rsi) / 40, 0, 1),
        "macd_score": 0.5 + 0.1 * np.sign(macd - signal),
        "ma_score": 0.2 + 0.2 * ((close > sma_50).astype(float) + (sma_50 > sma_200) + (close > sma_200)),
        "bb_score": np.where(close < lower, 0.3, np.where(close > upper, 0.7, 0.5)),
    }
    technical = sum(TECHNICAL_WEIGHTS[key] * values for key, values in scores.items())
    technical = np.where(np.isnan(sma_200), np.nan, technical)
    last = {key: float(values[-1]) for key, values in scores.items()}
    has_score = close.size >= SCORE_WARM_UP_SESSIONS
    row = FeedRow(
        symbol=symbol,
        name=name,
        sector=sector,
        note="",
        session=prices.session[-1].astype(date),
        close=float(close[-1]),
        day_change=float(close[-1] / close[-2] - 1),
        label=_label(float(technical[-1]), (0.35, 0.45, 0.55, 0.65)) if has_score else None,
        technical_label=_label(float(technical[-1]), (0.30, 0.40, 0.60, 0.70)) if has_score else None,
        quantile_label=_label(float(technical[-1]), (0.40, 0.42, 0.50, 0.60)) if has_score else None,
        confluence=float(technical[-1]) if has_score else None,
        technical=float(technical[-1]) if has_score else None,
        sentiment=None,
        model=None,
        rank=None,
        confidence=None,
        confidence_base_rate=None,
        confidence_n=None,
        window_sessions=int(close.size),
        reason="" if has_score else f"No score yet: {close.size} of {SCORE_WARM_UP_SESSIONS} sessions",
        made_of=(("technical", 1.0),) if has_score else (),
        history=tuple(close[-60:].tolist()),
        **{key: value if has_score else None for key, value in last.items()},
    )
    values = {
        "rsi_14": rsi, "macd": macd, "macd_signal": signal, "macd_hist": histogram, "sma_50": sma_50,
        "sma_200": sma_200, "bb_upper": upper, "bb_middle": middle, "bb_lower": lower,
        "atr_14": talib.ATR(prices.high, prices.low, close, 14),
        "adx_14": talib.ADX(prices.high, prices.low, close, 14),
        "obv": talib.OBV(close, prices.volume),
    }  # fmt: skip
    return TickerDetail(
        row=row,
        status=status_of(dataset, 5),
        session=prices.session,
        open=prices.open,
        high=prices.high,
        low=prices.low,
        close=close,
        volume=prices.volume,
        sma_50=sma_50,
        sma_200=sma_200,
        bb_upper=upper,
        bb_middle=middle,
        bb_lower=lower,
        rsi_14=rsi,
        confluence_history=technical,
        missing_sessions=_missing(prices.session),
        indicators=tuple(IndicatorValue(_about(key), _number(array[-1])) for key, array in values.items()),
    )


_FAMILIES = {
    "rsi": "momentum",
    "macd": "momentum",
    "sma": "trend",
    "adx": "trend",
    "bb": "volatility",
    "atr": "volatility",
    "obv": "volume",
}


def _about(name: str) -> IndicatorMetadata:
    family = _FAMILIES[name.split("_", maxsplit=1)[0]]
    title = (
        name.replace("_", " ")
        .upper()
        .replace("BB ", "Bollinger ")
        .replace("SIGNAL", "signal")
        .replace("HIST", "histogram")
    )
    return IndicatorMetadata(name, title, family, f"Formula of {title}", "", 1, 1, True, "TA-Lib")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _label(score: float, limits: tuple[float, float, float, float]) -> Label:
    lowest, low, high, highest = limits
    if score > highest:
        return Label.STRONG_BUY
    if score > high:
        return Label.BUY
    if score >= low:
        return Label.HOLD
    return Label.SELL if score >= lowest else Label.STRONG_SELL


def _missing(session: np.ndarray) -> tuple[date, ...]:
    shown = session[-250:]
    days = np.arange(shown[0], shown[-1])
    weekdays = days[np.is_busday(days)]
    return tuple(day.astype(date) for day in np.setdiff1d(weekdays, shown))


def status_of(dataset: Dataset, n_symbols: int) -> DatasetStatus:
    """Return a dataset as stored three minutes ago."""
    return DatasetStatus(dataset, n_symbols, date(2000, 3, 1), date(2013, 3, 1), NOW - timedelta(minutes=3))


def with_ranks(details: dict[str, TickerDetail]) -> dict[str, TickerDetail]:
    """Return panels whose rows know their percentile."""
    scored = sorted(
        (each.row.confluence, symbol) for symbol, each in details.items() if each.row.confluence is not None
    )
    ranks = {symbol: (position + 1) / len(scored) for position, (_, symbol) in enumerate(scored)}
    return {
        symbol: replace(each, row=replace(each.row, rank=ranks.get(symbol)))
        for symbol, each in details.items()
    }


@lru_cache(maxsize=1)
def sample_details() -> dict[str, TickerDetail]:
    """Return the five panels of the sample."""
    return with_ranks(
        {symbol: detail_of(symbol, *about, sample_prices(symbol)) for symbol, about in _NAMES.items()}
    )


@lru_cache(maxsize=1)
def synthetic_details(n_symbols: int = 504) -> dict[str, TickerDetail]:
    """Return panels of symbols that do not exist; one in forty is too young for a score."""
    generator = np.random.default_rng(7)
    sectors = tuple(GICS_SECTORS.values())
    details = {}
    for number in range(n_symbols):
        symbol = f"SYN{number:03d}"
        n_sessions = 150 if number % 40 == 39 else 300
        prices = synthetic_prices(generator, n_sessions)
        detail = detail_of(
            symbol, f"Synthetic Company {number}", sectors[number % len(sectors)], prices, SYNTHETIC
        )
        if detail.row.label not in (None, Label.HOLD) and number % 3:
            row = replace(
                detail.row, confidence=0.5 + number % 9 / 100, confidence_base_rate=0.52, confidence_n=1204
            )
            detail = replace(detail, row=row)
        details[symbol] = detail
    return with_ranks(details)


SYNTHETIC = replace(
    SAMPLE,
    provider="simulated",
    label="Synthetic",
    simulated=True,
    banner="Simulated prices of companies that do not exist.",
)
