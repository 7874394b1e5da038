"""Data quality without a database: three symbols, one of them late, four rows in quarantine."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from models.domain.errors import GlassboxError, UnknownSymbolError
from models.domain.feed import Activity
from models.domain.market import BarRule, DatasetStatus, FlagRule, QuarantineKey, QuarantineStatus
from models.domain.quality_views import (
    AssessedRun,
    BarFlag,
    Freshness,
    Gap,
    QualityReport,
    QuarantinedRow,
    RowEvidence,
    RuleCount,
    Severity,
    StoredBar,
    Supply,
    SymbolEvidence,
    SymbolQuality,
)
from services.commands.access import Actor, act_as
from tests.feed_panels import NOW, SAMPLE, status_of


def symbol_quality(symbol: str, **changes) -> SymbolQuality:
    """Return a symbol about which there is nothing to say, but for the changes."""
    sound = {
        "name": f"{symbol} Inc.",
        "sector": "Energy",
        "completeness": 1.0,
        "validity": 1.0,
        "timeliness": 1.0,
        "uniqueness": 1.0,
        "n_bars": 500,
        "n_expected": 500,
        "n_quarantined": 0,
        "n_flagged": 0,
        "longest_gap_sessions": 0,
        "first_session": date(2011, 3, 1),
        "last_session": date(2013, 3, 1),
    }
    return SymbolQuality(symbol=symbol, **{**sound, **changes})


def quarantined(symbol: str = "AAA", **changes) -> QuarantinedRow:
    """Return a row whose open lies below its low."""
    values = {
        "session": date(2013, 2, 27),
        "rule": BarRule.OUTSIDE_RANGE.value,
        "detail": "open 9, high 12, low 10, close 11, volume 100",
        "source": f"{symbol}.csv:7",
        "open": 9.0,
        "high": 12.0,
        "low": 10.0,
        "close": 11.0,
        "volume": 100.0,
        "adj_close": None,
        "status": QuarantineStatus.QUARANTINED,
        "decided_by": None,
        "decided_at": None,
        "found_at": NOW,
    }
    return QuarantinedRow(symbol=symbol, **{**values, **changes})


def assessed(place: int, **changes) -> AssessedRun:
    """Return the assessment of one day after another."""
    measures = {"completeness": 0.99, "validity": 0.995, "timeliness": 0.9, "uniqueness": 1.0}
    return AssessedRun(
        **{
            "assessed_at": NOW + timedelta(days=place),
            "n_symbols": 3,
            "n_bars": 1490,
            **measures,
            "n_quarantined": 4,
            "n_flagged": 1,
            **changes,
        }
    )


def quality_report(**changes) -> QualityReport:
    """Return the report of the three symbols over the sessions of one week."""
    session = np.arange("2013-02-25", "2013-03-02", dtype="datetime64[D]")
    lacking = QuarantinedRow(
        **{**vars(quarantined("BBB")), "open": None, "rule": BarRule.MISSING_FIELD.value}
    )
    by_ada = {"decided_by": "ada", "decided_at": NOW}
    parts = {
        "status": status_of(SAMPLE, 3),
        "assessed_at": NOW,
        "symbols": (
            symbol_quality("AAA", validity=0.998, n_quarantined=1, rules=(BarRule.OUTSIDE_RANGE.value,)),
            symbol_quality(
                "BBB",
                sector=None,
                completeness=0.98,
                n_bars=490,
                timeliness=0.5,
                longest_gap_sessions=7,
                n_flagged=1,
                last_session=date(2013, 2, 26),
                rules=(FlagRule.GAP.value, BarRule.MISSING_FIELD.value),
            ),
            symbol_quality("CCC", sector="Utilities", n_flagged=2, rules=(FlagRule.ZERO_VOLUME.value,)),
        ),
        "runs": (assessed(0), assessed(1)),
        "rules": (
            RuleCount(BarRule.OUTSIDE_RANGE.value, Severity.HARD, 2, 2, 2),
            RuleCount(BarRule.NO_SESSION.value, Severity.HARD, 0, 0),
            RuleCount(FlagRule.GAP.value, Severity.SOFT, 1, 1),
        ),
        "session": session,
        "n_expected": np.array([3, 3, 3, 3, 3]),
        "n_present": np.array([3, 3, 2, 2, 0]),
        "quarantine": (
            quarantined("AAA"),
            lacking,
            quarantined("AAA", source="AAA.csv:9", status=QuarantineStatus.CONFIRMED, **by_ada),
            quarantined("AAA", source="AAA.csv:8", status=QuarantineStatus.RELEASED, **by_ada),
        ),
        "n_quarantine": 4,
        "n_waiting": 2,
        "n_released": 1,
    }  # fmt: skip
    return QualityReport(**{**parts, **changes})


def supply(**changes) -> Supply:
    """Return a supply that needs nothing from anybody."""
    freshness = Freshness(date(2013, 3, 1), NOW, None, 0, historical=True)
    return Supply(**{"provider": "sample", "freshness": freshness, "providers": (), "symbols": (), **changes})


@dataclass
class FakeQualityQueries:
    """Answers like the real queries; ``fault`` is raised instead where it is set."""

    content: QualityReport = field(default_factory=quality_report)
    fault: GlassboxError | None = None
    behind: str = ""
    doing: Activity = field(default_factory=lambda: Activity("Nothing runs.", (), (), worker_alive=True))
    supplied: Supply | None = field(default_factory=supply)
    n_symbols_asked: int = 0

    def report(self) -> QualityReport:
        """Return the whole report."""
        self._fail()
        return self.content

    def symbol(self, symbol: str) -> SymbolEvidence:
        """Return one symbol with a gap, a flag and its rejected rows."""
        self.n_symbols_asked += 1
        self._fail()
        found = next((row for row in self.content.symbols if row.symbol == symbol), None)
        if found is None:
            raise UnknownSymbolError(f"No symbol {symbol}")
        rows = tuple(row for row in self.content.quarantine if row.symbol == symbol)
        flag = BarFlag(date(2013, 2, 26), FlagRule.GAP.value, "7 sessions without a bar since 2013-02-14")
        return SymbolEvidence(
            found, (flag,), 1, (Gap(date(2013, 2, 15), date(2013, 2, 25), 7),), 1, rows, len(rows)
        )

    def row(self, key: QuarantineKey) -> RowEvidence | None:
        """Return the row between two bars, None if there is none."""
        self._fail()
        for row in self.content.quarantine:
            if (row.symbol, row.rule, row.source) == (key.symbol, key.rule, key.source):
                around = (
                    StoredBar(date(2013, 2, 26), 10.5, 11.5, 10.25, 11.25, 200.0),
                    StoredBar(date(2013, 2, 28), 11.0, 12.5, 10.75, 12.25, None),
                )
                return RowEvidence(row, around)
        return None

    def supply(self) -> Supply | None:
        """Return what was put in."""
        self._fail()
        return self.supplied

    def staleness(self, status: DatasetStatus) -> str:
        """Return what was put in."""
        return self.behind

    def activity(self) -> Activity:
        """Return what was put in."""
        return self.doing

    def _fail(self) -> None:
        if self.fault:
            raise self.fault


@dataclass
class FakeQuarantineDesk:
    """Notes what was decided; ``fault`` is raised instead where it is set."""

    fault: GlassboxError | None = None
    decided: list[tuple[str, QuarantineKey, str]] = field(default_factory=list)

    def release(self, key: QuarantineKey, address: str = "") -> None:
        """Note a release."""
        self._decide("release", key, address)

    def confirm(self, key: QuarantineKey, address: str = "") -> None:
        """Note a confirmation."""
        self._decide("confirm", key, address)

    def _decide(self, what: str, key: QuarantineKey, address: str) -> None:
        if self.fault:
            raise self.fault
        self.decided.append((what, key, address))


def as_role(role) -> None:
    """Let the test act as somebody of a role, None for nobody."""
    act_as(None if role is None else Actor("ada", role))
