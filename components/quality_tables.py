"""The grids of the data-quality page: symbols, and the rows in quarantine."""

from typing import Any

from dash.development.base_component import Component

from components.grids import column, grid, hidden, number
from components.ids import DataQuality, Quarantine
from components.quality_cards import moment
from components.quality_words import MEASURES, SIGNS, STATUSES, VERDICTS, rule_words, verdict_words
from models.domain.feed import NO_SECTOR
from models.domain.quality_views import Measure, QualityReport, QuarantinedRow, SymbolQuality

_SHORT = {"short": "params.value != null && params.value < 1"}
_LISTENERS = {
    "firstDataRendered": ["glassboxFit(params)"],
    "rowDataUpdated": ["glassboxFit(params)"],
}
_VERDICT_TIP = " ".join(f"{SIGNS[verdict]} {words.definition}" for verdict, words in VERDICTS.items())


def _share(measure: Measure, priority: int) -> dict[str, Any]:
    words = MEASURES[measure]
    return column(
        measure.value,
        words.title,
        priority,
        100,
        84,
        words.definition,
        **number("share", cellClassRules=_SHORT),
    )


def _count(field: str, header: str, priority: int, tip: str) -> dict[str, Any]:
    return column(field, header, priority, 82, 74, tip, **number("count"))


def _session(field: str, header: str, priority: int, tip: str) -> dict[str, Any]:
    return column(field, header, priority, 96, 92, tip, **number("day"))


def _value(field: str, header: str, priority: int) -> dict[str, Any]:
    return column(field, header, priority, 76, 70, f"{header} as the source gave it", **number("exact"))


SYMBOL_COLUMNS: list[dict[str, Any]] = [
    column("symbol", "Ticker", 1, 72, 64, "Ticker on its exchange", cellClass="ticker"),
    column("name", "Company", 9, 130, 110, "Company name", cellClass="quiet"),
    column("sector", "Sector", 11, 140, 120, "GICS sector", cellClass="quiet"),
    column(
        "verdict", "Verdict", 1, 118, 106, _VERDICT_TIP,
        cellRenderer="GlassboxVerdict", comparator={"function": "glassboxByVerdict"},
    ),
    _share(Measure.COMPLETENESS, 1),
    _share(Measure.VALIDITY, 3),
    _share(Measure.TIMELINESS, 4),
    _share(Measure.UNIQUENESS, 5),
    _count("n_bars", "Bars", 7, "Bars that are stored"),
    _count("longest_gap_sessions", "Longest gap", 6, "Sessions in a row without a bar, the longest time"),
    _session("first_session", "First", 10, "First session with a bar"),
    _session("last_session", "Last", 2, "Newest session with a bar"),
    _count("n_quarantined", "Rejected", 2, "Rows of the source that broke a hard rule and were not released"),
    _count("n_flagged", "Flagged", 8, "Bars that met a soft rule: kept, used and marked"),
    hidden("n_expected"),
    hidden("problems"),
]  # fmt: skip
SYMBOL_EXPORT = [
    "symbol", "name", "sector", "verdict", "completeness", "validity", "timeliness", "uniqueness", "n_bars",
    "n_expected", "longest_gap_sessions", "first_session", "last_session", "n_quarantined", "n_flagged",
    "problems",
]  # fmt: skip

QUARANTINE_COLUMNS: list[dict[str, Any]] = [
    column(
        "status_words", "Decision", 1, 96, 86,
        " ".join(f"{words.title}: {words.definition}" for words in STATUSES.values()),
        cellRenderer="GlassboxDecision",
    ),
    column("symbol", "Ticker", 1, 72, 60, "Ticker as the source names it", cellClass="ticker"),
    _session("session", "Session", 1, "The date that the row claims"),
    column(
        "rule_words", "Reason", 1, 142, 118, "The hard rule that it broke", cellClass="quiet",
        tooltipField="detail",
    ),
    column(
        "detail", "What it holds", 8, 190, 150, "What stands there", cellClass="quiet", tooltipField="detail",
    ),
    _value("open", "Open", 3),
    _value("high", "High", 3),
    _value("low", "Low", 3),
    _value("close", "Close", 2),
    _value("volume", "Volume", 6),
    column(
        "source", "Line and file", 4, 160, 130, "Where it stands in the source", cellClass="quiet small",
        tooltipField="source", valueFormatter={"function": "glassboxFormat.place(params.value)"},
    ),
    column(
        "found_at", "Found", 9, 140, 130, "When it came, or came again with other values",
        cellClass="quiet small",
    ),
    *(hidden(name) for name in ("adj_close", "rule", "status", "decided_by", "decided_at")),
]  # fmt: skip
QUARANTINE_EXPORT = [
    "symbol", "session", "rule", "detail", "source", "open", "high", "low", "close", "volume", "adj_close",
    "status", "decided_by", "decided_at", "found_at",
]  # fmt: skip


def symbol_grid() -> Component:
    """Return the grid of symbols, without rows yet."""
    return grid(
        DataQuality.GRID,
        SYMBOL_COLUMNS,
        SYMBOL_EXPORT,
        {
            "rowClicked": ["glassboxRowClicked(params)"],
            "cellKeyDown": ["glassboxKeyDown(params)"],
            "firstDataRendered": ["glassboxQualityArrived(params)"],
            "rowDataUpdated": ["glassboxQualityArrived(params)"],
        },
        row_id="params.data.symbol",
        row_filter="glassboxQualityPasses(params.data)",
    )


def quarantine_grid() -> Component:
    """Return the grid of rows in quarantine, without rows yet."""
    return grid(
        Quarantine.GRID,
        QUARANTINE_COLUMNS,
        QUARANTINE_EXPORT,
        {
            **_LISTENERS,
            "rowClicked": ["glassboxQuarantineChosen(params)"],
            "cellKeyDown": ["glassboxQuarantineKey(params)"],
        },
        row_id="params.data.symbol + '|' + params.data.rule + '|' + params.data.source",
        row_filter="glassboxQuarantinePasses(params.data)",
    )


def symbol_rows(report: QualityReport) -> list[dict[str, Any]]:
    """Return the symbols as rows of the grid: those with the gravest problems first."""
    return [_symbol_row(row) for row in sorted(report.symbols, key=_gravest_first)]


def quarantine_rows(report: QualityReport) -> list[dict[str, Any]]:
    """Return the quarantine as rows of the grid, in the report's order."""
    sectors = {row.symbol: row.sector or NO_SECTOR for row in report.symbols}
    return [_quarantine_row(row, sectors.get(row.symbol, NO_SECTOR)) for row in report.quarantine]


def _gravest_first(row: SymbolQuality) -> tuple[Any, ...]:
    order = list(VERDICTS)
    return (-order.index(row.verdict), row.completeness if row.completeness is not None else 1.0, row.symbol)


def _symbol_row(row: SymbolQuality) -> dict[str, Any]:
    measures = {measure.value: getattr(row, measure) for measure in Measure}
    return {
        "symbol": row.symbol,
        "name": row.name,
        "sector": row.sector or NO_SECTOR,
        "verdict": row.verdict.value,
        "verdict_words": verdict_words(row),
        **measures,
        "n_bars": row.n_bars,
        "n_expected": row.n_expected,
        "longest_gap_sessions": row.longest_gap_sessions,
        "first_session": row.first_session.isoformat() if row.first_session else None,
        "last_session": row.last_session.isoformat() if row.last_session else None,
        "n_quarantined": row.n_quarantined,
        "n_flagged": row.n_flagged,
        # Text, not lists: the grid compares values to find what changed.
        "problems": " ".join([*(problem.value for problem in row.problems), *row.rules]),
    }


def _quarantine_row(row: QuarantinedRow, sector: str) -> dict[str, Any]:
    return {
        "symbol": row.symbol,
        "sector": sector,
        "session": row.session.isoformat() if row.session else None,
        "rule": row.rule,
        "rule_words": rule_words(row.rule).title,
        "detail": row.detail,
        "open": row.open,
        "high": row.high,
        "low": row.low,
        "close": row.close,
        "volume": row.volume,
        "adj_close": row.adj_close,
        "source": row.source,
        "status": row.status.value,
        "status_words": STATUSES[row.status].title,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "found_at": moment(row.found_at),
    }
