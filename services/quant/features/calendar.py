"""Calendar: where a session stands in its week, month, quarter and year."""

from functools import partial

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.definition import describe
from services.quant.features.regime import Market, SessionFeature
from services.quant.rolling import FloatArray

_describe = partial(describe, FeatureFamily.CALENDAR)
_DAYS_TO_MONDAY = 3  # 1970-01-01 was a Thursday


def _weekday_angle(market: Market) -> FloatArray:
    day = market.sessions.astype("datetime64[D]").astype(np.int64)
    weekday = ((day + _DAYS_TO_MONDAY) % 7).astype(np.float64)
    return 2.0 * np.pi / 5.0 * weekday


def _weekday_sine(market: Market) -> FloatArray:
    return np.sin(_weekday_angle(market))


def _weekday_cosine(market: Market) -> FloatArray:
    return np.cos(_weekday_angle(market))


def _elapsed(market: Market, n_months: int) -> FloatArray:
    """Return the share of the month, quarter or year that has gone by with the session's day."""
    day = market.sessions.astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64)
    first = month - month % n_months
    begins = first.astype("datetime64[M]").astype("datetime64[D]")
    ends = (first + n_months).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(((day - begins).astype(float) + 1.0) / (ends - begins).astype(float))


def _year_sine(market: Market) -> FloatArray:
    return np.sin(2.0 * np.pi * _elapsed(market, 12))


def _year_cosine(market: Market) -> FloatArray:
    return np.cos(2.0 * np.pi * _elapsed(market, 12))


def _days_since_session(market: Market) -> FloatArray:
    days = np.full(market.sessions.size, np.nan)
    days[1:] = np.diff(market.sessions).astype(float)
    return days / 7.0


FEATURES: tuple[SessionFeature, ...] = (
    SessionFeature(
        _describe(
            "weekday_sin",
            "Weekday, sine",
            "sine of the weekday, five to the circle, from Monday on",
            r"\sin \frac{2\pi\, d}{5}",
            "French (1980), J. Financial Economics 8",
            1,
        ),
        _weekday_sine,
    ),
    SessionFeature(
        _describe(
            "weekday_cos",
            "Weekday, cosine",
            "cosine of the weekday, five to the circle, from Monday on",
            r"\cos \frac{2\pi\, d}{5}",
            "French (1980), J. Financial Economics 8",
            1,
        ),
        _weekday_cosine,
    ),
    SessionFeature(
        _describe(
            "month_elapsed",
            "Month elapsed",
            "share of the month's days that have gone by with the session's",
            r"\frac{\mathrm{day}}{\mathrm{days\ of\ the\ month}}",
            "Ariel (1987), J. Financial Economics 18",
            1,
        ),
        partial(_elapsed, n_months=1),
    ),
    SessionFeature(
        _describe(
            "quarter_elapsed",
            "Quarter elapsed",
            "share of the quarter's days that have gone by with the session's",
            r"\frac{\mathrm{day}}{\mathrm{days\ of\ the\ quarter}}",
            "season of earnings",
            1,
        ),
        partial(_elapsed, n_months=3),
    ),
    SessionFeature(
        _describe(
            "year_sin",
            "Season, sine",
            "sine of the share of the year that has gone by",
            r"\sin 2\pi\tau",
            "Rozeff and Kinney (1976), J. Financial Economics 3",
            1,
        ),
        _year_sine,
    ),
    SessionFeature(
        _describe(
            "year_cos",
            "Season, cosine",
            "cosine of the share of the year that has gone by",
            r"\cos 2\pi\tau",
            "Rozeff and Kinney (1976), J. Financial Economics 3",
            1,
        ),
        _year_cosine,
    ),
    SessionFeature(
        _describe(
            "days_since_session",
            "Days since the last session",
            "calendar days since the session before, over 7",
            r"\frac{\mathrm{days}(t) - \mathrm{days}(t-1)}{7}",
            "Fama (1965), J. Business 38, returns over weekends",
            2,
        ),
        _days_since_session,
    ),
)
