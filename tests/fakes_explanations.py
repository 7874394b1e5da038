"""Explanations without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from models.domain.errors import GlassboxError, InvalidRequestError
from models.domain.explanation_views import (
    AttentionOverview,
    AttentionRequest,
    ImportanceReport,
    ModelWhy,
    SymbolPrices,
)
from models.domain.explanations import SignalRequest
from models.domain.feed import Activity
from models.domain.market import DatasetStatus
from models.domain.signals import Label
from models.domain.what_if import Adjustable, Forecast, WhatIfAnswer, WhatIfGround
from tests.explanation_records import explanation_of, overview_of, report_of, why_of, window_before
from tests.fakes_feed import running


@dataclass
class FakeWhyQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    why_now: ModelWhy = field(default_factory=why_of)
    fault: GlassboxError | None = None
    asked: list[tuple[str, date | None, int | None]] = field(default_factory=list)

    def why(self, symbol: str, as_of: date | None = None, model_id: int | None = None) -> ModelWhy:
        """Return what was put in, of that symbol where it has an explanation."""
        self.asked.append((symbol, as_of, model_id))
        if self.fault:
            raise self.fault
        if self.why_now.symbol == symbol or self.why_now.explanation is None:
            return self.why_now
        return why_of(explanation_of(symbol))


@dataclass
class FakeExplanationDesk:
    """Takes requests, or refuses them."""

    fault: GlassboxError | None = None
    asked: list[SignalRequest] = field(default_factory=list)

    def request(self, request: SignalRequest) -> int:
        """Note what is asked for."""
        if self.fault:
            raise self.fault
        self.asked.append(request)
        return len(self.asked)


@dataclass
class FakeAttentionQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    seen: AttentionOverview = field(default_factory=overview_of)
    report: ImportanceReport = field(default_factory=report_of)
    fault: GlassboxError | None = None
    doing: Activity = field(default_factory=running)
    asked: list[AttentionRequest] = field(default_factory=list)

    def overview(self, request: AttentionRequest) -> AttentionOverview:
        """Return what was put in."""
        self.asked.append(request)
        if self.fault:
            raise self.fault
        return self.seen

    def prices(self, symbol: str, first: date, last: date) -> SymbolPrices:
        """Return a flat price over the window's sessions but one."""
        days = np.array([day for day in window_before(last) if day >= first], dtype="datetime64[D]")
        days = np.delete(days, 3)
        flat = np.full(days.size, 100.0)
        return SymbolPrices(days, flat, flat + 1.0, flat - 1.0, flat, flat * 1e4)

    def importance(self, request: AttentionRequest) -> ImportanceReport:
        """Return what was put in."""
        self.asked.append(request)
        if self.fault:
            raise self.fault
        return self.report

    def staleness(self, status: DatasetStatus) -> str:
        """Return nothing: the data are as new as they can be."""
        return ""

    def activity(self) -> Activity:
        """Return what was put in."""
        return self.doing


@dataclass
class FakeWhatIfQueries:
    """A model that only looks at RSI, and has seen it from 0.2 to 0.8."""

    fault: GlassboxError | None = None
    n_asked: int = 0

    def ground(self, symbol: str, session: date, model_id: int) -> WhatIfGround:
        """Return its one feature."""
        self.n_asked += 1
        if self.fault:
            raise self.fault
        feature = Adjustable("rsi_14", "RSI 14", 0.5, "50", 0.2, 0.8)
        return WhatIfGround(symbol, session, model_id, (feature,))

    def answer(self, symbol: str, session: date, model_id: int, values: Mapping[str, float]) -> WhatIfAnswer:
        """Return a forecast that rises with RSI."""
        self.n_asked += 1
        if self.fault:
            raise self.fault
        value = values["rsi_14"]
        if not 0.2 <= value <= 0.8:
            raise InvalidRequestError("RSI 14: 90 lies outside what training has seen (20 to 80)")
        now = Forecast((0.3, 0.4, 0.3), 0.5, 0.5, Label.HOLD)
        then = Forecast((0.2, 0.3, 0.5), 0.65, 0.56, Label.BUY)
        changed = () if value == 0.5 else (("RSI 14", f"{value * 100:.0f}"),)
        return WhatIfAnswer(("Down", "Neutral", "Up"), now, then if changed else now, changed, counts=True)
