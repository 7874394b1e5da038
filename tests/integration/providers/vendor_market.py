"""A seeded random walk as the vendor tells it: split-adjusted as of the day it is asked."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np

from services.quant.sessions import exchange_calendar, session_closes


def sessions_of(first: date, last: date) -> list[date]:
    return [day.date() for day in exchange_calendar().sessions_in_range(str(first), str(last))]


@dataclass
class Listing:
    """One symbol's raw history; ``dividends`` and ``splits`` by place of the session."""

    sessions: list[date]
    close: np.ndarray
    dividends: dict[int, float] = field(default_factory=dict)
    splits: dict[int, float] = field(default_factory=dict)
    name: str = "Somebody Inc."
    kind: str = "EQUITY"
    sector: str = "Technology"

    @classmethod
    def walk(cls, seed: int, sessions: list[date], **options) -> "Listing":
        """Quoted prices that fall at splits and dividends as they do."""
        generator = np.random.default_rng(seed)
        step = np.exp(generator.normal(0.0004, 0.012, len(sessions)))
        listing = cls(sessions, np.zeros(len(sessions)), **options)
        price = 100.0 + 10.0 * seed
        for place in range(len(sessions)):
            price = price * step[place] / listing.splits.get(place, 1.0) - listing.dividends.get(place, 0.0)
            listing.close[place] = price
        return listing

    def told(self, place: int) -> dict[str, np.ndarray]:
        """Everything up to a session, as told that evening: single precision, adjusted for splits so far."""
        close = self.close[: place + 1].copy()
        later = np.ones(place + 1)
        for at, ratio in self.splits.items():
            if at <= place:
                later[:at] *= ratio
        dividend = np.array([self.dividends.get(at, 0.0) for at in range(place + 1)]) / later
        adjusted = close / later
        textbook = np.ones(place + 1)
        for at in range(1, place + 1):
            textbook[:at] *= 1.0 - dividend[at] / adjusted[at - 1]
        wide = np.float64(0.01)
        return {
            "open": _single(adjusted * (1 - wide / 4)),
            "high": _single(adjusted * (1 + wide)),
            "low": _single(adjusted * (1 - wide)),
            "close": _single(adjusted),
            "adjclose": _single(adjusted * textbook),
            "volume": np.round(1e6 * later).astype(int),
            "dividend": dividend,
        }

    def chart(self, symbol: str, now: datetime, first: float) -> dict:
        """The vendor's JSON at a moment: today's unfinished bar too."""
        place = max(at for at, day in enumerate(self.sessions) if opened(day) <= now)
        told = self.told(place)
        shown = [at for at in range(place + 1) if opened(self.sessions[at]).timestamp() + 86_400 > first]
        stamps = [int(opened(self.sessions[at]).timestamp()) for at in shown]
        quote = {
            name: [told[name][at].item() for at in shown]
            for name in ("open", "high", "low", "close", "volume")
        }
        events: dict[str, dict] = {}
        for at, stamp in zip(shown, stamps, strict=True):
            if at in self.dividends:
                amount = float(told["dividend"][at])
                events.setdefault("dividends", {})[str(stamp)] = {"amount": amount, "date": stamp}
            if at in self.splits:
                ratio = {"date": stamp, "numerator": self.splits[at], "denominator": 1.0}
                events.setdefault("splits", {})[str(stamp)] = ratio
        meta = {
            "currency": "USD",
            "symbol": symbol,
            "instrumentType": self.kind,
            "exchangeName": "NMS",
            "exchangeTimezoneName": "America/New_York",
            "timezone": "EST",
            "gmtoffset": -18000,
            "longName": self.name,
            "priceHint": 2,
            "dataGranularity": "1d",
            "range": "",
            "firstTradeDate": stamps[0],
            "regularMarketTime": int(now.timestamp()),
            "regularMarketPrice": quote["close"][-1],
            "validRanges": ["1d", "5d", "1mo", "max"],
        }
        indicators = {
            "quote": [quote],
            "adjclose": [{"adjclose": [told["adjclose"][at].item() for at in shown]}],
        }
        result = {"meta": meta, "timestamp": stamps, "events": events, "indicators": indicators}
        return {"chart": {"result": [result], "error": None}}


def opened(day: date) -> datetime:
    """When the exchange opened, whatever the season: near enough for the vendor's stamps."""
    return datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC)


def closed(day: date, minutes_later: int = 90) -> datetime:
    close = session_closes(np.array([day], dtype="datetime64[D]"))[0].item()
    return close.replace(tzinfo=UTC) + timedelta(minutes=minutes_later)


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(np.float64)
