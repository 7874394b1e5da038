"""The grid of signals: its columns with their formulas, and a feed as rows."""

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from components.filters import NO_SECTOR
from components.formats import label_slug, label_text, shares
from components.ids import Signals
from models.domain.feed import FeedRow, SignalFeed

ROW_HEIGHT = 34
HEADER_HEIGHT = 34
SPARK_LEVELS = 40  # heights that a sparkline's points are rounded to: enough for 22 pixels
_NO_SCORE_SPAN = {"function": "glassboxReasonSpan(params)"}


def _column(
    field: str, header: str, priority: int, width: int, narrow: int, tip: str, **more: Any
) -> dict[str, Any]:
    """Return a column. The grid drops those of the highest ``priority`` number where width is short."""
    return {
        "field": field,
        "headerName": header,
        "headerTooltip": tip,
        "context": {"priority": priority, "width": width, "narrow": narrow},
        "minWidth": narrow,
        **more,
    }


def _number(formatter: str, **more: Any) -> dict[str, Any]:
    return {
        "valueFormatter": {"function": f"glassboxFormat.{formatter}(params.value)"},
        "type": "rightAligned",
        "cellClass": "num",
        **more,
    }


def _hidden(field: str) -> dict[str, Any]:
    """Return a column that only the CSV export shows."""
    return {"field": field, "hide": True, "suppressColumnsToolPanel": True, "cellDataType": False}


COLUMNS: list[dict[str, Any]] = [
    _column("symbol", "Ticker", 1, 72, 64, "Ticker on its exchange", cellClass="ticker"),
    _column("name", "Company", 6, 130, 110, "Company name", cellClass="quiet"),
    _column("sector", "Sector", 9, 150, 120, "GICS sector", cellClass="quiet"),
    _column(
        "label", "Signal", 1, 110, 100,
        "Label of the confluence: Strong buy above 0.65, Buy above 0.55, Hold from 0.45 to 0.55, "
        "Sell from 0.35, Strong sell below 0.35.",
        cellRenderer="GlassboxLabel", colSpan=_NO_SCORE_SPAN, comparator={"function": "glassboxByLabel"},
    ),
    _column(
        "confluence", "Score", 1, 62, 54,
        "Confluence = technical 40 % + sentiment 30 % + model 30 %; a missing source gives its weight to the "
        "others. 0 is bearish, 0.5 neutral, 1 bullish.",
        **_number("score"),
    ),
    _column(
        "parts", "RSI · MACD · MA · BB", 3, 126, 124,
        "The four parts of the technical score, each from its neutral 0.5: RSI 25 %, MACD 25 %, moving "
        "averages 30 %, Bollinger bands 20 %.",
        cellRenderer="GlassboxParts", sortable=False,
    ),
    _column(
        "made_of", "Made of", 10, 118, 110,
        "The sources that the score is made of, with the weight each had that day.", cellClass="quiet small",
    ),
    _column(
        "rank", "Rank", 7, 70, 60,
        "Percentile of the score in the universe that day: 100 % is the highest.", **_number("rank"),
    ),
    _column(
        "confidence", "Confidence", 4, 88, 86,
        "Probability that the return over the next 5 sessions has the label's sign, fitted on 500 or more "
        "matured out-of-sample signals. Empty for Hold, which has no direction, and until there are enough.",
        **_number("confidence", tooltipField="confidence_note"),
    ),
    _column("close", "Price", 1, 80, 72, "Close of the session", **_number("price")),
    _column(
        "day_change", "Day", 1, 80, 74, "Total return of the last session",
        cellRenderer="GlassboxChange", type="rightAligned", cellClass="num",
    ),
    _column(
        "spark", "60 sessions", 5, 96, 92,
        "Adjusted closes of the last 60 sessions, each row on its own scale.",
        cellRenderer="GlassboxSpark", sortable=False,
    ),
    _column(
        "session", "Session", 8, 96, 92,
        "Session that the row stands for; marked where it is older than the feed's.",
        cellRenderer="GlassboxSession",
    ),
    *(_hidden(name) for name in (
        "technical", "sentiment", "model", "rsi_score", "macd_score", "ma_score", "bb_score", "reason",
    )),
]  # fmt: skip

# Order and names of the CSV: those of the signals export of the command line where it has them.
EXPORT_COLUMNS = [
    "symbol", "session", "label", "confluence", "technical", "sentiment", "model", "rsi_score",
    "macd_score", "ma_score", "bb_score", "confidence", "name", "sector", "made_of", "rank", "close",
    "day_change", "reason",
]  # fmt: skip


def signal_grid() -> Component:
    """Return the grid, without rows yet."""
    return dag.AgGrid(
        id=Signals.GRID,
        columnDefs=COLUMNS,
        rowData=[],
        getRowId="params.data.symbol",
        defaultColDef={
            "sortable": True,
            "resizable": False,
            "suppressMovable": True,
            "suppressHeaderMenuButton": True,
            "enableCellChangeFlash": True,
            "cellDataType": False,
        },
        dashGridOptions={
            "theme": {"function": "themeQuartz.withParams(glassboxGridTheme)"},
            "context": {"exportColumns": EXPORT_COLUMNS},
            "rowHeight": ROW_HEIGHT,
            "headerHeight": HEADER_HEIGHT,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": False},
            "isExternalFilterPresent": {"function": "true"},
            "doesExternalFilterPass": {"function": "glassboxPasses(params.data)"},
            "suppressNoRowsOverlay": True,
            "suppressCellFocus": False,
            "cellFlashDuration": 700,
            "cellFadeDuration": 300,
            "tooltipShowDelay": 300,
            "tooltipInteraction": True,
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "suppressColumnMoveAnimation": True,
            "alwaysMultiSort": False,
            "domLayout": "normal",
            "rowClassRules": {"no-score": "params.data.confluence == null"},
        },
        eventListeners={
            "rowClicked": ["glassboxRowClicked(params)"],
            "cellKeyDown": ["glassboxKeyDown(params)"],
            "gridSizeChanged": ["glassboxFit(params)"],
            "displayedColumnsChanged": ["glassboxFit(params)"],
            "firstDataRendered": ["glassboxRowsArrived(params)"],
            "rowDataUpdated": ["glassboxRowsArrived(params)"],
            "sortChanged": ["glassboxSorted(params)"],
        },
        style={"height": "100%", "width": "100%"},
        className="grid",
        dangerously_allow_code=False,
    )


def feed_rows(feed: SignalFeed) -> list[dict[str, Any]]:
    """Return the feed as rows of the grid: newest session first, then by score, those without one last.

    Values that the grid compares to find changed cells are all scalars or text: lists would seem to
    change, and flash, with every update.
    """
    ordered = sorted(
        feed.rows,
        key=lambda row: (
            row.confluence is None,
            -(row.session.toordinal() if row.session else 0),
            -(row.confluence or 0.0),
            row.symbol,
        ),
    )
    return [_row(row, feed) for row in ordered]


def _row(row: FeedRow, feed: SignalFeed) -> dict[str, Any]:
    parts = (row.rsi_score, row.macd_score, row.ma_score, row.bb_score)
    return {
        "symbol": row.symbol,
        "name": row.name,
        "sector": row.sector or NO_SECTOR,
        "note": row.note,
        "label": label_slug(row.label),
        "label_text": label_text(row.label),
        "confluence": row.confluence,
        "technical": row.technical,
        "sentiment": row.sentiment,
        "model": row.model,
        "rsi_score": row.rsi_score,
        "macd_score": row.macd_score,
        "ma_score": row.ma_score,
        "bb_score": row.bb_score,
        "parts": " ".join(f"{part:.3f}" if part is not None else "-" for part in parts),
        "made_of": shares(row.made_of),
        "rank": row.rank,
        "confidence": row.confidence,
        "confidence_note": confidence_note(row),
        "close": row.close,
        "day_change": row.day_change,
        "spark": sparkline(row.history),
        "session": row.session.isoformat() if row.session else None,
        "is_behind": row.session is not None and row.session < feed.as_of,
        "reason": row.reason,
    }


def confidence_note(row: FeedRow) -> str:
    """Return what stands behind a row's confidence, or why there is none; empty without a score."""
    if row.confluence is None or row.label is None:
        return ""
    if row.confidence is not None and row.confidence_base_rate is not None:
        return f"Base rate {row.confidence_base_rate:.1%}, n = {row.confidence_n or 0:,}".replace("%", " %")
    if label_slug(row.label) == "hold":
        return "Hold has no direction to be right about."
    return "Too few matured signals to tell how often this label was right."


def sparkline(closes: tuple[float, ...]) -> str:
    """Return closes as whole heights from 0 to ``SPARK_LEVELS``, space-separated; empty below two."""
    if len(closes) < 2:
        return ""
    low, high = min(closes), max(closes)
    span = (high - low) or 1.0
    return " ".join(str(round((close - low) / span * SPARK_LEVELS)) for close in closes)
